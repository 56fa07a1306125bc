"""A session that is run again says the same, byte for byte; and where not, the place is told."""

import json
import os
import re
from pathlib import Path

import pytest
from msgspec import structs

from recording.played import again, record, writing
from repartee.protocol import errors
from repartee.recording.format import MAGIC, Entry, Kind, NotARecording, pack, read
from repartee.recording.opening import Unmakeable
from repartee.recording.replay import replay
from repartee.session.session import Session
from repartee.settings import SettingsError
from scripts import Step, script
from session.test_fuzz import KINDS, TURNS, kind_of

SCRIPTS = (50 if os.environ.get("REPARTEE_FUZZ") == "long" else 3) * len(TURNS)
TALK: list[Step] = [("speak", 5, 20), ("transcribe", 0, "Hello.", True), ("answer", 0, "One. ")]


def recorded(folder: Path, script: list[Step], kind: str = "ga") -> Path:
    path = folder / "a.repartee"
    path.unlink(missing_ok=True)
    with writing(folder) as writer:
        record(writer, path, kind, script)
    return path


def entries(path: Path) -> list[Entry]:
    return [each for each in read(path) if isinstance(each, Entry)]


def rewrite(path: Path, content: list[Entry]) -> None:
    path.write_bytes(MAGIC + b"".join(pack(*each[:4]) for each in content))


@pytest.mark.parametrize("first", range(0, SCRIPTS, len(TURNS)))
def test_any_script_says_the_same_again(tmp_path: Path, first: int) -> None:
    for seed in range(first, first + len(TURNS)):
        kind = kind_of(seed)
        path = recorded(tmp_path, script(seed), kind)
        verdict = again(path, kind)
        assert (verdict.difference, verdict.remarks, verdict.is_good) == (None, (), True)
        inputs = [e for e in entries(path) if e.kind.name in ("CLIENT", "HEARD", "FACT")]
        assert verdict.steps == len(inputs) + 2
        assert verdict.events > 0


def test_every_kind_of_session_is_among_them() -> None:
    assert {kind_of(seed) for seed in range(SCRIPTS)} == {*KINDS}


def test_all_is_well_is_said_in_a_line(tmp_path: Path) -> None:
    path = recorded(tmp_path, TALK * 40)
    said = str(again(path, "ga"))
    assert re.fullmatch(rf"{path}: no difference: 1,\d\d\d steps, 8\d\d events", said), said


def test_a_changed_byte_of_the_clients_is_found(tmp_path: Path) -> None:
    path = recorded(tmp_path, [*TALK, ("user", "Hello. ", 0)])
    content = entries(path)
    (place,) = (n for n, each in enumerate(content) if each.kind is Kind.CLIENT)
    changed = content[place].blob.replace(b"Hello. ", b"Hallo. ")
    rewrite(path, [*content[:place], content[place]._replace(blob=changed), *content[place + 1 :]])
    difference = again(path, "ga").difference
    assert difference is not None
    inputs = ("OPENING", "CLIENT", "HEARD", "FACT")
    assert difference.step == sum(e.kind.name in inputs for e in content[: place + 1])
    assert difference.after == "the client's conversation.item.create"
    assert difference.what == "conversation.item.added"
    frame = content[place + 1].blob
    assert difference.byte == frame.index(b"ello. ")
    assert "Hello. " in difference.recorded
    assert "Hallo. " in difference.replayed
    assert difference.recorded.startswith("…")
    assert str(difference).startswith(f"a difference in step {difference.step}, at ")


def test_a_changed_constant_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = recorded(tmp_path, [*TALK, ("cancel", False)])
    nothing = structs.replace(errors.nothing_to_cancel(), message="Cancellation failed: nothing")
    monkeypatch.setattr(errors, "nothing_to_cancel", lambda: nothing)
    verdict = again(path, "ga")
    assert verdict.difference is not None
    assert not verdict.is_good
    assert verdict.difference.after == "the client's response.cancel"
    assert verdict.difference.what == "error"
    assert "failed: no active response" in verdict.difference.recorded
    assert "failed: nothing" in verdict.difference.replayed


def test_a_command_that_carries_something_else_is_found(tmp_path: Path) -> None:
    path = recorded(tmp_path, TALK)
    content = entries(path)
    place = next(n for n, each in enumerate(content) if b'"name":"Reply"' in each.text)
    told = json.loads(content[place].text)
    changed = content[place].text.replace(told["digest"].encode(), b"0123456789abcdef")
    rewrite(path, [*content[:place], content[place]._replace(text=changed), *content[place + 1 :]])
    difference = again(path, "ga").difference
    assert difference is not None
    assert (difference.what, difference.after) == ("Reply", "Transcribed")
    assert "0123456789abcdef" in difference.recorded


