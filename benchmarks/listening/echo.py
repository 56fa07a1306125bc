"""An agent beside its microphone: how often it takes itself for the user, and who is still heard.

Whole sessions in virtual time: recorded speech is the agent's voice and the user's, the echo comes
back from a simulated room, and the real net judges.  `python -m benchmarks.listening.echo` prints
the tables.
"""

import os
import sys
import time
from typing import NamedTuple, cast

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: its threads would only spin

import numpy as np

from benchmarks.sound import RATE, Samples, clips, read

from beside import RecordedVoice, sit_beside  # isort: skip
from client_double import ClientDouble, EngineDouble, conversation  # isort: skip
from repartee.engines.protocols import EchoCanceller
from repartee.engines.silero import SileroVad
from repartee.engines.webrtc_echo import WebRTCEchoCanceller
from repartee.protocol.config import Audio, AudioInput, ServerVad
from repartee.speech.listener import SpeechDetector

from rooms import Room, erle, heard  # isort: skip
from virtual_time import run  # isort: skip

LEVELS_DB = (-10, -20)
DELAYS_MS = (40, 150, 300)  # to the client and back; each session has one
SESSIONS = 6
ANSWER_S = 20
USER_S = 8  # into the second answer
NOTICED_S = 3  # whoever is not heard within these was missed

FRAME = RATE // 100
TRUE_DELAYS_MS = (0, 50, 100, 200, 400, 500, 600)


class Row(NamedTuple):
    """Sessions of two answers that nothing stops; the user speaks during the second."""

    level_db: int
    cancelled: bool
    first_per_minute: float  # self-interruptions in the first answer, while the room is unknown
    later_per_minute: float  # in the second, before the user speaks
    missed: int  # users who spoke and were not heard
    users: int


def rows() -> list[Row]:
    """How it goes at each level of the echo, without cancelling and with it."""
    cancellers: tuple[EchoCanceller | None, ...] = (None, WebRTCEchoCanceller())
    return [_row(level, echo) for level in LEVELS_DB for echo in cancellers]


def _row(level_db: int, echo: EchoCanceller | None) -> Row:
    first, later, missed = 0, 0, 0
    for number in range(SESSIONS):
        room = Room(level_db, DELAYS_MS[number % len(DELAYS_MS)])
        starts = run(_session(number, room, echo))
        asked, spoken = ANSWER_S + 1, ANSWER_S + 1 + USER_S
        first += sum(start < asked for start in starts)
        later += sum(asked <= start < spoken - 0.5 for start in starts)
        missed += not any(spoken - 0.5 <= start < spoken + NOTICED_S for start in starts)
    first_minutes, later_minutes = SESSIONS * ANSWER_S / 60, SESSIONS * USER_S / 60
    cancelled = echo is not None
    return Row(level_db, cancelled, first / first_minutes, later / later_minutes, missed, SESSIONS)


async def _session(number: int, room: Room, echo: EchoCanceller | None) -> list[float]:
    """When speech began, in seconds."""
    spoken = _clip(2 * number + 7)
    engines = EngineDouble(voice=RecordedVoice(_agent(number, without=2 * number + 7)))
    engines.detector = SpeechDetector(SileroVad(), echo)
    detection = ServerVad(create_response=False, interrupt_response=False)
    audio = Audio(input=AudioInput(turn_detection=detection))
    async with conversation(engines, audio=audio) as client:
        for user in (np.zeros(0, np.int16), np.pad(spoken, (USER_S * RATE, 0))):
            client.say("response.create")
            await sit_beside(client, room, user, ANSWER_S + 1, stops=False)
    return _starts(client)


def _starts(client: ClientDouble) -> list[float]:
    started = (e for e in client.events if e["type"] == "input_audio_buffer.speech_started")
    return [cast("int", event["audio_start_ms"]) / 1000 for event in started]


def _clip(number: int) -> Samples:
    return read(clips()[number % len(clips())].name)


def _agent(number: int, without: int) -> Samples:
    """What the agent says: other clips than the user's, each answer the same."""
    count = len(clips())
    order = [number + place for place in range(count) if (number + place - without) % count]
    return np.concatenate([_clip(each) for each in order])[: ANSWER_S * RATE]


class Loss(NamedTuple):
    """Echo return loss enhancement in dB, at a level of the echo and a true delay."""

    level_db: int
    delay_ms: int
    first_s: float  # in the first second
    next_s: float  # in the four after it
    later: float


def losses() -> list[Loss]:
    """How much fainter the canceller makes the echo of 15 seconds of speech."""
    played = _agent(0, without=7)[: 15 * RATE]
    return [_loss(level, delay, played) for level in LEVELS_DB for delay in TRUE_DELAYS_MS]


def _loss(level_db: int, delay_ms: int, played: Samples) -> Loss:
    near = heard(Room(level_db, delay_ms).echo(played))
    left = cancelled(near, played)
    parts = (slice(RATE), slice(RATE, 5 * RATE), slice(5 * RATE, None))
    first, after, later = (erle(near[part], left[part]) for part in parts)
    return Loss(level_db, delay_ms, first, after, later)


def cancelled(near: Samples, far: Samples) -> Samples:
    """What WebRTC's canceller leaves of whole frames."""
    stream = WebRTCEchoCanceller().stream()
    pieces = []
    for start in range(0, len(near), FRAME):
        part = slice(start, start + FRAME)
        pieces.append(stream.cancel(near[part].tobytes(), far[part].tobytes()))
    return np.frombuffer(b"".join(pieces), np.int16)


def cost_ms() -> float:
    """Milliseconds of a processor's time for a second of sound."""
    played = _agent(0, without=7)
    near = heard(Room().echo(played))
    begun = time.thread_time()
    cancelled(near, played)
    return (time.thread_time() - begun) * 1000 / (len(near) / RATE)


def main() -> None:
    """Print all there is."""
    print("echo, dB  cancelled  self-interruptions/min: first answer, later  missed users")
    for row in rows():
        rates = f"{row.first_per_minute:24.1f} {row.later_per_minute:12.1f}"
        print(f"{row.level_db:8} {row.cancelled!s:>10} {rates} {row.missed:7} of {row.users}")
    print("\necho, dB  delay, ms  ERLE, dB: first second, four more, later")
    for loss in losses():
        parts = f"{loss.first_s:10.1f} {loss.next_s:14.1f} {loss.later:10.1f}"
        print(f"{loss.level_db:8} {loss.delay_ms:10} {parts}")
    print(f"\n{cost_ms():.1f} ms a second of sound")


if __name__ == "__main__":
    sys.exit(main())
