"""Recordings are listed, erased and replayed from the command line."""

import json
from pathlib import Path

import msgspec
import pytest

from recording.played import opening
from repartee import cli
from repartee.protocol.config import Config
from repartee.protocol.ga import GA
from repartee.recording.format import MAGIC, Kind, pack
from repartee.recording.opening import opened
from repartee.recording.shelf import name, recorded
from repartee.runtime.watching import Arrival
from repartee.session.bounds import Bounds

DAY = 86_400


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three recordings of three days, of two users; their sessions said nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REPARTEE_RECORDING__FOLDER", str(tmp_path / "calls"))
    (tmp_path / "calls").mkdir()
    for day, user in ((1, "ada"), (2, "bob"), (3, "ada")):
        write(tmp_path / "calls" / name(f"sess_{day}", day * DAY), f"sess_{day}", user)
    return tmp_path / "calls"


def write(path: Path, session_id: str, user: str) -> None:
    one = opening(Config(id=session_id, model="gpt-realtime"), Bounds(), GA, paced=False)
    one = msgspec.structs.replace(
        one, arrival=Arrival(safety_identifier=user), counter="characters"
    )
    path.write_bytes(MAGIC + pack(Kind.OPENING, 0.0, msgspec.json.encode(opened(one))))


def left(folder: Path) -> list[str]:
    return [each.session for each in recorded(folder)]


def test_they_are_listed_for_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["recordings", "list"]) == 0
    head, first, *_ = capsys.readouterr().out.splitlines()
    assert head.split() == ["BEGAN", "(UTC)", "SESSION", "MB", "KEY", "MODEL", "USER"]
    assert first.split() == [
        *("1970-01-02", "00:00:00", "sess_1", "0.0", "key_1", "gpt-realtime", "ada")
    ]


def test_and_for_programs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / name("sess_0", 0)).write_bytes(b"broken")
    assert cli.main(["recordings", "list", "--json", "--folder", str(folder)]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["user"] for row in rows] == [None, "ada", "bob", "ada"]
    assert rows[1]["began"] == "1970-01-02T00:00:00Z"
    assert rows[1]["bytes"] == Path(rows[1]["file"]).stat().st_size


def test_a_name_that_would_control_the_terminal_does_not(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder / name("sess_0", 0), "sess_0", "\x1b[2Jeve")
    assert cli.main(["recordings", "list"]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_without_a_folder_there_is_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["recordings", "list"]) == 2
    assert "recording.folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("which", "others"),
    [
        (["--session", "sess_2"], ["sess_1", "sess_3"]),
        (["--session", "sess_"], ["sess_1", "sess_2", "sess_3"]),
        (["--user", "ada"], ["sess_2"]),
        (["--before", "1970-01-03"], ["sess_2", "sess_3"]),
    ],
)
def test_only_what_is_meant_is_erased(
    folder: Path, which: list[str], others: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["recordings", "erase", *which]) == 0
    assert left(folder) == others
    count = 3 - len(others)
    assert capsys.readouterr().out == f"{count} recording{'s' * (count != 1)} erased\n"


def test_what_may_be_a_users_and_cannot_be_read_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / name("sess_0", 0)).write_bytes(MAGIC)
    assert cli.main(["recordings", "erase", "--user", "ada"]) == 1
    assert left(folder) == ["sess_0", "sess_2"]
    assert "sess_0" in capsys.readouterr().err


def test_what_cannot_be_deleted_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unlink(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "unlink", unlink)
    assert cli.main(["recordings", "erase", "--user", "ada"]) == 2
    assert "cannot be deleted: Permission denied" in capsys.readouterr().err


def test_replays_are_told_for_people_and_programs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recorded(folder)[0].path
    assert cli.main(["replay", str(path)]) == 0
    assert "no difference: 1 steps, 0 events" in capsys.readouterr().out
    assert cli.main(["replay", "--json", str(path), str(path)]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first == second
    assert (first["file"], first["steps"], first["difference"]) == (str(path), 1, None)


def test_a_difference_is_told_by_the_exit_status(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recorded(folder)[0].path
    more = pack(Kind.SAID, 0.0, b"", b'{"type":"more"}')
    path.write_bytes(path.read_bytes() + more + pack(Kind.LEFT, 1.0))
    assert cli.main(["replay", str(path)]) == 1
    assert "a difference in step 1, at 0.000 s, after the opening" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"RIFF", " is no"), (MAGIC, ": its opening is lost"), (None, ": No such file")],
)
def test_what_cannot_be_replayed_is_told_in_a_line(
    tmp_path: Path, content: bytes | None, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "a").write_bytes(content)
    assert cli.main(["replay", str(tmp_path / "a")]) == 2
    assert capsys.readouterr().err.startswith(f"repartee: {tmp_path / 'a'}{words}")


def test_one_that_cannot_be_replayed_does_not_keep_others_from_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["replay", str(folder / "none"), str(recorded(folder)[0].path)]) == 2
    assert "no difference" in capsys.readouterr().out
