"""Members that the dialect does not know, in session updates and in response.create."""

from collections.abc import Iterator
from typing import Any

from repartee.conformance.dialects.dialect import Members
from repartee.conformance.judges import requests
from repartee.conformance.judges.requests import Ask
from repartee.conformance.refusals.refusal import Facts, Refusal

_FUNCTION_MEMBERS = frozenset({"type", "name", "description", "parameters"})

_OBJECTS = {requests.UPDATE: "session", requests.CREATE_RESPONSE: "response"}


def unknown_members(ask: Ask, facts: Facts) -> Iterator[Refusal]:
    """One refusal for each of them, with its path as the client wrote it."""
    root = _OBJECTS.get(ask.kind)
    said = ask.raw.get(root) if root else None
    known = facts.dialect.members(transcribes=not facts.session.realtime)
    if root is None or root not in known or not isinstance(said, dict):
        return
    rule = "update-unknown" if root == "session" else "response-request"
    yield from _unknown(said, root, known, rule)
    tools = said.get("tools")
    for place, tool in enumerate(tools if isinstance(tools, list) else []):
        if isinstance(tool, dict) and tool.get("type") == "function":
            for key, value in tool.items():
                if value is not None and key not in _FUNCTION_MEMBERS:
                    yield Refusal(rule, "unknown_parameter", f"{root}.tools[{place}].{key}")


def _unknown(said: dict[str, Any], path: str, known: Members, rule: str) -> Iterator[Refusal]:
    for key, value in said.items():
        place = f"{path}.{key}"
        if value is None:
            continue  # as good as not said
        if key not in known[path]:
            yield Refusal(rule, "unknown_parameter", place)
        elif place in known and isinstance(value, dict):
            yield from _unknown(value, place, known, rule)
