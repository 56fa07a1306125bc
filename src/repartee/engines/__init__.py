"""Crafts: what an engine is, where it is found, and the built-in ones."""
