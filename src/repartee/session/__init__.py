"""The mind: pure machines of turns, hearing, conversation and replies."""
