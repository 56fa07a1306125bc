"""What is left for the writer is in the file, soon; what cannot be written harms nobody."""

import errno
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from recording.played import writing
from repartee.recording import writer as writing_room
from repartee.recording.format import MAGIC, Damage, Entry, Kind, read
from repartee.recording.shelf import name
from repartee.recording.writer import DAY_S, Plain, Tape, Writer
from repartee.session.commands import Stop
from repartee.session.inputs import Heard

NOTE = Plain(Kind.CLIENT, blob=b"note")


def held(path: Path) -> list[Entry]:
    return [each for each in read(path) if isinstance(each, Entry)]


def wait(until: Callable[[], bool]) -> None:
    """Let the thread work; a test that waits in vain is ended by its time limit."""
    while not until():
        threading.Event().wait(0.01)


def reason(path: Path) -> bytes:
    last = held(path)[-1]
    assert last.kind is Kind.BROKEN
    return last.text


def test_entries_stand_in_the_file_in_order(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "a", "sess_1")
    with writing(tmp_path) as writer:
        writer.put(tape, 1.0, Heard(b"\1\2", 0.5))
        writer.put(tape, 1.0, Stop("resp_1"))
        writer.put(tape, 2.0, NOTE)
        writer.end(tape, 2.0)
    kinds = [(each.kind, each.time) for each in held(tmp_path / "a")]
    assert kinds == [(Kind.HEARD, 1.0), (Kind.ASKED, 1.0), (Kind.CLIENT, 2.0)]
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
    assert tape.ended


def test_a_file_grows_while_its_session_goes_on(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "a", "sess_1")
    with writing(tmp_path) as writer:
        for count in range(1, 4):
            writer.put(tape, 1.0, NOTE)
            wait(lambda: (tmp_path / "a").exists())
            wait(lambda count=count: len(held(tmp_path / "a")) == count)  # type: ignore[misc]
    assert len(held(tmp_path / "a")) == 3


def test_many_entries_of_many_sessions_are_all_written(tmp_path: Path) -> None:
    tapes = [Tape(tmp_path / str(number), "sess") for number in range(5)]
    with writing(tmp_path) as writer:
        for count in range(3000):
            writer.put(tapes[count % 5], float(count), NOTE)
    for number in range(5):
        times = [each.time for each in held(tmp_path / str(number))]
        assert times == [float(count) for count in range(number, 3000, 5)]


