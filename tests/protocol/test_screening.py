"""What is refused unread, and what is not."""

import json
from typing import Any

import pytest

from repartee.protocol.screening import LARGE_EVENTS, MOST_VALUES, screen

CAP = 256 * 1024
LARGE = sorted(LARGE_EVENTS)


def event(kind: str, **members: Any) -> bytes:
    return json.dumps({"type": kind, **members}, ensure_ascii=False).encode()


def refusal(message: bytes) -> tuple[str | None, str | None, str | None]:
    refused = screen(message, CAP)
    assert refused is not None
    assert refused.message.startswith("The message h")
    return refused.code, refused.param, refused.event_id


@pytest.mark.parametrize("kind", ["session.update", "input_audio_buffer.commit", "no.such.event"])
def test_a_long_event_is_not_read(kind: str) -> None:
    """Attacks 46 and 58: its id is told all the same, wherever it stands."""
    long = event(kind, session={"instructions": "x" * CAP}, event_id="mine")
    assert refusal(long) == ("invalid_value", None, "mine")
    assert str(len(long)) in screen(long, CAP).message  # type: ignore[union-attr]
    assert screen(long, len(long)) is None
    assert screen(event(kind), CAP) is None


@pytest.mark.parametrize("kind", LARGE)
def test_what_carries_sound_pictures_or_a_history_may_be_long(kind: str) -> None:
    """Attacks 46 and 52."""
    assert screen(event(kind, audio="A" * 20_000_000), CAP) is None


@pytest.mark.parametrize("kind", LARGE)
@pytest.mark.parametrize(
    "crowd",
    [
        "{" + ",".join(f'"{n}":1' for n in range(MOST_VALUES + 1)) + "}",
        "[" + "1," * MOST_VALUES + "1]",
        "[" * 30 + "]" * 30 + ",[[1]]" * (MOST_VALUES // 2),
        "[" + ",".join('{"a,b\\\\":"\\\\\\",x"}' for _ in range(MOST_VALUES)) + "]",
    ],
    ids=["members", "numbers", "brackets", "texts"],
)
def test_a_message_that_holds_too_much_is_not_read(kind: str, crowd: str) -> None:
    """Attack 46: an object of 10^6 members would take a second."""
    long = f'{{"event_id":"mine","x":[{crowd}],"pad":"{"A" * CAP}","type":"{kind}"}}'
    assert refusal(long.encode()) == ("invalid_value", None, "mine")


@pytest.mark.parametrize("text", [",[{", '\\",[{', "\\\\,", 'ä,"', "\\" * 3 + '"{,'])
def test_what_stands_in_texts_is_not_counted(text: str) -> None:
    """Nor does it matter where a chunk of the message ends."""
    for shift in range(3):
        long = event("conversation.item.create", a="x" * shift, text=text * 60_000, more=[1, 2])
        assert screen(long, CAP) is None


@pytest.mark.parametrize(
    "members",
    [
        b'"type":{"a":[1,2]}',
        b'"type":"input_audio_buffer.append","type":"session.update"',
        b'"type":"' + b"t" * 300_000 + b'"',
        b'"type":"input_audio_buffer.append\\ud800"',
        b'"a":1',
    ],
    ids=["no text", "twice", "long", "half a letter", "none"],
)
def test_the_kind_of_event_must_be_told(members: bytes) -> None:
    """Attacks 46 and 50: of a member that is said twice the last counts."""
    assert refusal(b'{"pad":"' + b"x" * CAP + b'",' + members + b"}") == (
        "invalid_value",
        None,
        None,
    )


@pytest.mark.parametrize(
    "message",
    [
        b"[" + b"1," * CAP + b"1]",
        b'"' + b"x" * CAP + b'"',
        b'{"type":"input_audio_buffer.append","audio":"' + b"A" * CAP,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"\xef\xbb\xbf" + event("response.create", x="x" * CAP),
    ],
    ids=["array", "text", "torn", "deep", "BOM"],
)
def test_what_is_no_event_is_not_read_either(message: bytes) -> None:
    """Attacks 45 and 49."""
    assert refusal(message) == ("invalid_value", None, None)


@pytest.mark.parametrize(
    ("event_id", "told"),
    [("i" * 600, "i" * 512), ("i" * 1_000_000, None), (7, None), ({"a": 1}, None), (None, None)],
)
def test_an_id_is_told_if_it_is_one(event_id: Any, told: str | None) -> None:
    """Attack 57."""
    assert refusal(event("session.update", x="x" * CAP, event_id=event_id))[2] == told
