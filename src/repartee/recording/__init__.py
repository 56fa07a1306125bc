"""Recordings: what happened in a session, kept to be looked at and run again."""
