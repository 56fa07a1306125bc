"""The events of a response, read."""

import base64
from typing import Any

import pytest

from engines.speech import tone
from repartee.engines.protocols import Result, Speech, Stopped, Text, ToolCall, Usage
from repartee.engines.realtime.answer import Answer
from repartee.engines.remote.failure import Failure
from repartee.engines.speech_endpoint.marks import Tempo
from repartee.protocol.prompt import Call, Message


def event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", "response_id": "r", **fields}


def begun(name: str = "i") -> dict[str, Any]:
    return event("output_item.added", item={"id": name, "type": "message"})


def ended(name: str = "i") -> dict[str, Any]:
    return event("output_item.done", item={"id": name, "type": "message"})


def words(text: str, name: str = "i") -> dict[str, Any]:
    return event("output_audio_transcript.delta", item_id=name, delta=text)


def sound(ms: float, name: str = "i") -> dict[str, Any]:
    delta = base64.b64encode(tone(ms)).decode()
    return event("output_audio.delta", item_id=name, delta=delta)


def done(status: str = "completed", **fields: Any) -> dict[str, Any]:
    return event("done", response={"id": "r", "status": status, **fields})


def read(answer: Answer, *events: dict[str, Any]) -> list[Result]:
    return [result for each in events for result in answer.feed(each)]


def places(results: list[Result]) -> list[tuple[float, str]]:
    """The words, each with the ms that its sound begins at."""
    found, ms = [], 0.0
    for each in results:
        assert isinstance(each, Speech)
        if each.text:
            found.append((ms, each.text))
        ms += len(each.pcm) / 48
    return found


def test_words_are_placed_by_how_long_a_character_takes() -> None:
    answer = Answer(Tempo())
    events = (begun(), words("Yes"), words(", su"), words("re thing."), sound(2000), ended())
    results = read(answer, *events, done())
    assert places(results) == [(0, "Yes,"), (4 * 65, " sure"), (9 * 65, " thing.")]
    assert sum(len(each.pcm) for each in results if isinstance(each, Speech)) == 2000 * 48
    assert answer.held[0].is_for(Message("assistant", "Yes, sure"))


def test_words_that_come_after_their_sound_begin_at_once() -> None:
    results = read(Answer(Tempo()), begun(), sound(500), words("Late now."), sound(500), done())
    assert places(results)[0] == (480, "Late now.")


def test_words_that_are_left_begin_with_the_last_sound() -> None:
    results = read(Answer(Tempo()), begun(), words("One two three."), sound(300), ended(), done())
    assert "".join(text for _, text in places(results)) == "One two three."
    assert places(results)[-1][0] == 280


def test_scripts_without_spaces_go_by_the_character() -> None:
    results = read(Answer(Tempo()), begun(), words("東京です"), sound(1000), done())
    assert len(places(results)) == 4


def test_a_voice_that_is_slower_is_learned() -> None:
    tempo = Tempo()
    long = words("word " * 100), sound(50_000)
    read(Answer(tempo), begun(), *long, ended(), done())
    assert tempo.ms_per_character > 80


def test_words_without_sound_are_told_all_the_same() -> None:
    assert read(Answer(Tempo()), begun(), words("Oh."), done()) == [Speech(b"", "Oh.")]


def test_messages_in_a_row_are_one() -> None:
    answer = Answer(Tempo())
    first = begun("i"), words("One.", "i"), sound(400, "i"), ended("i")
    second = begun("j"), words(" Two.", "j"), sound(400, "j"), ended("j")
    read(answer, *first, *second, done())
    assert len(answer.held) == 1
    assert answer.held[0].is_for(Message("assistant", "One. Two."))


def test_writing_is_text() -> None:
    answer = Answer(Tempo())
    text = event("output_text.delta", item_id="i", delta="Hi.")
    assert read(answer, begun(), text, ended(), done()) == [Text("Hi.")]
    assert answer.held[0].is_for(Message("assistant", "Hi."))


@pytest.mark.parametrize("in_pieces", [True, False])
def test_calls(in_pieces: bool) -> None:
    answer = Answer(Tempo())
    function = {"id": "c", "type": "function_call", "call_id": "theirs", "name": "look"}
    kind = "function_call_arguments"
    deltas = [event(f"{kind}.delta", item_id="c", delta=each) for each in ('{"a":', "1}")]
    whole = event(f"{kind}.done", item_id="c", arguments='{"a":1}')
    events = [*(deltas if in_pieces else []), whole]
    results = read(answer, event("output_item.added", item=function), *events, done())
    assert results[0] == ToolCall("c", "look", "")
    assert all(isinstance(each, ToolCall) and each.key == "c" for each in results)
    arguments = "".join(each.arguments for each in results if isinstance(each, ToolCall))
    assert arguments == '{"a":1}'
    assert answer.held[0].is_for(Call("ours", "look", '{"a":1}'))
    assert answer.held[0].call_id == "theirs"


def test_counts_tell_sound_apart() -> None:
    usage = {
        "input_tokens": 100,
        "output_tokens": 50,
        "input_token_details": {
            "text_tokens": 60,
            "audio_tokens": 40,
            "cached_tokens": 30,
            "cached_tokens_details": {"text_tokens": 20, "audio_tokens": 10},
        },
        "output_token_details": {"text_tokens": 12, "audio_tokens": 38},
    }
    assert read(Answer(Tempo()), done(usage=usage)) == [Usage(60, 12, 20, 40, 38, 10)]
    assert read(Answer(Tempo()), done(usage={"input_tokens": 7, "output_tokens": 3})) == [
        Usage(7, 3, 0, 0, 0)
    ]


@pytest.mark.parametrize(
    ("reason", "told"), [("max_output_tokens", "max_output_tokens"), ("tired", "content_filter")]
)
def test_an_end_before_its_time(reason: str, told: str) -> None:
    assert read(Answer(Tempo()), done("incomplete", status_details={"reason": reason})) == [
        Stopped(told)
    ]


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_failure_leaves_what_was_said(status: str) -> None:
    answer = Answer(Tempo())
    read(answer, begun(), words("Yes, sure."), sound(400))
    with pytest.raises(Failure):
        answer.feed(done(status))
    assert answer.done
    assert answer.held[0].is_for(Message("assistant", "Yes, sure."))


def test_sound_that_is_none() -> None:
    answer = Answer(Tempo())
    with pytest.raises(ValueError, match=r".+"):
        read(answer, begun(), event("output_audio.delta", item_id="i", delta="?"))
