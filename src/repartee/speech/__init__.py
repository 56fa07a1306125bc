"""Streams: sound and text on their way in and out."""
