"""`repartee usage`, from its flags to what it prints."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from repartee import cli
from repartee.usage.store import Store
from usage.made import record


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one that is used where none is named."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REPARTEE_CONFIG", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    file = tmp_path / "repartee" / "repartee.db"
    with closing(Store(file)) as store:
        store.add([record(1), record(2, key_id="key_2")])
    return file


def test_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["usage", "--by", "key"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["KEY", "RESPONSES"],
        ["key_1", "1"],
        ["key_2", "1"],
    ]


def test_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--by", "day", "--by", "key", "--by", "day", "--since", "2024-10-04", "--json"]
    assert cli.main(["usage", *flags]) == 0
    lines = json.loads(capsys.readouterr().out)
    assert [list(line)[:2] for line in lines] == [["day", "key"]] * 2
    assert [line["output_text_tokens"] for line in lines] == [3, 3]


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("off", "repartee: no usage is recorded: usage.database is off\n"),
        ("other.db", "repartee: no usage is recorded: there is no other.db\n"),
    ],
)
def test_where_there_is_nothing_to_sum_up(
    setting: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["usage", "--set", f"usage.database={setting}"]) == 2
    assert capsys.readouterr().err == told
