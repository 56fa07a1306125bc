"""How the dialects say what the rules speak of, and the shapes of their events."""
