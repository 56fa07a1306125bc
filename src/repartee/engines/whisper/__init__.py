"""Ears that know a hundred languages: Whisper by faster-whisper, in a worker process."""
