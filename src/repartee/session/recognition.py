"""One item's way to words: what the recogniser has told, and what of it the client knows.

Deltas are only of words that stay, so that they add up to the transcript.
"""

from msgspec import structs

from repartee.protocol.config import Transcription
from repartee.protocol.prompt import Hints
from repartee.protocol.server import LogProb
from repartee.session.conversation import Entry
from repartee.session.inputs import Failed, Transcribed


def hints(wanted: Transcription | None) -> Hints:
    """What the client has told that helps to recognise what is said."""
    wanted = wanted or Transcription()
    languages = wanted.languages or ()
    return Hints(
        language=wanted.language or (languages[0] if languages else None),
        prompt=wanted.prompt or None,
        keywords=tuple(wanted.keywords or ()),
    )


class Recognition:
    """The recogniser's work on one item; `entry` is None until the turn is committed."""

    def __init__(self) -> None:
        self.entry: Entry | None = None
        self.skipped = False  # because nobody needed the words
        self.wanted: Transcription | None = None  # what the client asked for, if it sees the words
        self.settled = 0.0  # when the item's sound was complete
        self.told = ""  # what deltas have told
        self.latest: Transcribed | Failed | None = None
        self._guessed_at: int | None = None  # where speech had ended when a guess was asked for
        self._guess: Transcribed | None = None
        self._timely = False  # whether that was the end of the item's speech

    @property
    def open(self) -> bool:
        """Whether the recogniser still listens."""
        return self.latest is None or (
            isinstance(self.latest, Transcribed) and not self.latest.final
        )

    def ask_guess(self, last_speech: int) -> None:
        """The transcript is asked for of speech that ended at `last_speech`, if it has ended."""
        self._guessed_at, self._guess = last_speech, None

    def learn(self, fact: Transcribed | Failed) -> None:
        """Take what the recogniser tells; of an item whose speech is over, a guess is final."""
        if isinstance(fact, Transcribed) and fact.complete:
            self._guess = structs.replace(fact, stable=len(fact.text), final=True)
            fact = self._guess if self._timely else fact
        self.latest = fact

    def guess(self, last_speech: int) -> Transcribed | None:
        """The transcript, if nobody has spoken since `last_speech` and it is known already."""
        return self._guess if self._guessed_at == last_speech else None

    def settle(self, entry: Entry, last_speech: int, now: float) -> None:
        """The sound of the item is complete."""
        self.entry, self.settled = entry, now
        self._timely = self._guessed_at == last_speech
        if guess := self.guess(last_speech):
            self.latest = guess

    @property
    def text(self) -> str:
        """What is understood so far."""
        return self.latest.text if isinstance(self.latest, Transcribed) else ""

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
