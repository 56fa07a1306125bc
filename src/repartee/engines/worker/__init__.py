"""Engines in a process of their own: one mechanism for what blocks, crashes or is copyleft."""
