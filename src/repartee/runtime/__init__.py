"""The heart: what waits, so that the session need not."""
