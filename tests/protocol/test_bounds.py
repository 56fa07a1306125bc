"""How much of everything may be said: at its bounds it is taken, beyond them refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from repartee.protocol.beta import BETA
from repartee.protocol.errors import Refused
from repartee.protocol.ga import GA, Dialect


def update(**session: Any) -> dict[str, Any]:
    return {"type": "session.update", "session": {"type": "realtime", **session}}


def heard(**input: Any) -> dict[str, Any]:
    return update(audio={"input": input})


def detected(**vad: Any) -> dict[str, Any]:
    return heard(turn_detection={"type": "server_vad", **vad})


def kept(**truncation: Any) -> dict[str, Any]:
    whole = {"type": "retention_ratio", "retention_ratio": 0.5, **truncation}
    return update(truncation=whole)


def respond(**response: Any) -> dict[str, Any]:
    return {"type": "response.create", "response": response}


def flat(**session: Any) -> dict[str, Any]:
    return {"type": "session.update", "session": session}


def truncate(**members: Any) -> dict[str, Any]:
    whole = {"item_id": "item_1", "content_index": 0, "audio_end_ms": 0, **members}
    return {"type": "conversation.item.truncate", **whole}


Told = Callable[[Any], dict[str, Any]]
# What is told, by how much; the least and the most, None where there is no bound; a step beyond.
NUMBERS: dict[str, tuple[Dialect, Told, Any, Any, Any]] = {
    "B035": (GA, lambda n: update(audio={"output": {"speed": n}}), 0.25, 1.5, 0.01),
    "B036": (GA, lambda n: update(max_output_tokens=n), 1, 4096, 1),
    "B036 response": (GA, lambda n: respond(max_output_tokens=n), 1, 4096, 1),
    "B041": (GA, lambda n: detected(threshold=n), 0, 1, 0.01),
    "B042": (GA, lambda n: detected(idle_timeout_ms=n), 5000, 30_000, 1),
    "padding": (GA, lambda n: detected(prefix_padding_ms=n), 0, 10_000, 1),
    "silence": (GA, lambda n: detected(silence_duration_ms=n), 0, 60_000, 1),
    "noise": (GA, lambda n: heard(noise_reduction={"strength": n}), 0, 1, 0.01),
    "B213": (GA, lambda n: kept(retention_ratio=n), 0, 1, 0.01),
    "B214": (GA, lambda n: kept(token_limits={"post_instructions": n}), 0, None, 1),
    "B101": (GA, lambda n: truncate(audio_end_ms=n), 0, None, 1),
    "B040": (BETA, lambda n: flat(temperature=n), 0.6, 1.2, 0.01),
    "B040 response": (BETA, lambda n: respond(temperature=n), 0.6, 1.2, 0.01),
    "beta speed": (BETA, lambda n: flat(speed=n), 0.25, 1.5, 0.01),
    "beta tokens": (BETA, lambda n: flat(max_response_output_tokens=n), 1, 4096, 1),
}
SIZES: dict[str, tuple[Dialect, Told, int, int | None]] = {
    "B037": (GA, lambda n: update(output_modalities=["text"] * n), 1, 1),
    "B038": (BETA, lambda n: flat(modalities=["text", "audio", "text"][:n]), 1, 2),
    "B045": (GA, lambda n: update(tools=[{"type": "function", "name": "a" * n}]), 1, None),
    "B050": (GA, lambda n: {"type": "response.cancel", "event_id": "e" * n}, 0, 512),
    "B124 pairs": (GA, lambda n: respond(metadata={str(one): "" for one in range(n)}), 0, 16),
    "B124 key": (GA, lambda n: respond(metadata={"k" * n: ""}), 0, 64),
    "B124 value": (GA, lambda n: respond(metadata={"key": "v" * n}), 0, 512),
    "B182": (GA, lambda n: heard(transcription={"languages": ["en"] * n}), 1, None),
    "keywords": (GA, lambda n: heard(transcription={"keywords": ["a"] * n}), 0, None),
}


def is_taken(dialect: Dialect, event: dict[str, Any]) -> bool:
    answer = dialect.decode(json.dumps(event).encode())
    assert not isinstance(answer, Refused) or answer.code == "invalid_value"
    return not isinstance(answer, Refused)


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(name: str) -> None:
    dialect, told, least, most, step = NUMBERS[name]
    assert is_taken(dialect, told(least))
    assert not is_taken(dialect, told(least - step))
    if most is None:
        assert is_taken(dialect, told(10**12))
    else:
        assert is_taken(dialect, told(most))
        assert not is_taken(dialect, told(most + step))


@pytest.mark.parametrize("name", SIZES)
def test_sizes(name: str) -> None:
    dialect, told, least, most = SIZES[name]
    assert is_taken(dialect, told(least))
    assert least == 0 or not is_taken(dialect, told(least - 1))
    if most is not None:
        assert is_taken(dialect, told(most))
        assert not is_taken(dialect, told(most + 1))
