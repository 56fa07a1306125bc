"""Which items a client may bring, beyond their shape."""

import pytest

from repartee.protocol.audio import BUFFER_BYTES
from repartee.protocol.items import (
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    InputImage,
    InputText,
    Message,
    OutputAudio,
    OutputText,
    Part,
    Role,
)
from repartee.session.admission import fault, sound_fault

TEXT = InputText(text="Hello.")
SOUND = InputAudio(audio=b"\0\0")
PNG = InputImage(image_url="data:image/png;base64,AAAA")
JPEG = InputImage(image_url="data:image/jpeg;base64,AAAA")
ANSWER = OutputText(text="Hello.")


def judged(role: Role, *parts: Part, sees: bool = True) -> tuple[str | None, str | None] | None:
    """Code and param of the refusal, if there is one."""
    refused = fault(Message(role=role, content=list(parts)), "item", (), sees=sees)
    return None if refused is None else (refused.code, refused.param)


@pytest.mark.parametrize(
    ("role", "parts"),
    [
        ("system", (TEXT,)),
        ("user", (TEXT, SOUND, PNG, JPEG)),
        ("assistant", (ANSWER, ANSWER)),
        ("user", ()),
    ],
)
def test_what_each_role_may_say(role: Role, parts: tuple[Part, ...]) -> None:
    """B089, B091"""
    assert judged(role, *parts) is None


def test_an_item_has_sound_once() -> None:
    """Its words belong to it as a whole."""
    assert judged("user", SOUND, TEXT, SOUND) == ("invalid_value", "item.content[2]")


@pytest.mark.parametrize(
    ("role", "part"),
    [
        ("system", SOUND),
        ("system", PNG),
        ("system", ANSWER),
        ("user", ANSWER),
        ("assistant", TEXT),
        ("assistant", SOUND),
        ("assistant", PNG),
    ],
)
def test_what_each_role_may_not_say(role: Role, part: Part) -> None:
    good: Part = ANSWER if role == "assistant" else TEXT
    assert judged(role, good, part) == ("invalid_value", "item.content[1].type")


@pytest.mark.parametrize("role", ["assistant", "user", "system"])
def test_nobody_brings_sound_of_the_assistant(role: Role) -> None:
    """B089"""
    assert judged(role, OutputAudio(transcript="Hello.")) == (
        "missing_required_parameter",
        "item.content[0].text",
    )


@pytest.mark.parametrize(
    ("audio", "code"),
    [
        (None, "missing_required_parameter"),
        (b"", "invalid_value"),
        (b"odd", "invalid_value"),
        (bytes(BUFFER_BYTES + 2), "invalid_value"),
    ],
    ids=["none", "empty", "odd", "too much"],
)
def test_sound_in_an_item(audio: bytes | None, code: str) -> None:
    """B093"""
    assert judged("user", InputAudio(audio=audio)) == (code, "item.content[0].audio")


@pytest.mark.parametrize(
    "url", ["https://example.com/a.png", "data:image/gif;base64,AAAA", "data:image/png,AAAA", ""]
)
def test_images_are_png_or_jpeg_within_the_event(url: str) -> None:
    """B092"""
    assert judged("user", InputImage(image_url=url)) == (
        "invalid_value",
        "item.content[0].image_url",
    )


def test_images_need_eyes() -> None:
    assert judged("user", PNG, sees=False) == ("invalid_value", "item.content[0].type")


def test_an_output_answers_a_call() -> None:
    """B094"""
    output = FunctionCallOutput(call_id="call_1", output="42")
    assert fault(output, "item", {"call_1"}, sees=False) is None
    refused = fault(output, "item", {"call_2", None}, sees=False)
    assert refused is not None
    assert (refused.code, refused.param) == ("invalid_tool_call_id", None)


def test_a_call_is_welcome() -> None:
    assert fault(FunctionCall(name="look", arguments="{}"), "item", (), sees=False) is None


@pytest.mark.parametrize(
    ("audio", "words"),
    [
        (b"", "got empty bytes"),
        (b"odd", "an odd number of bytes (3)"),
        (bytes(BUFFER_BYTES + 2), "15728642 bytes of audio are more than the 15728640 allowed"),
    ],
    ids=["empty", "odd", "too much"],
)
def test_sound(audio: bytes, words: str) -> None:
    """B023, B052, attacks 51 and 52"""
    refused = sound_fault(audio, "audio")
    assert refused is not None
    assert (refused.code, refused.param) == ("invalid_value", "audio")
    assert words in refused.message


@pytest.mark.parametrize("audio", [b"\0\0", bytes(BUFFER_BYTES)], ids=["a sample", "15 MiB"])
def test_good_sound(audio: bytes) -> None:
    """Attack 52."""
    assert sound_fault(audio, "audio") is None


def test_sound_of_a_telephone_has_a_byte_a_sample() -> None:
    """B023: the cap is of the sound, however it is encoded."""
    most = BUFFER_BYTES // 6
    assert sound_fault(b"odd", "audio", "audio/pcmu") is None
    assert sound_fault(bytes(most), "audio", "audio/pcma") is None
    refused = sound_fault(bytes(most + 1), "audio", "audio/pcma")
    assert refused is not None
    assert "2621441 bytes of audio are more than the 2621440 allowed" in refused.message
    refused = sound_fault(b"", "audio", "audio/pcmu")
    assert refused is not None
    assert "(mono G.711 mu-law at 8kHz) but got empty bytes" in refused.message


def test_sound_in_an_item_comes_as_all_the_clients_sound_does() -> None:
    message = Message(role="user", content=[InputAudio(audio=b"odd")])
    assert fault(message, "item", (), sees=True, encoding="audio/pcma") is None
    assert fault(message, "item", (), sees=True) is not None
