"""Segments, subtitles and tokens of a transcript."""

from repartee.engines.protocols import Word, Words
from repartee.hosting import transcript

SPOKEN = (
    ("Hello", 0, 400),
    ("there.", 450, 800),
    ("And", 850, 1000),
    ("<now>", 3_723_004, 3_724_000),
)


def words(text: str = "Hello there. And <now>", *, timed: bool = True) -> Words:
    found = tuple(Word(word, -0.5, start, end) for word, start, end in SPOKEN) if timed else ()
    return Words(text, len(text), final=True, words=found)


def told(of: Words) -> list[tuple[str, int, int]]:
    return [(one.text, one.start_ms, one.end_ms) for one in transcript.segments(of, 4_000_000)]


def test_segments_end_with_sentences_and_at_pauses() -> None:
    assert told(words()) == [
        ("Hello there.", 0, 800),
        ("And", 850, 1000),
        ("<now>", 3_723_004, 3_724_000),
    ]


def test_segments_are_no_longer_than_a_subtitle_stands() -> None:
    long = tuple(Word("so", -0.1, place * 1000, place * 1000 + 900) for place in range(20))
    text = " ".join(["so"] * 20)
    found = told(Words(text, final=True, words=long))
    assert all(end - start <= 7_000 for _, start, end in found)
    assert " ".join(one for one, _, _ in found) == text


def test_without_times_all_is_one_segment() -> None:
    assert told(words(timed=False)) == [("Hello there. And <now>", 0, 4_000_000)]


def test_words_that_are_not_those_of_the_text_tell_no_times() -> None:
    assert told(words("Something else")) == [("Something else", 0, 4_000_000)]


def test_nothing_said_is_no_segment() -> None:
    assert told(words("", timed=False)) == []


def test_subrip() -> None:
    assert transcript.srt(words(), 4_000_000).split("\n\n")[2] == (
        "3\n01:02:03,004 --> 01:02:04,000\n<now>"
    )


def test_webvtt_escapes_what_means_something_in_it() -> None:
    assert transcript.vtt(words(), 4_000_000) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:00.800\nHello there.\n\n"
        "00:00:00.850 --> 00:00:01.000\nAnd\n\n"
        "01:02:03.004 --> 01:02:04.000\n&lt;now>\n\n"
    )


def test_only_what_is_asked_for_is_in_verbose_json() -> None:
    both = transcript.verbose(words(), 1000, None, ["word", "segment"])
    assert (both["language"], both["duration"]) == ("und", 1.0)
    assert both["words"][1] == {"word": "there.", "start": 0.45, "end": 0.8}
    assert "segments" not in transcript.verbose(words(), 1000, "en", ["word"])
    assert "words" not in transcript.verbose(words(), 1000, "en", ["segment"])


def test_tokens_add_up_to_the_text() -> None:
    tokens = transcript.logprobs(words())
    assert "".join(token.token for token in tokens) == "Hello there. And <now>"
