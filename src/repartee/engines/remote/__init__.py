"""Engines on the other side of a network: what all that ask a server have in common."""
