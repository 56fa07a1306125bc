"""What a session knows beforehand, as recognisers on the network take it (pure)."""

from repartee.protocol.prompt import Hints


def completed(hints: Hints, language: str | None, prompt: str | None) -> Hints:
    """The session's hints, with the operator's language and prompt where it has none."""
    return Hints(hints.language or language, hints.prompt or prompt, hints.keywords)


def in_a_prompt(hints: Hints) -> str:
    """All that is known, as the one text that servers take: the prompt, and then the keywords."""
    return " ".join(filter(None, (hints.prompt, ", ".join(filter(None, hints.keywords)))))
