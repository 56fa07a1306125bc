"""The page reads recordings by itself; it has to find in them what `repartee inspect` finds."""

import json
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

import tapes
from browser.chromium import FOLDER
from live.node import NODE
from repartee.recording.format import Entry, Kind, read
from repartee.recording.inspection.following import inspect
from repartee.recording.inspection.tracks import RATE, Samples, Tracks

pytestmark = pytest.mark.slow

BUCKET = RATE // 100
SHOWN = ("client", "said", "fact", "asked")
LATE = 2  # hundredths by which two ways to round, and a resampler's delay, may differ


def reading(*paths: Path) -> list[dict[str, Any]]:
    """What the page's own modules find in each file."""
    command = [NODE, "--no-warnings", "read.mjs", *map(str, paths)]
    told = subprocess.run(command, cwd=FOLDER, capture_output=True, check=False, timeout=60)
    assert told.returncode == 0, told.stderr.decode()
    return [json.loads(line) for line in told.stdout.splitlines()]


def found(path: Path) -> tuple[dict[str, Any], Tracks]:
    """What is found here, as JSON has it, and the sound."""
    tracks = Tracks()
    told = msgspec.to_builtins(inspect(read(path), tracks))
    del told["spreads"]  # which the page does not show
    return json.loads(msgspec.json.encode(told)), tracks


def alike(one: Any, other: Any) -> bool:
    """Whether they are the same but for how sums were rounded."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
        case list(), list():
            return len(one) == len(other) and all(map(alike, one, other))
        case int() | float(), int() | float():
            return bool(one == pytest.approx(other, abs=0.0011))
        case _:
            return bool(one == other)


def loud(track: Samples) -> list[int]:
    """From which hundredth of a second to which there is sound."""
    (places,) = np.nonzero(np.abs(track.astype(int)) >= 128)
    return [int(places[0]) // BUCKET, int(places[-1]) // BUCKET + 1] if len(places) else [-1, 0]


def test_the_page_finds_the_same_turns_and_the_same_sound(tmp_path: Path) -> None:
    paths = [tapes.write(name, tmp_path) for name in tapes.NAMES]
    for path, there in zip(paths, reading(*paths), strict=True):
        here, tracks = found(path)
        assert alike(there["inspection"], here), (path.name, there["inspection"], here)
        assert there["sound"]["user"] == pytest.approx(loud(tracks.user()), abs=LATE), path.name
        assert there["sound"]["agent"] == pytest.approx(loud(tracks.agent()), abs=LATE), path.name
        listed = [each for each in read(path) if isinstance(each, Entry)]
        shown = [each.kind.name.lower() for each in listed if each.kind.name.lower() in SHOWN]
        assert there["kinds"] == shown
        heard = [json.loads(each.text) for each in listed if each.kind is Kind.HEARD]
        assert there["frames"] == sum(each["speech"] is not None for each in heard)


def test_damage_is_told_and_read_around(tmp_path: Path) -> None:
    whole = tapes.write("push", tmp_path).read_bytes()
    middle = [each for each in read(tapes.write("push", tmp_path)) if isinstance(each, Entry)][9]
    cut, holed = tmp_path / "cut", tmp_path / "holed"
    cut.write_bytes(whole[:-30])
    holed.write_bytes(whole[: middle.offset + 30] + b"!" + whole[middle.offset + 31 :])
    for path, there in zip((cut, holed), reading(cut, holed), strict=True):
        here, _ = found(path)
        assert here["note"]
        assert alike(there["inspection"], here), (path.name, there["inspection"], here)
