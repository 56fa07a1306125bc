"""Models by name: what there is, how to get it, and which of it a preset takes."""
