"""How often noise is taken for speech: speech_started a minute, at each threshold.

python -m benchmarks.listening.false_starts
"""

from collections.abc import Callable

from benchmarks.listening.material import NO_NET, judged
from benchmarks.listening.table import head, row
from media_time import MediaTime
from microphone import Microphone
from recordings import read
from repartee.protocol.config import Audio, AudioInput, ServerVad
from repartee.protocol.server import SpeechStarted

SECONDS = 60.0
THRESHOLDS = (0.3, 0.5, 0.8)


def cafe(room: Microphone) -> None:
    room.surround(read("nonspeech_cafe"), -35)


def dog(room: Microphone) -> None:
    room.surround(read("nonspeech_dog"), -30)


def pink(room: Microphone) -> None:
    room.hiss(-30, "pink")


def white(room: Microphone) -> None:
    room.hiss(-30, "white")


def mishaps(room: Microphone) -> None:
    """A click every 3 s, and a cough every 10."""
    room.hiss(-65, "pink")
    for second in range(1, int(SECONDS), 3):
        room.click(second)
    for second in range(5, int(SECONDS), 10):
        room.cough(second)


def report(name: str, fill: Callable[[Microphone], None]) -> None:
    room = Microphone(SECONDS)
    fill(room)
    facts = judged(room.sound())
    figures = []
    for threshold in THRESHOLDS:
        vad = ServerVad(threshold=threshold, create_response=False)
        session = MediaTime(NO_NET, audio=Audio(input=AudioInput(turn_detection=vad)))
        for heard in facts:
            session.hear(heard)
        figures.append(len(session.all(SpeechStarted)) * 60 / SECONDS)
    row(name, *figures)


def main() -> None:
    head("starts a minute", *(f"at {threshold}" for threshold in THRESHOLDS))
    report("café, -35 dBFS", cafe)
    report("dog, -30 dBFS", dog)
    report("pink noise, -30 dBFS", pink)
    report("white noise, -30 dBFS", white)
    report("clicks and coughs", mishaps)


if __name__ == "__main__":
    main()
