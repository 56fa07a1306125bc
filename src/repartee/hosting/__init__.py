"""Engines by themselves, served as the API's endpoints of speech and transcription."""
