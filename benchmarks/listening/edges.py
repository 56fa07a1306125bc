"""Where speech begins and ends, against the energy of the clean clips; positive is late.

    python -m benchmarks.listening.edges

`speech_started` plus its padding, and `speech_stopped` less its silence, of each sentence alone in
a room; of a sentence in several turns the first and the last.  Noise is fainter than speech by the
dB in its name.
"""

from collections.abc import Callable

from benchmarks.listening.material import NO_NET, judged, said, sentences, still_room
from benchmarks.listening.table import head, median, percentile, row
from media_time import MediaTime
from microphone import Microphone, level_dbfs
from recordings import Samples, read
from repartee.protocol.config import ServerVad

AFTER_S = 2.0
VAD = ServerVad()

Noise = Callable[[Microphone, float], None]  # adds it at a level in dBFS


def nothing(_room: Microphone, _dbfs: float) -> None:
    """No noise but that of a still room, or of the clips."""


def pink(room: Microphone, dbfs: float) -> None:
    room.hiss(dbfs, "pink")


def cafe(room: Microphone, dbfs: float) -> None:
    room.surround(read("nonspeech_cafe"), dbfs)


def edge_errors(sound: Samples, noise: Noise, snr_db: float) -> tuple[float, float] | None:
    """Of onset and offset, in ms; None where no speech was found."""
    room = still_room((0.0, sound), after_s=AFTER_S)
    noise(room, level_dbfs(sound) - snr_db)
    session = MediaTime(NO_NET)
    for heard in judged(room.sound()):
        session.hear(heard)
    if not session.turns:
        return None
    onset = session.turns[0][0] + VAD.prefix_padding_ms - room.spoken[0].begin_ms
    return onset, session.turns[-1][1] - VAD.silence_duration_ms - room.spoken[0].end_ms


def report(name: str, noise: Noise, snr_db: float) -> None:
    every = [edge_errors(said(clip), noise, snr_db) for clip in sentences()]
    found = [each for each in every if each is not None]
    onsets, offsets = [each[0] for each in found], [each[1] for each in found]
    figures = [
        figure
        for edges in (onsets, offsets)
        for figure in (median(edges), percentile(edges, 5), percentile(edges, 95))
    ]
    row(name, f"{len(found)}/{len(every)}", *figures)


def main() -> None:
    head("room", "found", "onset ms", "p5", "p95", "offset ms", "p5", "p95")
    report("still", nothing, 0)
    report("pink, 10 dB", pink, 10)
    report("pink, 5 dB", pink, 5)
    report("café, 10 dB", cafe, 10)


if __name__ == "__main__":
    main()
