"""One item's way to words: what the recogniser has told, and what of it the client knows.

Deltas are only of words that stay, so that they add up to the transcript.
"""

from repartee.protocol.config import Transcription
from repartee.protocol.server import LogProb
from repartee.session.conversation import Entry
from repartee.session.inputs import Failed, Transcribed


class Recognition:
    """The recogniser's work on one item; `entry` is None until the turn is committed."""

    def __init__(self) -> None:
        self.entry: Entry | None = None
        self.wanted: Transcription | None = None  # what the client asked for, if it sees the words
        self.settled = 0.0  # when the item's sound was complete
        self.told = ""  # what deltas have told
        self.latest: Transcribed | Failed | None = None

    @property
    def open(self) -> bool:
        """Whether the recogniser still listens."""
        return self.latest is None or (
            isinstance(self.latest, Transcribed) and not self.latest.final
        )

    @property
    def in_pieces(self) -> bool:
        """Whether words are told before all are known: "for whisper-1, the full transcript"."""
        return self.wanted is None or self.wanted.model != "whisper-1"

    def delta(self) -> tuple[str, list[LogProb]]:
        """The words that have become certain, and how certain each is."""
        latest = self.latest
        assert isinstance(latest, Transcribed)
        begin = len(self.told)
        stable = latest.text if latest.final else latest.text[: latest.stable]
        self.told += stable[begin:]
        return stable[begin:], _tokens(latest, begin, len(stable))

    def logprobs(self) -> list[LogProb]:
        """How certain each word of the transcript is."""
        latest = self.latest
        assert isinstance(latest, Transcribed)
        return _tokens(latest, 0, len(latest.text))


def _tokens(heard: Transcribed, begin: int, end: int) -> list[LogProb]:
    """The words that end within these characters, each with the space before it."""
    tokens, place = [], 0
    for word, logprob in heard.logprobs:
        token = f" {word}" if place else word
        place += len(token)
        if begin < place <= end:
            tokens.append(LogProb(token=token, logprob=logprob, bytes=list(token.encode())))
    return tokens
