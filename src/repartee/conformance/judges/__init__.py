"""The referee's judges: each watches one part of a connection."""
