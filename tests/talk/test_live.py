"""A conversation by microphone and speaker, with a sound card that is not there."""

import asyncio
import base64
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, Self

import pytest

from repartee.talk import TalkError
from repartee.talk.live import Speaker, speak_live
from repartee.transports.client import Place
from talk.scripted import Event, Line, serving, started


class Card(ModuleType):
    """A sound card that plays and records when it is told to."""

    PortAudioError = RuntimeError

    def __init__(self) -> None:
        super().__init__("sounddevice")
        self.record: Callable[[bytes], None] = lambda pcm: None
        self.broken = False
        self.fill: Callable[[bytearray], None] = lambda pcm: None

    def RawInputStream(self, *, callback: Any, **form: object) -> Any:
        self.record = callback
        return self._stream(form)

    def RawOutputStream(self, *, callback: Any, **form: object) -> Any:
        self.fill = callback
        return self._stream(form)

    def play(self, ms: int) -> bytes:
        pcm = bytearray(ms * 48)
        self.fill(pcm)
        return bytes(pcm)

    def _stream(self, form: dict[str, object]) -> Any:
        if self.broken:
            raise self.PortAudioError("Error querying device -1")
        assert form == {"samplerate": 24000, "channels": 1, "dtype": "int16", "blocksize": 480}
        return Stream()


class Stream:
    latency = 0.01

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Card:
    card = Card()
    monkeypatch.setitem(sys.modules, "sounddevice", card)
    return card


def sounded(item_id: str, pcm: bytes) -> Event:
    audio = base64.b64encode(pcm).decode()
    place = {"response_id": "resp_a", "item_id": item_id}
    return {"type": "response.output_audio.delta", "delta": audio, **place}


async def test_the_microphone_is_heard_and_the_answer_played(card: Card) -> None:
    created = {"type": "response.created", "response": {"id": "resp_a"}}
    script = [Line(20, [started("a"), created, sounded("b", b"\5\0" * 960)])]
    shown: asyncio.Queue[str] = asyncio.Queue()
    async with serving(*script) as server:
        talking = asyncio.create_task(speak_live(Place(server.url), show=shown.put_nowait))
        assert "Headphones" in await shown.get()
        card.record(b"\3\0" * 480)
        while "first audio" not in await shown.get():
            pass
        assert card.play(20) + card.play(40) == b"\5\0" * 960 + bytes(960)
        assert server.sound == b"\3\0" * 480
        talking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await talking


async def test_an_interrupted_answer_is_cut_where_it_was_heard(card: Card) -> None:
    created = {"type": "response.created", "response": {"id": "resp_a"}}
    script = [
        Line(20, [created, sounded("b", bytes(48 * 100))]),
        Line(40, [started("c"), sounded("b", b"\1\1" * 480)]),
    ]
    shown: asyncio.Queue[str] = asyncio.Queue()
    async with serving(*script) as server:
        talking = asyncio.create_task(speak_live(Place(server.url), show=shown.put_nowait))
        await shown.get()
        card.record(bytes(960))
        while "first audio" not in await shown.get():
            pass
        card.play(60)
        card.record(bytes(960))
        while "turn" not in await shown.get():
            pass
        assert card.play(20) == bytes(960)
        talking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await talking
    truncation = {"item_id": "b", "content_index": 0, "audio_end_ms": 50}
    assert server.heard[-1] == {"type": "conversation.item.truncate", **truncation}


def test_nothing_is_cut_when_all_was_played() -> None:
    speaker = Speaker()
    assert speaker.hush() is None
    speaker.add("a", bytes(4800))
    assert speaker.take(9600) == bytes(9600)
    assert speaker.hush() is None


def test_items_are_counted_apart_and_a_cut_one_stays_silent() -> None:
    speaker = Speaker()
    speaker.add("a", b"\1\0" * 48)
    speaker.add("b", b"\2\0" * 480)
    assert speaker.take(192) == b"\1\0" * 48 + b"\2\0" * 48
    assert speaker.hush() == ("b", 2)
    speaker.add("b", b"\2\0")
    speaker.add("c", b"\3\0")
    assert speaker.take(4) == b"\3\0\0\0"


def test_an_item_that_was_not_begun_is_cut_at_its_start() -> None:
    speaker = Speaker()
    speaker.add("a", b"\1\0" * 48)
    speaker.take(96)
    speaker.add("b", b"\2\0")
    assert speaker.hush() == ("b", 0)


async def test_without_a_sound_card_the_reason_is_told(card: Card) -> None:
    card.broken = True
    async with serving() as server:
        with pytest.raises(TalkError, match="no microphone and speaker can be had: Error querying"):
            await speak_live(Place(server.url), show=print)


@pytest.mark.parametrize(
    ("fault", "remedy"),
    [(ImportError, r"pip install 'repartee\[mic\]'"), (OSError, "apt install libportaudio2")],
)
async def test_a_missing_package_is_told_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, fault: type[Exception], remedy: str
) -> None:
    def fail(name: str) -> None:
        raise fault(name)

    monkeypatch.setattr("importlib.import_module", fail)
    with pytest.raises(TalkError, match=remedy):
        await speak_live(Place(), show=print)
