"""What a session's microphone gives, chunk by chunk: speech in its turn, else faint noise."""

from repartee.bench.sound import Sounds
from repartee.bench.turns import Conversation


class Speaker:
    """Speaks the utterances in turn, from the one at place `first` on."""

    def __init__(self, sounds: Sounds, conversation: Conversation, first: int = 0) -> None:
        self._sounds = sounds
        self._conversation = conversation
        self._utterance = first
        self._saying: tuple[bytes, ...] = ()
        self._place = 0
        self._hushed = 0

    def chunk(self, at: float) -> bytes:
        """The message with the chunk whose first sample is spoken at `at`."""
        if self._place < len(self._saying):
            message = self._saying[self._place]
            self._place += 1
            return message
        if at >= self._conversation.next_at and self._conversation.may_speak():
            return self._begin(at)
        hush = self._sounds.hush
        self._hushed += 1
        return hush[self._hushed % len(hush)]

    def _begin(self, at: float) -> bytes:
        utterances = self._sounds.utterances
        utterance = utterances[self._utterance % len(utterances)]
        self._utterance += 1
        self._conversation.speak(at + utterance.begin_s, at + utterance.end_s)
        self._saying, self._place = utterance.messages, 1
        return self._saying[0]
