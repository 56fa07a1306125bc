"""Telemetry: what an operator sees of the sessions: figures, traces, and a line a step."""
