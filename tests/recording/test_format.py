"""A recording can be read up to wherever it ends, and damage is told by its place."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from repartee.recording import format as recording
from repartee.recording.format import MAGIC, Damage, Entry, Kind, NotARecording, pack, read

ENTRIES = [
    (Kind.OPENING, 1.0, b"{}", b""),
    (Kind.HEARD, 1.032, b'{"speech":0.5}', b"\x01\x02" * 20),
    (Kind.SAID, 1.032, b"", b'{"type":"error"}'),
    (Kind.LEFT, 2.5, b"", b""),
]
PACKED = [pack(*entry) for entry in ENTRIES]
WHOLE = MAGIC + b"".join(PACKED)
SECOND = len(MAGIC) + len(PACKED[0])


def held(path: Path, content: bytes) -> list[Entry | Damage]:
    path.write_bytes(content)
    return list(read(path))


def plain(found: list[Entry | Damage]) -> list[tuple[Kind, float, bytes, bytes]]:
    return [
        (each.kind, each.time, each.text, each.blob) for each in found if isinstance(each, Entry)
    ]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    found = held(tmp_path / "a", WHOLE)
    assert plain(found) == ENTRIES
    assert [each.offset for each in found][:2] == [len(MAGIC), SECOND]


def test_a_head_is_as_the_documents_say() -> None:
    assert PACKED[3].hex() == "8b2e043e" + "07" + "0000000000000440" + "00000000" + "00000000"


@pytest.mark.parametrize("kept", range(len(MAGIC), len(WHOLE)))
def test_wherever_it_is_cut_all_before_is_read(tmp_path: Path, kept: int) -> None:
    found = held(tmp_path / "a", WHOLE[:kept])
    ends = [len(MAGIC) + len(b"".join(PACKED[:count])) for count in range(len(PACKED) + 1)]
    whole = max(count for count, end in enumerate(ends) if end <= kept)
    assert plain(found) == ENTRIES[:whole]
    if lost := kept - ends[whole]:
        assert found[-1] == Damage(ends[whole], lost, is_tail=True)
        assert str(lost) in str(found[-1])


@given(at=some.integers(len(MAGIC), len(WHOLE) - 1), flip=some.integers(1, 255))
def test_a_changed_byte_costs_one_entry(
    tmp_path_factory: pytest.TempPathFactory, at: int, flip: int
) -> None:
    content = bytearray(WHOLE)
    content[at] ^= flip
    found = held(tmp_path_factory.getbasetemp() / "changed", bytes(content))
    (damage,) = (each for each in found if isinstance(each, Damage))
    assert damage.offset <= at < damage.offset + damage.size
    assert len(plain(found)) == len(ENTRIES) - 1
    assert damage.is_tail == (damage.offset + damage.size == len(WHOLE))


def test_a_hole_may_be_longer_than_what_is_searched_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "_WINDOW", 16)
    found = held(tmp_path / "a", WHOLE[:SECOND] + b"\x01\x07\x02" * 50 + PACKED[3])
    assert found[1] == Damage(SECOND, 150, is_tail=False)
    assert "150 bytes are damaged, from byte" in str(found[1])
    assert plain(found) == [ENTRIES[0], ENTRIES[3]]


def test_what_goes_on_growing_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(WHOLE[:SECOND])
    reading = read(path)
    next(reading)
    with path.open("ab") as file:
        file.write(PACKED[1])
    assert [each.offset for each in reading] == [SECOND]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no recording"),
        (b"RIFF....WAVEfmt and more of it", "is no recording"),
        (b"repartee recording 2\n", "has format 2; this version reads 1"),
    ],
)
def test_other_files_are_told_by_what_they_are(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(NotARecording, match=words):
        held(tmp_path / "a", content)


def test_lengths_are_bounded_where_they_are_written_and_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "LONGEST_BLOB", 30)
    with pytest.raises(ValueError, match="too long"):
        pack(Kind.CLIENT, 0.0, b"", bytes(31))
    assert plain(held(tmp_path / "a", WHOLE)) == [ENTRIES[0], *ENTRIES[2:]]


def test_an_entry_never_shows_what_was_said() -> None:
    assert repr(Entry(Kind.SAID, 1.5, b"", b"secret", 21)) == "Entry(SAID, 1.500, at 21)"


def test_a_terminal_is_not_controlled_by_clients() -> None:
    assert recording.printable("a\x1b[2Jé\x9b") == "a\ufffd[2Jé\ufffd"
