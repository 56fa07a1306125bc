"""The Responses API, as `mind.openai` speaks it where it is told to."""
