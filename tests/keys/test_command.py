"""`repartee keys`, as a person gives it."""

import json
from pathlib import Path

import pytest

from repartee import cli


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the settings of this place name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("REPARTEE_CONFIG", raising=False)
    return tmp_path / "state" / "repartee" / "repartee.db"


def said(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> tuple[str, str]:
    """What goes to stdout and to stderr."""
    assert cli.main(["keys", *words]) == status
    found = capsys.readouterr()
    return found.out, found.err


def test_the_text_of_a_key_is_all_that_goes_to_stdout(
    capsys: pytest.CaptureFixture[str], database: Path
) -> None:
    out, err = said(capsys, "create", "phone")
    assert out.startswith("sk-rp-")
    assert out.count("\n") == 1
    assert out.strip() not in err
    assert "phone" in err
    assert database.is_file()


def test_keys_are_listed_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "list") == ("ID  NAME  KEY  MADE  REVOKED  LIMITS\n", "")
    text, _ = said(capsys, "create", "my phone")
    amounts = ["--sessions=2", "--minutes=1.5", "--audio-seconds-per-day=60"]
    more = ["--tokens-per-day=1000000", "--model", "a*", "--lock", "tools", "--record"]
    said(capsys, "create", "desk", *amounts, *more)
    lines = said(capsys, "list")[0].splitlines()
    assert lines[1].split("  ")[1:3] == ["my phone", f"{text[:12]}…{text.strip()[-4:]}"]
    assert lines[1].endswith("none")
    assert lines[2].endswith(
        "2 sessions, 1.5 minutes each, 60 s of sound a day, 1000000 tokens a day, models a*, "
        "locked tools, recorded"
    )
    assert lines[0].index("LIMITS") == lines[1].index("none") == lines[2].index("2 sessions")


def test_keys_are_listed_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(said(capsys, "list", "--json")[0]) == []
    said(capsys, "create", "phone", "--sessions", "2")
    (key,) = json.loads(said(capsys, "list", "--json")[0])
    assert set(key) == {"id", "name", "shown", "created", "revoked", "limits"}
    assert key["limits"] == {"max_sessions": 2}
    assert key["revoked"] is None


def test_a_key_is_revoked_by_how_it_begins(capsys: pytest.CaptureFixture[str]) -> None:
    text, _ = said(capsys, "create", "phone")
    out, err = said(capsys, "revoke", text[:12])
    assert out == ""
    assert "of phone is revoked" in err
    (key,) = json.loads(said(capsys, "list", "--json")[0])
    assert key["revoked"] >= key["created"]
    assert "was revoked on 20" in said(capsys, "revoke", key["id"])[1]
    assert f"{key['shown']}  20" in said(capsys, "list")[0]


def test_what_no_key_is_meant_by_is_told_and_not_repeated(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, err = said(capsys, "revoke", "sk-rp-notmine", status=2)
    assert (out, len(err.splitlines())) == ("", 1)
    assert "no such key" in err
    assert "notmine" not in err


def test_settings_are_heeded(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, database: Path
) -> None:
    (tmp_path / "mine.toml").write_text("[keys]\ndatabase = 'mine.db'\n")
    said(capsys, "create", "a", "--config", "mine.toml")
    said(capsys, "create", "b", "--set", "keys.database=other.db")
    assert (tmp_path / "mine.db").is_file()
    assert "b" in said(capsys, "list", "--set", "keys.database=other.db")[0]
    assert not database.exists()


def test_a_file_that_cannot_be_used_is_told_in_a_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "broken.db").write_bytes(b"no database" * 100)
    out, err = said(capsys, "list", "--set", "keys.database=broken.db", status=2)
    assert out == ""
    assert err == "repartee: broken.db cannot be used: file is not a database\n"
