"""Sessions whose sound is G.711: a byte a sample at 8 kHz, a third of the rate inside."""

import base64
from typing import Any

import pytest

from plays import (
    MANUAL,
    create,
    error,
    heard,
    kinds,
    respond,
    retrieve,
    spoken,
    truncate,
    update,
)
from repartee.protocol.audio import Encoding
from repartee.session.commands import Hear, Listen, Show
from stage import Stage

ENCODINGS: tuple[Encoding, ...] = ("audio/pcmu", "audio/pcma")


def both_ways(encoding: Encoding) -> dict[str, Any]:
    form = {"format": {"type": encoding}}
    return {"audio": {"input": form, "output": form}}


def append(stage: Stage, size: int) -> list[dict[str, Any]]:
    audio = base64.b64encode(b"\x55" * size).decode()
    return stage.client({"type": "input_audio_buffer.append", "audio": audio})


def sound(size: int) -> dict[str, Any]:
    """A user's message with so many bytes of sound."""
    audio = base64.b64encode(b"\x55" * size).decode()
    content = [{"type": "input_audio", "audio": audio}]
    return {"type": "message", "role": "user", "content": content}


def shown(stage: Stage, item_id: str) -> bytes:
    """An item's sound, retrieved."""
    audio: str = retrieve(stage, item_id)["content"][0]["audio"]
    return base64.b64decode(audio)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_offsets_are_of_time_and_not_of_bytes(stage: Stage, encoding: Encoding) -> None:
    """B062, B067, B068"""
    update(stage, **both_ways(encoding))
    stage.hear(0.0, 20)
    started, stopped = stage.speak()[:2]
    assert started["audio_start_ms"] == 20 * 32 - 300
    assert stopped["audio_end_ms"] == 25 * 32 + 512


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_800_bytes_are_enough_for_a_commit(stage: Stage, encoding: Encoding) -> None:
    """B054"""
    update(stage, **MANUAL)
    update(stage, **both_ways(encoding))
    append(stage, 799)
    (refused,) = stage.client({"type": "input_audio_buffer.commit"})
    assert "buffer only has 99." in refused["error"]["message"]
    append(stage, 1)
    committed = stage.client({"type": "input_audio_buffer.commit"})
    assert kinds(committed)[0] == "input_audio_buffer.committed"
    assert len(shown(stage, committed[0]["item_id"])) == 800


def test_the_listener_is_told_once_and_only_of_what_it_hears(stage: Stage) -> None:
    update(stage, **heard(format={"type": "audio/pcmu"}))
    update(stage, **heard(format={"type": "audio/pcmu"}), instructions="Hi.")
    update(stage, **heard(transcription={"model": "any"}))
    update(stage, audio={"output": {"format": {"type": "audio/pcmu"}}})
    update(stage, **heard(noise_reduction={"type": "near_field"}))
    listens = [command for command in stage.commands if isinstance(command, Listen)]
    assert [(one.encoding, one.noise_reduction is None) for one in listens] == [
        ("audio/pcm", True),
        ("audio/pcmu", True),
        ("audio/pcmu", False),
    ]


def test_what_was_heard_is_shown_in_the_format_of_the_session(stage: Stage) -> None:
    """Sound is kept as it was heard inside, 24 kHz PCM; whoever asks may have changed formats."""
    update(stage, **MANUAL)
    append(stage, 9600)
    item_id = stage.client({"type": "input_audio_buffer.commit"})[0]["item_id"]
    shows: list[Any] = []
    for encoding, size in (("audio/pcm", 9600), ("audio/pcmu", 1600), ("audio/pcma", 1600)):
        update(stage, **heard(format={"type": encoding}))
        assert len(shown(stage, item_id)) == size
        shows = [command for command in stage.commands if isinstance(command, Show)]
    assert [(one.have, one.wanted) for one in shows] == [
        ("audio/pcm", "audio/pcmu"),
        ("audio/pcm", "audio/pcma"),
    ]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_item_brings_its_sound_in_the_format_of_the_session(
    stage: Stage, encoding: Encoding
) -> None:
    """B093"""
    update(stage, **both_ways(encoding))
    item_id = create(stage, sound(1601))[0]["item"]["id"]
    (hear,) = [command for command in stage.commands if isinstance(command, Hear)]
    assert (len(hear.pcm), hear.encoding) == (1601, encoding)
    assert shown(stage, item_id) == b"\x55" * 1601
    assert not any(isinstance(command, Show) for command in stage.commands)
    update(stage, **heard(format={"type": "audio/pcm"}))
    assert len(shown(stage, item_id)) == 1601 * 6
    assert error(create(stage, sound(1601))) == ("invalid_value", "item.content[0].audio")
    ref = respond(stage, input=[sound(1600)], conversation="none")
    stage.transcribe(next(iter(stage.recognitions)), "Hello.")
    stage.settle()
    assert ref not in stage.replies
    usage = stage.last("response.done")["response"]["usage"]
    assert usage["input_token_details"]["audio_tokens"] == 1, "1600 bytes of PCM are 33 ms"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_bad_sound_is_told_in_the_words_of_the_format(stage: Stage, encoding: Encoding) -> None:
    update(stage, **both_ways(encoding))
    law = {"audio/pcmu": "mu-law", "audio/pcma": "A-law"}[encoding]
    (refused,) = append(stage, 0)
    assert f"G.711 {law} at 8kHz" in refused["error"]["message"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_answer_is_cut_by_its_own_bytes(stage: Stage, encoding: Encoding) -> None:
    """B101: audio_end_ms counts time, whatever a millisecond has of bytes."""
    update(stage, **both_ways(encoding))
    item_id = spoken(stage, "One. ", "Two. ")
    assert len(shown(stage, item_id)) == 200 * 8
    (truncated,) = truncate(stage, item_id, 150)
    assert truncated["audio_end_ms"] == 150
    assert len(shown(stage, item_id)) == 150 * 8
    refused, truncated = truncate(stage, item_id, 200)
    assert "Audio content of 150ms" in refused["error"]["message"]


def test_each_answer_keeps_the_format_that_it_had(stage: Stage) -> None:
    """B128: a format is one of what a response may say for itself."""
    ref = respond(stage, audio={"output": {"format": {"type": "audio/pcma"}}})
    assert stage.replies[ref].encoding == "audio/pcma"
    stage.say(ref, "One. ")
    stage.finish(ref)
    done = stage.last("response.done")["response"]
    assert done["audio"]["output"]["format"] == {"type": "audio/pcma"}
    assert done["usage"]["output_token_details"]["audio_tokens"] == 2
    first = stage.last("response.output_item.done")["item"]["id"]
    assert len(shown(stage, first)) == 100 * 8
    assert len(shown(stage, spoken(stage, "One. "))) == 100 * 48


def test_the_format_changes_in_mid_turn(stage: Stage) -> None:
    """What was said before is kept, and time goes on."""
    started = stage.hear(0.9, 5)[0]
    update(stage, **both_ways("audio/pcmu"))
    stopped = stage.hear(0.0, 20)[0]
    assert (stopped["type"], stopped["item_id"]) == (
        "input_audio_buffer.speech_stopped",
        started["item_id"],
    )
    assert len(shown(stage, stopped["item_id"])) == stopped["audio_end_ms"] * 8
