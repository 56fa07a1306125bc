"""Every source of settings, which of them wins, and the one sentence said when one is wrong."""

from pathlib import Path

import pytest

from repartee import settings
from repartee.settings import Assignment, Choice, SettingsError, parse_set


def refusal(*, environ: dict[str, str] | None = None, flags: tuple[str, ...] = ()) -> str:
    with pytest.raises(SettingsError) as refused:
        settings.load(environ=environ or {}, flags=[parse_set(flag) for flag in flags])
    return str(refused.value)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and the settings file that may be written there."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "repartee.toml"


def test_without_any_source_the_defaults_hold(written: Path) -> None:
    found = settings.load(environ={})
    assert found == settings.Settings()
    assert (found.server.host, found.server.port) == ("127.0.0.1", 8000)
    assert [found.vad.engine, found.turn.engine] == ["silero", "auto"]
    assert [found.ears.engine, found.mind.engine] == ["pocketsphinx", "repartee-echo"]
    assert found.voice.engine == "espeak-ng"


def test_flags_win_over_the_environment_and_that_over_the_file(written: Path) -> None:
    written.write_text("[server]\nport = 1\ndrain_s = 2\n[session]\nvoice = 'cedar'\n")
    found = settings.load(
        environ={"REPARTEE_SERVER__PORT": "2", "REPARTEE_SERVER__DRAIN_S": "4.5"},
        flags=[parse_set("server.port=3")],
    )
    assert (found.server.port, found.server.drain_s, found.session.voice) == (3, 4.5, "cedar")


def test_a_role_is_a_name_or_a_table(written: Path) -> None:
    written.write_text('voice = "fake"\n[mind]\nurl = "http://m/v1"\nengine = "openai"\n')
    found = settings.load(environ={})
    assert found.voice == Choice("fake")
    assert found.mind == Choice("openai", {"url": "http://m/v1"})


def test_options_add_up_while_the_engine_stays_and_go_when_it_changes(written: Path) -> None:
    written.write_text('[mind]\nengine = "openai"\nurl = "http://m/v1"\nmodel = "small"\n')
    more = settings.load(environ={"REPARTEE_MIND__MODEL": "big", "REPARTEE_MIND": "openai"})
    assert more.mind == Choice("openai", {"url": "http://m/v1", "model": "big"})
    other = settings.load(environ={"REPARTEE_MIND__DELAY": "1", "REPARTEE_MIND": "other"})
    assert other.mind == Choice("other", {"delay": "1"})


@pytest.mark.parametrize("name", ["REPARTEE_CONFIG", "--config"])
def test_another_file_can_be_named(written: Path, name: str) -> None:
    written.write_text("[server]\nport = 1\n")
    other = written.with_name("other.toml")
    other.write_text("[server]\nport = 2\n")
    by_flag = name == "--config"
    found = settings.load(
        file=other if by_flag else None, environ={} if by_flag else {name: str(other)}
    )
    assert found.server.port == 2
    other.unlink()
    with pytest.raises(SettingsError, match=r"there is no settings file .*other.toml"):
        settings.load(file=other, environ={})


def test_short_names_stand_for_the_servers_keys() -> None:
    environ = {"REPARTEE_HOST": "::1", "REPARTEE_PORT": "8123", "REPARTEE_API_KEY": "sk-1"}
    server = settings.load(environ=environ).server
    assert (server.host, server.port, server.api_key) == ("::1", 8123, "sk-1")


def test_an_emptied_variable_takes_an_optional_setting_back() -> None:
    assert settings.load(environ={"REPARTEE_API_KEY": ""}).server.api_key is None
    assert "server.host in REPARTEE_HOST must be" in refusal(environ={"REPARTEE_HOST": ""})


def test_text_is_read_by_the_type_of_its_key() -> None:
    flags = ["server.tls_self_signed=true", "server.allowed_origins=http://a, http://b"]
    server = settings.load(environ={}, flags=[parse_set(flag) for flag in flags]).server
    assert server.tls_self_signed is True
    assert server.allowed_origins == ("http://a", "http://b")


