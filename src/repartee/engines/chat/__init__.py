"""Any OpenAI-compatible chat endpoint as a language model."""
