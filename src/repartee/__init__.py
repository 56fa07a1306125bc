"""repartee: a self-hosted, drop-in server for the OpenAI Realtime API."""

__version__ = "0.1.0"
