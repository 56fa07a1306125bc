"""The `repartee` command: what its flags mean, what it says, and how it fails."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from repartee import cli
from repartee.conformance.engines import CHECKS
from repartee.conformance.engines.checks import RuleBroken
from repartee.engines.protocols import EngineError
from repartee.engines.registry import UnusableEngine
from repartee.server import app
from repartee.settings import Choice, Settings

URL = "http://127.0.0.1:8123/v1"


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the machine's own."""
    monkeypatch.chdir(tmp_path)
    for variable in ("CONFIG", "HOST", "PORT", "API_KEY", "SERVER__DRAIN_S"):
        monkeypatch.delenv(f"REPARTEE_{variable}", raising=False)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings that a server was started with; it says that it is ready, and is done."""
    started = []

    def run(settings: Settings, *, ready: Callable[[str], None]) -> int:
        started.append(settings)
        ready(URL)
        return 0

    monkeypatch.setattr(app, "run", run)
    monkeypatch.setattr("repartee.runtime.logs.set_up", lambda log: None)
    return started


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line on stderr."""
    assert cli.main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    return line


def test_serve_starts_with_the_settings_in_force(
    served: list[Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["serve"]) == 0
    assert served == [Settings()]
    said = capsys.readouterr().out.splitlines()
    assert said[0].endswith(URL)
    assert [line.split()[:2] for line in said[1:7]] == [
        ["echo", "none"],
        ["vad", "silero"],
        ["turn", "auto"],
        ["ears", "pocketsphinx"],
        ["mind", "repartee-echo"],
        ["voice", "espeak-ng"],
    ]
    assert "--llm http://127.0.0.1:11434/v1 --llm-model qwen3" in said[5]


def test_flags_are_settings(served: list[Settings]) -> None:
    flags = ["--port", "8123", "--voice", "fake", "--tls-self-signed", "--log-level", "debug"]
    assert cli.main(["serve", *flags, "--set", "session.voice=cedar", "--set", "ears=fake"]) == 0
    (settings,) = served
    assert settings.server.port == 8123
    assert settings.server.tls_self_signed
    assert (settings.voice, settings.ears) == (Choice("fake"), Choice("fake"))
    assert (settings.session.voice, settings.log.level) == ("cedar", "debug")


def test_a_preset_is_weaker_than_flags_and_says_what_it_took(
    served: list[Settings], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", "no such folder")
    assert cli.main(["serve", "--preset", "laptop", "--voice", "fake", "--llm", "http://m/v1"]) == 0
    (settings,) = served
    assert (settings.ears, settings.voice) == (Choice("pocketsphinx"), Choice("fake"))
    assert settings.mind == Choice("openai", {"url": "http://m/v1"})
    banner = capsys.readouterr().out.splitlines()
    begin = banner.index("preset laptop: English, on a few cores without a GPU")
    told = "\n".join(banner[begin:])
    assert "  ears   pocketsphinx: English, and many mistakes" in told
    assert "repartee models pull nemotron-streaming-en" in told
    assert "  mind   as your settings say" in told
    assert "  voice  as your settings say" in told


def test_a_preset_that_cannot_be_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    assert "there is no preset best" in refusal(capsys, "serve", "--preset", "best")
    told = refusal(capsys, "serve", "--preset", "cloud")
    assert told.startswith("repartee: preset cloud, ears: ")


def test_naming_a_language_model_chooses_the_engine_that_asks_it(served: list[Settings]) -> None:
    asked = ["--llm", "http://m/v1", "--llm-model", "qwen3", "--llm-api-key-env", "MY_KEY"]
    assert cli.main(["serve", *asked]) == 0
    options = {"url": "http://m/v1", "model": "qwen3", "api_key_env": "MY_KEY"}
    assert served[0].mind == Choice("openai", options)
    assert cli.main(["serve", "--llm-model", "qwen3"]) == 0
    assert served[1].mind == Choice("openai", {"model": "qwen3"})
    assert cli.main(["serve", "--mind", "mine", "--llm", "http://m/v1"]) == 0
    assert served[2].mind == Choice("mine", {"url": "http://m/v1"})


def test_a_file_of_settings_can_be_named(served: list[Settings], tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[server]\nport = 9000\n")
    assert cli.main(["serve", "--config", str(file)]) == 0
    assert served[0].server.port == 9000


def test_a_wrong_setting_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, "serve", "--port", "many") == (
        "repartee: server.port in --port must be a whole number from 0 to 65535"
    )


@pytest.mark.parametrize("kind", [UnusableEngine, EngineError])
def test_an_engine_that_cannot_be_had_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: type[Exception]
) -> None:
    def run(settings: Settings, *, ready: Callable[[str], None]) -> int:
        raise kind("there is no engine voice.parrot")

    monkeypatch.setattr(app, "run", run)
    monkeypatch.setattr("repartee.runtime.logs.set_up", lambda log: None)
    assert refusal(capsys, "serve") == "repartee: there is no engine voice.parrot"


def test_our_own_faults_are_not_dressed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(settings: Settings, *, ready: Callable[[str], None]) -> int:
        raise AssertionError("a bug")

    monkeypatch.setattr(app, "run", run)
    monkeypatch.setattr("repartee.runtime.logs.set_up", lambda log: None)
    with pytest.raises(AssertionError, match="a bug"):
        cli.main(["serve"])


def test_engines_are_listed_with_the_chosen_ones_marked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["engines", "--set", "mind=fake"]) == 0
    table, _, remarks = capsys.readouterr().out.partition("\n\n")
    head, *rows = table.splitlines()
    assert head.split() == ["ROLE", "NAME", "FROM", "LICENCE", "WHAT", "IT", "DOES"]
    marked = [row.split()[1:3] for row in rows if row.startswith("*")]
    assert marked == [
        ["echo", "none"],
        ["vad", "silero"],
        ["turn", "auto"],
        ["ears", "pocketsphinx"],
        ["mind", "fake"],
        ["voice", "espeak-ng"],
    ]
    assert "\nrepartee-echo: " in remarks


