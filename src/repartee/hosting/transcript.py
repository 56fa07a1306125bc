"""A transcript in each of the API's formats (pure)."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from msgspec import Struct

from repartee.engines.protocols import Word, Words
from repartee.protocol.server import DurationUsage, LogProb, TokenUsage
from repartee.session.inputs import Transcribed
from repartee.session.recognition import Recognition

Format = Literal["json", "text", "verbose_json", "srt", "vtt"]
MEDIA_TYPES: dict[Format, str] = {
    "json": "application/json",
    "verbose_json": "application/json",
    "text": "text/plain; charset=utf-8",
    "srt": "text/plain; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
}

_PAUSE_MS = 500  # after which another segment begins
_LONGEST_MS = 7_000  # of a segment, as long as a subtitle should stand
_ENDS = (".", "?", "!", "…", "。", "？", "！")  # noqa: RUF001 - of sentences, in many scripts
_UNDETERMINED = "und"  # ISO 639-2, where nobody says which language it is


class Segment(Struct):
    """A stretch of speech, in milliseconds from the beginning of the recording."""

    text: str
    start_ms: int
    end_ms: int
    words: tuple[Word, ...] = ()


def fact(words: Words) -> Transcribed:
    """A hypothesis, as sessions learn of it."""
    stable = len(words.text) if words.final else words.stable
    logprobs = tuple((word.text, word.logprob) for word in words.words)
    return Transcribed("", words.text, stable, words.final, logprobs)


def logprobs(words: Words) -> list[LogProb]:
    """How certain each word of a final hypothesis is."""
    recognition = Recognition()
    recognition.learn(fact(words))
    return recognition.logprobs()


def segments(words: Words, duration_ms: int) -> list[Segment]:
    """The transcript cut at ends of sentences and at pauses.

    Where the engine tells no times, all of it is one segment as long as the recording.
    """
    if not words.text:
        return []
    ends = _ends(words)
    if not ends:
        return [Segment(words.text, 0, duration_ms)]
    found, begin, place = [], 0, 0
    for index, end in enumerate(ends):
        if index + 1 < len(ends) and not _is_last(words.words, begin, index):
            continue
        spoken = words.words[begin : index + 1]
        text = words.text[place:end].strip()
        found.append(Segment(text, spoken[0].start_ms, spoken[-1].end_ms, spoken))
        begin, place = index + 1, end
    return found


def _ends(words: Words) -> list[int]:
    """Where each word ends in the text; nothing where they are not the words of the text."""
    ends, place = [], 0
    for word in words.words:
        found = words.text.find(word.text, place)
        if found < 0:
            return []
        place = found + len(word.text)
        ends.append(place)
    if ends:
        ends[-1] = len(words.text)
    return ends


def _is_last(words: Sequence[Word], begin: int, index: int) -> bool:
    """Whether the word at `index` is the last of the segment that begins at `begin`."""
    word, after = words[index], words[index + 1]
    return (
        word.text.endswith(_ENDS)
        or after.start_ms - word.end_ms >= _PAUSE_MS
        or after.end_ms - words[begin].start_ms > _LONGEST_MS
    )


def verbose(
    words: Words, duration_ms: int, language: str | None, granularities: Sequence[str]
) -> dict[str, Any]:
    """The members of `verbose_json` but usage; what no engine here can tell is left out."""
    told: dict[str, Any] = {
        "task": "transcribe",
        "language": language or _UNDETERMINED,
        "duration": duration_ms / 1000,
        "text": words.text,
    }
    if "segment" in granularities:
        told["segments"] = [
            {"id": index, "start": one.start_ms / 1000, "end": one.end_ms / 1000, "text": one.text}
            for index, one in enumerate(segments(words, duration_ms))
        ]
    if "word" in granularities:
        told["words"] = [
            {"word": word.text, "start": word.start_ms / 1000, "end": word.end_ms / 1000}
            for word in words.words
        ]
    return told


def srt(words: Words, duration_ms: int) -> str:
    """SubRip subtitles."""
    cues = _cues(words, duration_ms, lambda ms: _clock(ms).replace(".", ","))
    return "".join(f"{index}\n{cue}\n" for index, cue in enumerate(cues, 1))


def vtt(words: Words, duration_ms: int) -> str:
    """WebVTT subtitles; in them `&` and `<` mean something (W3C WebVTT, section 4.2.2)."""
    cues = _cues(words, duration_ms, _clock)
    return "WEBVTT\n\n" + "".join(
        f"{cue}\n".replace("&", "&amp;").replace("<", "&lt;") for cue in cues
    )


def _cues(words: Words, duration_ms: int, clock: Callable[[int], str]) -> Iterator[str]:
    for one in segments(words, duration_ms):
        text = " ".join(one.text.split())  # an empty line would end the cue
        yield f"{clock(one.start_ms)} --> {clock(one.end_ms)}\n{text}\n"


def _clock(ms: int) -> str:
    seconds, thousandths = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}"


def plain(words: Words, usage: DurationUsage | TokenUsage, sure: bool) -> dict[str, Any]:
    """The members of `json`."""
    told: dict[str, Any] = {"text": words.text, "usage": usage}
    return told | ({"logprobs": logprobs(words)} if sure else {})
