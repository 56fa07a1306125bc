"""Several processes that serve one port: who starts them, and what they have in common."""