def test_one_event_more_or_less_is_found(tmp_path: Path) -> None:
    path = recorded(tmp_path, TALK)
    content = entries(path)
    more = next(n for n, each in enumerate(content) if each.kind is Kind.SAID and n > 9)
    rewrite(path, [*content[:more], content[more], *content[more:]])
    twice = again(path, "ga").difference
    assert twice is not None
    ended = [n for n, each in enumerate(content) if each.kind is Kind.LEFT]
    extra = content[ended[0]]._replace(kind=Kind.SAID, blob=b'{"type":"more"}')
    rewrite(path, [*content, extra])
    difference = again(path, "ga").difference
    assert difference is not None
    assert (difference.what, difference.byte, difference.replayed) == ("more", None, "(nothing)")
    assert difference.after == "the client had left"
    rewrite(path, [each for n, each in enumerate(content) if n != more])
    assert again(path, "ga").difference is not None


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9])
def test_a_recording_that_was_cut_is_good_as_far_as_it_goes(tmp_path: Path, share: float) -> None:
    path = recorded(tmp_path, script(3), kind_of(3))
    whole = path.read_bytes()
    path.write_bytes(whole[: round(share * len(whole))])
    verdict = again(path, kind_of(3))
    assert verdict.is_good
    assert "the recording ends before its session did" in verdict.remarks


def test_what_is_behind_a_hole_is_not_judged(tmp_path: Path) -> None:
    path = recorded(tmp_path, TALK)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    verdict = again(path, "ga")
    assert verdict.difference is None
    assert not verdict.is_good
    assert "damaged, from byte" in verdict.remarks[0]


def test_a_recording_that_was_given_up_says_so(tmp_path: Path) -> None:
    path = recorded(tmp_path, TALK)
    reason = Entry(Kind.BROKEN, 9.0, b'{"reason":"No space left on device"}', b"", 0)
    rewrite(path, [*entries(path)[:20], reason])
    verdict = again(path, "ga")
    assert verdict.is_good
    assert "the recording was given up: No space left on device" in verdict.remarks


def test_another_versions_file_is_told_first(tmp_path: Path) -> None:
    path = recorded(tmp_path, TALK)
    first, *rest = entries(path)
    older = first._replace(text=re.sub(rb'"repartee":"[^"]+"', b'"repartee":"0.0.9"', first.text))
    rewrite(path, [older, *rest])
    verdict = again(path, "ga")
    assert verdict.remarks[0].startswith("recorded by repartee 0.0.9, this is ")
    assert str(verdict).index("0.0.9") < str(verdict).index("no difference")


def test_a_session_that_fails_again_is_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recorded(tmp_path, [])
    content = entries(path)
    last = content[-1]
    asked = last._replace(kind=Kind.CLIENT, blob=b'{"type":"response.create"}')
    rewrite(path, [*content[:-1], asked, last])

    def step(*_: object) -> None:
        raise RuntimeError("as then")

    monkeypatch.setattr(Session, "step", step)
    verdict = again(path, "ga")
    assert verdict.is_good
    assert verdict.remarks == ("the session failed: RuntimeError: as then",)


def test_what_was_left_for_a_response_is_answered_as_it_was(tmp_path: Path) -> None:
    path = recorded(tmp_path, [("user", "Hello. ", 0), ("create", None)])
    content = entries(path)
    place = [n for n, each in enumerate(content) if each.kind is Kind.CLIENT][1]
    spent = content[place]._replace(kind=Kind.SPENT, text=b'"It is used up."', blob=b"")
    rewrite(path, [*content[: place + 1], spent, *content[place + 1 :]])
    difference = again(path, "ga").difference
    assert difference is not None
    assert difference.after == "the client's response.create"


def test_files_that_cannot_be_run_again_are_refused(tmp_path: Path) -> None:
    path = recorded(tmp_path, TALK)
    with pytest.raises(SettingsError, match="as the session counts"):
        replay(path)
    strange = entries(path)[-1]._replace(kind=Kind.FACT, text=b'{"type":"Foreseen"}')
    rewrite(path, [*entries(path)[:-1], strange])
    with pytest.raises(Unmakeable, match=r"the input at byte [\d,]+ cannot be read"):
        again(path, "ga")
    rewrite(path, entries(path)[1:])
    with pytest.raises(Unmakeable, match="opening is lost"):
        replay(path)
    path.write_bytes(b"RIFF")
    with pytest.raises(NotARecording):
        replay(path)
