"""Who may use the server, and how far: API keys, ephemeral keys, limits."""
