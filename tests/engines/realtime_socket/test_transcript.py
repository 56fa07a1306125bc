"""One turn in the events of a transcription session."""

import base64
from typing import Any

import pytest

from repartee.engines.realtime_socket.transcript import (
    Transcript,
    appends,
    configuration,
    ending,
)
from repartee.engines.remote.failure import Failure
from repartee.protocol.prompt import Hints

COMMIT = {"type": "input_audio_buffer.commit"}


def event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"conversation.item.input_audio_transcription.{kind}", **fields}


def sound(events: list[dict[str, Any]]) -> bytes:
    return b"".join(base64.b64decode(each["audio"]) for each in events)


def test_the_session_ends_no_turn_by_itself() -> None:
    hints = Hints("de", "Ships.", ("bow",))
    assert configuration("m", hints) == {
        "type": "session.update",
        "session": {
            "type": "transcription",
            "audio": {
                "input": {
                    "format": {"type": "audio/pcm", "rate": 24_000},
                    "transcription": {"model": "m", "language": "de", "prompt": "Ships. bow"},
                    "turn_detection": None,
                }
            },
        },
    }


def test_what_is_not_known_is_not_said() -> None:
    session = configuration("m", Hints())["session"]
    assert session["audio"]["input"]["transcription"] == {"model": "m"}


@pytest.mark.parametrize(("size", "events"), [(0, 0), (2, 1), (240_000, 1), (1_000_000, 5)])
def test_sound_goes_in_portions(size: int, events: int) -> None:
    pcm = bytes(range(256)) * (size // 256) + bytes(size % 256)
    made = list(appends(pcm))
    assert len(made) == events
    assert sound(made) == pcm


@pytest.mark.parametrize(("sent", "added"), [(2, 4798), (4798, 2), (4800, 0), (99_998, 0)])
def test_a_turn_is_never_too_short(sent: int, added: int) -> None:
    *silence, commit = ending(sent)
    assert commit == COMMIT
    assert sound(silence) == bytes(added)


@pytest.mark.parametrize(
    ("events", "text", "complete"),
    [
        ([event("delta", delta=" Hel"), event("delta", delta="lo ")], "Hello", False),
        ([event("delta", delta="Hi"), event("completed", transcript="Hi you.\n")], "Hi you.", True),
        ([event("delta", delta="Hi"), event("completed", transcript="He")], "Hi", True),
        ([event("completed", transcript="")], "", True),
        ([event("delta"), event("delta", delta=None)], "", False),
        ([{"type": "session.updated"}, {"delta": "x"}, event("segment", text="x")], "", False),
    ],
)
def test_words_only_become_more(events: list[Any], text: str, complete: bool) -> None:
    transcript = Transcript()
    for each in events:
        transcript.feed(each)
    assert (transcript.text, transcript.complete) == (text, complete)


@pytest.mark.parametrize(
    ("said", "message", "code"),
    [
        ({"type": "error", "error": {"message": "No\nkey.", "code": "k"}}, "No key.", "k"),
        (event("failed", error={"message": "Noise."}), "Noise.", "None"),
        ({"type": "error"}, "it does not say why", "None"),
    ],
)
def test_errors_are_told(said: dict[str, Any], message: str, code: str) -> None:
    with pytest.raises(Failure) as failed:
        Transcript().feed(said)
    assert (str(failed.value), failed.value.code) == (message, code)
