"""Any OpenAI-compatible transcription endpoint as a recogniser."""
