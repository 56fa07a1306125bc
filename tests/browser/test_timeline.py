"""The page that shows recordings, in a real browser."""

from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import tapes
from browser.chromium import play
from live.server import Server
from repartee.recording.format import read
from repartee.recording.inspection.following import inspect
from repartee.recording.inspection.turns import Inspection

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tapes.write("talk", tmp_path_factory.mktemp("recording"))


@pytest.fixture(scope="module")
def inspected(recording: Path) -> Inspection:
    return inspect(read(recording))


async def seen(scene: str, server: Server, silence: str, **more: Any) -> dict[str, Any]:
    """A scene without a complaint, which asks nothing of other hosts."""
    told: dict[str, Any] = await play("timeline", scene, url=server.url, microphone=silence, **more)
    assert told["complaints"] == []
    assert told["hosts"] == [urlsplit(server.url).netloc]
    return told


async def test_a_recording_is_looked_at(
    quick: Server, silence: str, recording: Path, inspected: Inspection
) -> None:
    told = await seen("opened", quick, silence, recording=str(recording))
    assert "1 interrupted" in told["glance"]
    assert "872 ms" in told["glance"]
    first, second = told["turns"]
    assert first.startswith("1. hello there")
    assert "cut by your speech, 1.0 s heard" in first
    for figure in ("turn 512", "words 712", "text 752", "voice 872", "sent 872"):
        assert figure in second
    assert told["selected"]["type"] == "input_audio_buffer.speech_stopped"
    stopped_s = inspected.turns[0].begun_s + 0.512
    assert told["position"] == pytest.approx(stopped_s, abs=0.001)
    assert told["facts"] > 0
    sent = [
        each for each in told["addresses"] if not each.endswith((".js", ".css", ".svg", ".html"))
    ]
    assert sent == []


async def test_all_of_it_is_there_for_the_keyboard(
    quick: Server, silence: str, recording: Path, inspected: Inspection
) -> None:
    told = await seen("keyboard", quick, silence, recording=str(recording))
    began = [turn.begun_s + (turn.moments.began or 0) / 1000 for turn in inspected.turns]
    places = told["places"]
    assert [places["first"], places["second"], places["back"]] == pytest.approx(
        [began[0], began[1], began[0]], abs=0.001
    )
    assert places["on"] == pytest.approx(began[0] + 1, abs=0.001)
    assert places["home"] == 0
    assert places["end"] > inspected.duration_s - 0.01
    assert told["current"].startswith("1. hello there")
    assert told["closer"]
    assert "Play, or pause" in told["shortcuts"]


async def test_both_sides_are_heard_in_their_places(
    quick: Server, silence: str, recording: Path
) -> None:
    told = await seen("played", quick, silence, recording=str(recording))
    assert told["playing"] == "Pause"
    assert told["paused"] > 0
    heard = told["heard"]
    gaps = [after["when"] - one["when"] for one, after in pairwise(heard[:4])]
    assert gaps == pytest.approx([heard[0]["ms"] / 1000] * 3, abs=0.001)
    user, agent = heard[0]["loudest"]
    assert user == pytest.approx(0.25, abs=0.01)  # a square of that level begins at once
    assert agent == 0
    at_the_end = [piece["loudest"] for piece in heard[-3:]]
    assert all(left == right for left, right in at_the_end)  # one side alone is on both
    assert told["ended"] > told["paused"]


@pytest.fixture
def odd(recording: Path, tmp_path: Path) -> dict[str, str]:
    """Files that are no recordings, or not whole ones."""
    contents = {
        "other": b"RIFF and so on",
        "newer": b"repartee recording 2\n",
        "empty": b"repartee recording 1\n",
        "cut": recording.read_bytes()[:-40],
    }
    paths = {name: tmp_path / f"{name}.repartee" for name in contents}
    for name, content in contents.items():
        paths[name].write_bytes(content)
    return {name: str(path) for name, path in paths.items()}


async def test_what_is_no_recording_or_not_whole_is_told(
    quick: Server, silence: str, odd: dict[str, str]
) -> None:
    told = await seen("odd", quick, silence, odd=odd)
    assert told["told"]["other"] == "other.repartee is no recording."
    assert "has format 2" in told["told"]["newer"]
    assert "does not say how its session began" in told["told"]["empty"]
    assert "the last" in told["told"]["cut"]
    assert told["shown"] == 2  # what is whole of it is shown


async def test_the_page_is_usable_with_other_eyes_and_on_a_telephone(
    quick: Server, silence: str, recording: Path
) -> None:
    told = await seen("basics", quick, silence, recording=str(recording))
    for place, found in told["found"].items():
        assert found == {"nameless": [], "faint": [], "tooWide": 0}, place
    assert told["scrolled"] == [0, 0]  # the time line stays in sight when a turn is looked at
    assert told["label"].endswith("of 0:07.2")
    assert told["heading"] == "Look at a session again."
