"""The energy gate: plain, even quiet need not be shown to the voice activity net.

Somebody who listens is silent most of the time, and the net is the dearest part of hearing them.
So a stream's gate shuts after a second that was neither like speech nor louder than the quiet
around it.  While it is shut, the last probability goes on.  The first frame that stands out opens
it, and before that frame the net is shown the last ones that it has not seen, for the beginning of
speech is often soft.

What a gate does depends on the sound of its own stream alone.  But the net remembers long silence
otherwise than short, and a frame that is speech by a hair may be none after a gate was shut: of
600 edges of recorded speech, in digital silence and in even noise, 7 came later by more than a
frame.  So it is for the operator to choose.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from repartee.engines.protocols import Frames
from repartee.speech.resample import HISTORY, JUDGED_FRAME

Pcm = NDArray[np.int16]
Rows = NDArray[np.intp]  # which streams: rows of the arrays here

QUIET = 0.1  # a probability that is far from speech, whatever threshold a client chooses
QUIET_FRAMES = 30  # before a gate shuts
REPLAYED = 10  # frames
STILL = 32.8  # root mean square of 16 bit samples: -60 dB of full scale
OUTSTANDING = 1.2  # times the quiet around it; in even noise a frame's level varies by 3 %
LEARNING = 0.1  # how fast the quiet around is learnt: within ten frames


class EnergyGate:
    """The gates of all streams, a row of every array for each."""

    def __init__(self) -> None:
        self._quiet = np.zeros(0, np.int32)  # frames of quiet in a row
        self._around = np.zeros(0, np.float32)  # level of the quiet
        self._speech = np.zeros(0, np.float32)  # the last probability
        self._unseen = np.zeros((0, REPLAYED, JUDGED_FRAME), np.int16)  # frame n at n % REPLAYED
        self._count = np.zeros(0, np.int32)  # of frames unseen since the gate has shut

    def grow(self, size: int) -> None:
        """Have so many rows."""
        for name in ("_quiet", "_around", "_speech", "_unseen", "_count"):
            rows = getattr(self, name)
            more = np.zeros((size - len(rows), *rows.shape[1:]), rows.dtype)
            setattr(self, name, np.concatenate([rows, more]))

    def open(self, row: int) -> None:
        """A stream begins."""
        self._quiet[row] = self._count[row] = 0
        self._around[row] = self._speech[row] = 0

    def skips(self, rows: Rows, pcm: Pcm) -> NDArray[np.bool_]:
        """Which of the streams' next frames the net need not see."""
        samples = pcm.astype(np.float32)
        level = np.sqrt(np.einsum("ij,ij->i", samples, samples) / JUDGED_FRAME)
        around = self._around[rows]
        even = level <= np.maximum(OUTSTANDING * around, STILL)
        quiet = np.where(even & (self._speech[rows] < QUIET), self._quiet[rows] + 1, 0)
        self._quiet[rows] = quiet
        self._around[rows] = np.where(
            self._speech[rows] < QUIET, around + LEARNING * (level - around), around
        )
        return quiet > QUIET_FRAMES

    def skip(self, rows: Rows, pcm: Pcm, histories: Frames) -> Frames:
        """Keep frames unseen; tell what they count as.  `histories` are of the oldest kept."""
        count = self._count[rows]
        place = count % REPLAYED
        full = count >= REPLAYED
        histories[rows[full]] = self._unseen[rows[full], place[full], -HISTORY:]
        self._unseen[rows, place] = pcm
        self._count[rows] = count + 1
        return self._speech[rows]

    def replay(self, rows: Rows) -> Iterator[tuple[Rows, Pcm]]:
        """The frames that were kept unseen of these streams, in order, to be shown now."""
        count = self._count[rows]
        for back in range(REPLAYED, 0, -1):
            have = count >= back
            if have.any():
                yield rows[have], self._unseen[rows[have], (count[have] - back) % REPLAYED]
        self._count[rows] = 0

    def learn(self, rows: Rows, speech: Frames) -> None:
        """What the net has told of frames that it has seen."""
        self._speech[rows] = speech
