"""Inspection: what a recording tells of its session, turn by turn."""