def test_values_of_a_file_keep_their_own_type(written: Path) -> None:
    written.write_text('[server]\nport = "8000"\n')
    with pytest.raises(SettingsError, match=r"server.port in repartee.toml must be a whole number"):
        settings.load(environ={})
    written.write_text('[server]\nallowed_origins = ["https://a"]\n')
    assert settings.load(environ={}).server.allowed_origins == ("https://a",)


def test_a_broken_file_is_told_with_its_line(written: Path) -> None:
    written.write_text("[server]\nport == 8000\n")
    with pytest.raises(SettingsError, match=r"repartee.toml cannot be read: .*line 2"):
        settings.load(environ={})


def test_variables_of_a_cluster_and_of_others_are_left_alone() -> None:
    environ = {
        "REPARTEE_PORT": "tcp://10.0.0.1:8000",
        "REPARTEE_PORT_8000_TCP_ADDR": "10.0.0.1",
        "REPARTEE_SERVICE_HOST": "10.0.0.1",
        "REPARTEE_SHARED": "recordings",
        "REPARTEE_SMART_TURN": "model",
        "PATH": "/bin",
    }
    assert settings.load(environ=environ) == settings.Settings()


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        ("REPARTEE_SERVER__PROT", "unknown key server.prot in REPARTEE_SERVER__PROT; did you"),
        ("REPARTEE_PROT", "did you mean server.port, "),
        ("REPARTEE_SILENCE_MS", "session.silence_duration_ms"),
        ("REPARTEE_MIND__A__B", "did you mean mind.engine or mind.OPTION?"),
        ("REPARTEE_LIMITS__QQQQQQQQQQQQ", "did you mean limits.ears_s, limits.mind_s,"),
        ("REPARTEE_QQ", "did you mean echo, vad, turn, ears, mind, voice, server.…"),
        ("REPARTEE_SERVER", "server in REPARTEE_SERVER is a section: give it key by key"),
        ("REPARTEE_PORT", "server.port in REPARTEE_PORT must be a whole number from 0 to 65535"),
        ("REPARTEE_LOG__LEVEL", 'must be "debug", "info", "warning" or "error"'),
        ("REPARTEE_LIMITS__EARS_S", "must be a number greater than 0"),
        ("REPARTEE_SERVER__TLS_SELF_SIGNED", "must be true or false"),
    ],
)
def test_what_cannot_be_obeyed_is_told_in_one_line(variable: str, told: str) -> None:
    message = refusal(environ={variable: "seekrit"})
    assert told in message
    assert "\n" not in message
    assert "seekrit" not in message


def test_a_role_needs_the_name_of_an_engine() -> None:
    assert refusal(flags=("mind=",)) == "mind in --set mind must be the name of an engine"


def test_set_needs_a_key_and_a_value() -> None:
    assert refusal(flags=("server.port",)).startswith("--set server.port: write it as")


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("server.tls_cert=c.pem",), "must be given together"),
        (("server.tls_cert=c", "server.tls_key=k", "server.tls_self_signed=true"), "not both"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(flags: tuple[str, ...], told: str) -> None:
    assert told in refusal(flags=flags)


def test_a_preset_is_weaker_than_every_other_source(written: Path) -> None:
    written.write_text('voice = "mine"\n[ears]\nthreads = 2\n')
    preset = [
        Assignment(("voice",), "preset", "preset"),
        Assignment(("ears",), "preset", "preset"),
        Assignment(("ears", "model"), "x", "preset", text=False),
        Assignment(("mind",), "preset", "preset"),
    ]
    found = settings.load(environ={"REPARTEE_MIND": "theirs"}, preset=preset)
    assert (found.voice, found.mind) == (Choice("mine"), Choice("theirs"))
    assert found.ears == Choice("preset", {"model": "x", "threads": 2})


def test_what_was_said_of_each_role_can_be_asked(written: Path) -> None:
    written.write_text('voice = "mine"\n[models."m".ears]\nengine = "other"\n')
    said = settings.said_of_roles(
        environ={"REPARTEE_MIND__URL": "u"}, flags=[parse_set("mind.engine=openai")]
    )
    assert said["voice"] == {"engine"}
    assert said["mind"] == {"url", "engine"}
    assert said["ears"] == said["turn"] == said["vad"] == set()