def test_a_full_disk_ends_the_recording_with_a_line_and_a_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room = [200]
    write = os.write

    def short(file: int, data: bytes) -> int:
        if len(data) < 100:  # the mark
            return write(file, data)
        if not room[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = write(file, bytes(data)[: room[0]])
        room[0] -= written
        return written

    monkeypatch.setattr(os, "write", short)
    tape, other = Tape(tmp_path / "a", "sess_1"), Tape(tmp_path / "b", "sess_2")
    with writing(tmp_path) as writer:
        writer.put(tape, 1.0, Plain(Kind.CLIENT, blob=bytes(100)))
        wait(lambda: (tmp_path / "a").exists())
        wait(lambda: len(held(tmp_path / "a")) == 1)
        writer.put(tape, 2.0, Plain(Kind.CLIENT, blob=bytes(1000)))
        wait(lambda: tape.ended)
        writer.put(tape, 3.0, NOTE)
        writer.put(other, 3.0, NOTE)
    assert not any(isinstance(each, Damage) for each in read(tmp_path / "a"))
    assert [each.time for each in held(tmp_path / "a")] == [1.0, 2.0]
    assert reason(tmp_path / "a") == b'{"reason":"No space left on device"}'
    assert len(held(tmp_path / "b")) == 1
    assert [each.message for each in caplog.records] == ["recording ended: No space left on device"]


def test_a_file_that_cannot_be_made_ends_its_recording_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tape, other = Tape(tmp_path / "no" / "a", "sess_1"), Tape(tmp_path / "b", "sess_2")
    with writing(tmp_path) as writer:
        writer.put(tape, 1.0, NOTE)
        writer.put(other, 1.0, NOTE)
    assert len(held(tmp_path / "b")) == 1
    assert [each.message for each in caplog.records] == [
        "recording ended: No such file or directory"
    ]


def test_nothing_is_written_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a").write_bytes(b"precious")
    with writing(tmp_path) as writer:
        writer.put(Tape(tmp_path / "a", "sess_1"), 1.0, NOTE)
    assert (tmp_path / "a").read_bytes() == b"precious"
    assert [each.message for each in caplog.records] == ["recording ended: File exists"]


def test_a_recording_that_is_erased_ends(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tape = Tape(tmp_path / "a", "sess_1")
    with writing(tmp_path) as writer:
        writer.put(tape, 1.0, NOTE)
        wait(lambda: (tmp_path / "a").exists())
        (tmp_path / "a").unlink()
        writer.put(tape, 2.0, NOTE)
        wait(lambda: tape.ended)
    assert [*tmp_path.iterdir()] == []
    assert [each.message for each in caplog.records] == ["recording ended: it was erased"]


def test_what_cannot_be_encoded_ends_its_recording_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tape = Tape(tmp_path / "a", "sess_1")
    with writing(tmp_path) as writer:
        writer.put(tape, 1.0, NOTE)
        writer.put(tape, 1.0, Stop("\ud800"))
        writer.put(tape, 2.0, NOTE)
    assert len(held(tmp_path / "a")) == 2
    assert reason(tmp_path / "a") == b'{"reason":"an error of the server\'s"}'
    assert [each.message for each in caplog.records] == [
        "a recording failed",
        "recording ended: an error of the server's",
    ]


def test_memory_is_bounded_where_the_disk_hangs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    writer = Writer(tmp_path, most=10_000)
    tape = Tape(tmp_path / "a", "sess_1")
    told = 0
    while not tape.ended:  # nobody writes
        writer.put(tape, 1.0, NOTE, 1000)
        told += 1
    assert told < 10
    for _ in range(10):
        writer.put(tape, 1.0, NOTE, 1000)
    writer.open()
    writer.close()
    assert len(held(tmp_path / "a")) == told
    assert b"fast enough" in reason(tmp_path / "a")
    assert len(caplog.records) == 1


def test_what_is_too_old_is_deleted_at_the_start(tmp_path: Path) -> None:
    for day in (1, 8, 9):
        (tmp_path / name(f"sess_{day}", day * DAY_S)).write_bytes(MAGIC)
    writer = Writer(tmp_path, keep_s=2 * DAY_S, clock=lambda: 10 * DAY_S)
    writer.open()
    writer.close()
    assert sorted(each.name[17:23] for each in tmp_path.iterdir()) == ["sess_8", "sess_9"]


def test_and_every_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    swept: list[float] = []

    def sweep(folder: Path, before: float) -> int:
        swept.append(before)
        return 0

    monkeypatch.setattr(writing_room, "erase_before", sweep)
    writer = Writer(tmp_path, keep_s=DAY_S, clock=lambda: now[0])
    for at in (0.0, 0.5 * DAY_S, DAY_S, 1.5 * DAY_S, 2 * DAY_S):
        now[0] = at
        writer._sweep()
    assert swept == [-DAY_S, 0.0, DAY_S]


def test_without_a_limit_nothing_is_deleted(tmp_path: Path) -> None:
    path = tmp_path / name("sess_1", 0.0)
    path.write_bytes(MAGIC)
    with writing(tmp_path):
        assert path.exists()
    assert path.exists()


def test_a_folder_that_cannot_be_swept_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    writer = Writer(tmp_path / "gone", keep_s=1.0)
    writer.open()
    writer.close()
    assert [each.message.partition(":")[0] for each in caplog.records] == [
        "old recordings cannot be deleted"
    ]
