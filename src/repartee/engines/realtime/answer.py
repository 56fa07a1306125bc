"""The events of one response as results of a language model (pure).

Words and sound come interleaved, and nobody tells which word begins with which sound; words run
ahead.  So each is placed by how long a character has taken this voice (see `Marks`), which is
right but for a word or so, and both our session and the server's conversation go by these places.
"""

import binascii
import re
from typing import Any

from repartee.engines.protocols import Result, Speech, Stopped, Text, ToolCall, Usage
from repartee.engines.realtime.events import RATE
from repartee.engines.realtime.mirror import Held, Part
from repartee.engines.remote.failure import Failure
from repartee.engines.remote.wire import Event
from repartee.engines.speech_endpoint.marks import ALONE, Marks, Tempo
from repartee.protocol.prompt import Call, Message

_LAST_WORD = re.compile(rf"\s*[^\s{ALONE}]*\Z")  # which may go on
_BYTES_PER_MS = 2 * RATE / 1000
_SAID = Message("assistant", "")
_REASONS = ("max_output_tokens", "content_filter")


class _Speaking:
    """One spoken item: its words, and the sound they begin with."""

    def __init__(self, part: Part, tempo: Tempo) -> None:
        self._part = part
        self._tempo = tempo
        self._ms_per_character = tempo.ms_per_character
        self._marks = Marks("", self._ms_per_character, RATE)
        self._unfinished = ""
        self._ms = 0.0  # of sound given
        part.spoken = True

    def say(self, text: str) -> None:
        self._unfinished += text
        last = _LAST_WORD.search(self._unfinished)
        whole = last.start() if last else 0
        self._marks.extend(self._unfinished[:whole])
        self._unfinished = self._unfinished[whole:]

    def sound(self, pcm: bytes) -> list[Result]:
        begins = self._marks.characters * self._ms_per_character
        if begins < self._marks.ms + len(pcm) / _BYTES_PER_MS:
            self.finish_word()
        return [self._given(speech) for speech in self._marks.feed(pcm)]

    def finish_word(self) -> None:
        """The last word so far is whole, or its sound is here and waits for no more of it."""
        self._marks.extend(self._unfinished)
        self._unfinished = ""

    def finish(self) -> list[Result]:
        """The rest of both."""
        self.finish_word()
        if self._marks.ms:
            self._tempo.learn(self._marks.characters, self._marks.ms)
        rest = self._marks.finish()
        return [self._given(rest)] if rest.pcm or rest.text else []

    def _given(self, speech: Speech) -> Speech:
        if speech.text:
            self._part.words.append((self._ms, speech.text))
        self._ms += len(speech.pcm) / _BYTES_PER_MS
        return speech


class Answer:
    """Reads one response; `held` is what the server's conversation holds of it."""

    def __init__(self, tempo: Tempo) -> None:
        self.done = False
        self.held: list[Held] = []
        self._tempo = tempo
        self._parts: dict[str, Part] = {}
        self._speaking: dict[str, _Speaking] = {}
        self._calls: dict[str, Held] = {}
        self._is_message = False  # whether that is what the last item was
        self._begun: set[str] = set()  # calls of which arguments have come

    def feed(self, event: Event) -> list[Result]:
        """What an event gives; most give nothing.  Raises Failure, or ValueError for garbage."""
        kind = str(event.get("type"))
        name, delta = str(event.get("item_id")), str(event.get("delta") or "")
        match kind.removeprefix("response."):
            case "output_item.added":
                return self._begin(_table(event.get("item")))
            case "output_text.delta":
                return self._write(name, delta)
            case "output_audio_transcript.delta" if name in self._parts:
                self._voice(name).say(delta)
            case "output_audio.delta" if name in self._parts:
                return self._voice(name).sound(_pcm(delta))
            case "function_call_arguments.delta":
                return self._argue(name, delta)
            case "function_call_arguments.done" if name not in self._begun:
                return self._argue(name, str(event.get("arguments") or ""))
            case "output_item.done":
                return self._finish(str(_table(event.get("item")).get("id")))
            case "done":
                return self._end(_table(event.get("response")))
        return []

    def _begin(self, item: dict[str, Any]) -> list[Result]:
        name = str(item.get("id"))
        if item.get("type") == "function_call":
            function = str(item.get("name"))
            held = Held(Call(str(item.get("call_id")), function, ""), Part(name))
            self._calls[name], self._is_message = held, False
            self.held.append(held)
            return [ToolCall(name, function, "")]
        if item.get("type") == "message":
            part = self._parts[name] = Part(name)
            if self._is_message:  # to us it is one message that goes on
                self.held[-1].parts.append(part)
            else:
                self.held.append(Held(_SAID, part))
            self._is_message = True
        return []

    def _write(self, name: str, text: str) -> list[Result]:
        if not text or name not in self._parts:
            return []
        self._parts[name].words.append((0.0, text))
        return [Text(text)]

    def _voice(self, name: str) -> _Speaking:
        if name not in self._speaking:
            self._speaking[name] = _Speaking(self._parts[name], self._tempo)
        return self._speaking[name]

    def _argue(self, name: str, arguments: str) -> list[Result]:
        if not arguments or name not in self._calls:
            return []
        self._begun.add(name)
        self._calls[name].extend(arguments)
        return [ToolCall(name, "", arguments)]

    def _finish(self, name: str) -> list[Result]:
        speaking = self._speaking.pop(name, None)
        return speaking.finish() if speaking else []

    def _end(self, response: dict[str, Any]) -> list[Result]:
        self.done = True
        results: list[Result] = []
        for name in tuple(self._speaking):
            results += self._finish(name)
        details = _table(response.get("status_details"))
        match response.get("status"):
            case "failed" | "cancelled":
                raise Failure(details)
            case "incomplete":
                reason = str(details.get("reason"))
                results.append(Stopped(reason if reason in _REASONS else "content_filter"))
        usage = _table(response.get("usage"))
        return [*results, *([_counted(usage)] if usage else [])]


def _counted(usage: dict[str, Any]) -> Usage:
    """The server's counts, those of sound apart where it tells them apart."""
    read, wrote = _number(usage, "input_tokens"), _number(usage, "output_tokens")
    into, out = _table(usage.get("input_token_details")), _table(usage.get("output_token_details"))
    cached = _table(into.get("cached_tokens_details"))
    heard, spoken = _number(into, "audio_tokens"), _number(out, "audio_tokens")
    cached_heard = _number(cached, "audio_tokens")
    return Usage(
        input_tokens=read - heard,
        output_tokens=wrote - spoken,
        cached_tokens=_number(into, "cached_tokens") - cached_heard,
        heard_tokens=heard,
        spoken_tokens=spoken,
        cached_heard_tokens=cached_heard,
    )


def _pcm(delta: str) -> bytes:
    """Sound, whole samples.  Raises ValueError where it is none."""
    pcm = binascii.a2b_base64(delta, strict_mode=True)
    return pcm[: len(pcm) // 2 * 2]


def _number(table: dict[str, Any], name: str) -> int:
    value = table.get(name)
    return value if isinstance(value, int) else 0


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
