"""The next frames of many sessions, judged in one call of the voice activity net."""

import logging
from collections.abc import Sequence

import numpy as np

from repartee.engines.protocols import Frames, Vad
from repartee.speech.energy_gate import EnergyGate, Pcm, Rows
from repartee.speech.resample import HISTORY, JUDGED_FRAME, at_16k
from repartee.speech.stream import Stream

log = logging.getLogger(__name__)


class Batch:
    """The `Vad`, and the memory of every stream as a row of its arrays."""

    def __init__(self, vad: Vad) -> None:
        self._vad = vad
        self._states = np.zeros((0, vad.state_size), np.float32)
        self._histories = np.zeros((0, HISTORY), np.float32)
        self._gate = EnergyGate() if getattr(vad, "gated", False) else None
        self._free: list[int] = []
        self._failed = False

    def open(self) -> int:
        """A row of zeros."""
        if not self._free:
            size = len(self._states)
            self._free = list(range(size, 2 * size + 1))
            self._states = np.pad(self._states, ((0, size + 1), (0, 0)))
            self._histories = np.pad(self._histories, ((0, size + 1), (0, 0)))
            if self._gate is not None:
                self._gate.grow(2 * size + 1)
        slot = self._free.pop()
        self._states[slot] = 0
        self._histories[slot] = 0
        if self._gate is not None:
            self._gate.open(slot)
        return slot

    def close(self, slot: int) -> None:
        """The row may be used again."""
        self._free.append(slot)

    def take(self, streams: Sequence[Stream]) -> None:
        """Take the next frame of each stream; they keep what they have to tell."""
        judged = []
        for stream in streams:
            if stream.slot is None:
                stream.learn(stream.take(), None)
            else:
                judged.append(stream)
        if judged:
            self._judge(judged)

    def _judge(self, streams: Sequence[Stream]) -> None:
        slots = np.array([stream.slot for stream in streams])
        frames = [stream.take() for stream in streams]
        pcm = np.frombuffer(b"".join(frames), "<i2").reshape(len(frames), JUDGED_FRAME)
        told = self._speech(slots, pcm) if self._gate is None else self._gated(slots, pcm)
        for stream, frame, speech in zip(streams, frames, told.tolist(), strict=True):
            stream.learn(frame, speech)

    def _gated(self, slots: Rows, pcm: Pcm) -> Frames:
        """The probabilities, where plain quiet is not shown to the net."""
        assert self._gate is not None
        told = np.empty(len(slots), np.float32)
        skipped = self._gate.skips(slots, pcm)
        if skipped.any():
            told[skipped] = self._gate.skip(slots[skipped], pcm[skipped], self._histories)
        shown = ~skipped
        if shown.any():
            for rows, unseen in self._gate.replay(slots[shown]):
                self._speech(rows, unseen)
            told[shown] = self._speech(slots[shown], pcm[shown])
            self._gate.learn(slots[shown], told[shown])
        return told

    def _speech(self, slots: Rows, pcm: Pcm) -> Frames:
        """The next frame of each row, shown to the net."""
        sound, self._histories[slots] = at_16k(pcm, self._histories[slots])
        try:
            probabilities, self._states[slots] = self._vad(sound, self._states[slots])
            return probabilities.reshape(len(slots))
        except Exception:
            if not self._failed:
                log.exception("voice activity detection failed; sound passes for silence")
            self._failed = True
            return np.zeros(len(slots), np.float32)
