"""Transcription by another Realtime server as a recogniser."""
