"""Doors: connections as a session uses them."""
