"""`repartee conformance`: which cases it plays, what it writes, and its exit status."""

import asyncio
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conformance.scripted import polite, talking
from repartee import cli
from repartee.conformance.play import command
from repartee.conformance.play.case import Case
from repartee.conformance.play.stage import Stage


async def holds(stage: Stage) -> None:
    await stage.session()


async def breaks(stage: Stage) -> None:
    (await stage.session()).object("It is \x00 blue.")


async def in_beta(stage: Stage) -> None:
    await stage.connect()


CASES = (
    Case("it_holds", "It holds.", ("B001",), "ga", holds),
    Case("it_breaks", "It breaks.", ("B066", "B070"), "ga", breaks),
    Case("it_was", "It was.", ("B013",), "beta", in_beta),
)


@pytest.fixture(autouse=True)
def three_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "every_case", lambda: CASES)
    monkeypatch.delenv("REPARTEE_API_KEY", raising=False)


async def status(*arguments: str) -> int:
    """The exit status of the command, against a server that opens sessions."""
    async with talking(polite) as url:
        return await asyncio.to_thread(cli.main, ["conformance", url, *arguments])


def played(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The names of the cases, as they were told."""
    lines = capsys.readouterr().out.splitlines()
    return sorted(line.split()[1] for line in lines if line.startswith(("pass", "FAIL  ")))


async def test_it_is_content_where_nothing_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert await status("--only", "B001") == 0
    told = capsys.readouterr().out
    assert "pass  it_holds  B001" in told
    assert "1 case in" in told
    assert "none failed" in told


async def test_a_failure_is_its_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert await status("--dialect", "ga") == 1
    told = capsys.readouterr().out
    assert "FAIL  it_breaks  B066 B070" in told
    assert "It breaks." in told
    assert "2 cases" in told


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("--only", "B07*"), ["it_breaks"]),
        (("--only", "B001, it_b*"), ["it_breaks", "it_holds"]),
        (("--area", "vad"), ["it_breaks"]),
        (("--area", "connect", "--dialect", "ga"), ["it_holds"]),
    ],
)
async def test_cases_are_chosen(
    arguments: tuple[str, ...], names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    await status(*arguments)
    assert played(capsys) == names


async def test_a_choice_of_nothing_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert await status("--only", "B999") == 2
    assert "no case" in capsys.readouterr().err


async def test_what_is_left_out_is_chosen_as_well(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    await status("--only", "B001,B145", "--json", str(file))
    told = json.loads(file.read_text())["behaviours"]
    assert [(each["id"], each["verdict"]) for each in told] == [
        ("B001", "pass"),
        ("B145", "not applicable"),
    ]
    await status("--area", "connect", "--dialect", "ga", "--json", str(file))
    told = json.loads(file.read_text())["behaviours"]
    assert {each["area"] for each in told} == {"connect"}


async def test_the_report_is_written_for_machines(tmp_path: Path) -> None:
    file = tmp_path / "report.xml"
    assert await status("--dialect", "ga", "--junit", str(file)) == 1
    suite = ElementTree.fromstring(file.read_text())
    assert suite.attrib["failures"] == "1"


async def test_a_report_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await status("--only", "B001", "--json", str(tmp_path / "none" / "report.json")) == 2
    told = capsys.readouterr()
    assert "cannot be written" in told.err
    assert "none failed" in told.out


async def test_a_missing_server_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = ["conformance", "http://127.0.0.1:9/v1", "--only", "B001"]
    assert await asyncio.to_thread(cli.main, nowhere) == 2
    assert "cannot reach" in capsys.readouterr().err


async def test_a_key_may_stand_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[str | None] = []

    async def tells(stage: Stage) -> None:
        keys.append(stage.place.key)

    asked = Case("it_tells", "It tells.", ("B001",), "ga", tells)
    monkeypatch.setattr(command, "every_case", lambda: (asked,))
    monkeypatch.setenv("REPARTEE_API_KEY", "sk-mine")
    await status()
    await status("--api-key", "sk-other")
    assert keys == ["sk-mine", "sk-other"]