def test_models_that_are_mapped_are_listed_with_their_engines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    mapped = ["--set", "models.gpt-4o-*.mind=fake", "--set", 'models."gpt-4.1".voice=fake']
    assert cli.main(["engines", *mapped]) == 0
    _, table, _ = capsys.readouterr().out.split("\n\n")
    assert [line.split() for line in table.splitlines()] == [
        ["MODEL", "EARS", "MIND", "VOICE"],
        ["gpt-4o-*", "pocketsphinx", "fake", "espeak-ng"],
        ["gpt-4.1", "pocketsphinx", "repartee-echo", "fake"],
        ["any", "other", "pocketsphinx", "repartee-echo", "espeak-ng"],
    ]
    assert cli.main(["engines", "--json", *mapped]) == 0
    rows = json.loads(capsys.readouterr().out)
    models = {(row["role"], row["name"]): row["models"] for row in rows}
    assert models["mind", "fake"] == ["gpt-4o-*"]
    assert models["mind", "repartee-echo"] == ["gpt-4.1"]
    assert models["vad", "silero"] == models["turn", "auto"] == []


def test_engines_are_listed_for_programs_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["engines", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    silero = next(row for row in rows if row["name"] == "silero")
    assert silero["chosen"]
    assert (silero["role"], silero["package"]) == ("vad", "repartee")
    assert "MIT" in silero["licence"]


def test_an_engine_is_checked_rule_by_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "vad=silero"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(CHECKS["vad"])
    assert all(line.startswith("kept    ") for line in lines)


def test_a_broken_rule_is_told_with_what_was_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def rests(engine: object) -> None:
        """An engine rests."""
        raise RuleBroken("it ran")

    monkeypatch.setitem(CHECKS, "mind", (rests,))
    assert cli.main(["check", "mind=fake", "--set", "mind.pace_ms=1"]) == 1
    assert capsys.readouterr().out == "BROKEN  An engine rests.  it ran\n"


@pytest.mark.parametrize(
    ("engine", "told"),
    [
        ("voice=parrot", "there is no engine voice.parrot"),
        ("legs=fake", "there is no role legs; the roles are"),
        ("vad=", "must be the name of an engine"),
    ],
)
def test_what_cannot_be_checked_is_told(
    capsys: pytest.CaptureFixture[str], engine: str, told: str
) -> None:
    assert told in refusal(capsys, "check", engine)


def test_talk_tells_what_it_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    told = refusal(capsys, "talk", "nowhere.wav", "--url", "http://127.0.0.1:9/v1")
    assert told == "repartee: cannot read nowhere.wav: No such file or directory"


def test_a_chunk_has_its_bounds(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["talk", "a.wav", "--chunk-ms", "5"])
    assert "--chunk-ms" in capsys.readouterr().err


def test_the_version_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--version"])
    assert capsys.readouterr().out.startswith("repartee ")


def test_an_answer_is_kept_only_where_a_file_is_spoken(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "name one, or leave -o out" in refusal(capsys, "talk", "-o", "answer.wav")


@pytest.mark.parametrize(("question", "status"), [([], 0), (["question.wav"], 130)])
def test_an_interrupt_ends_the_microphone_well_and_a_file_early(
    monkeypatch: pytest.MonkeyPatch, question: list[str], status: int
) -> None:
    def interrupted(given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("repartee.talk.command._converse", interrupted)
    assert cli.main(["talk", *question]) == status


def test_nothing_is_imported_before_it_is_needed() -> None:
    told = "import sys, repartee.cli; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "repartee.cli" in loaded
    assert not {"asyncio", "msgspec", "numpy", "picows"} & set(loaded)
