"""Any OpenAI-compatible speech endpoint as a voice."""
