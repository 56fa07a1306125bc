"""A session is made again as it was, and nothing secret is kept of it."""

import msgspec
import pytest
from msgspec import structs

from plays import template
from recording.played import SEED, opening
from repartee import __version__
from repartee.keys.limits import Limits
from repartee.protocol import creation
from repartee.protocol.beta import BETA, BETA_2024
from repartee.protocol.config import Config, TranscriptionConfig
from repartee.protocol.errors import Refused
from repartee.protocol.ga import GA, Dialect
from repartee.protocol.server import SessionCreated
from repartee.recording.opening import Opened, Unmakeable, bounds, opened, read_opening, session
from repartee.runtime.tokens import TokenCounter
from repartee.runtime.watching import Arrival, Opening
from repartee.session.bounds import Bounds
from repartee.session.caps import Caps
from repartee.session.session import Session
from repartee.session.tolerance import Tolerance
from repartee.settings import Choice, Settings, SettingsError

CONFIG = Config(id="sess_1", expires_at=5, instructions="Be brief.", temperature=0.7)
BOUNDS = Bounds(
    minutes=1.5,
    idle_minutes=None,
    caps=Caps(items=3),
    logprobs=True,
    tolerance=Tolerance(300, frozenset({"mhm", "yes"})),
    prompts={"greet": {"1": template("greet", instructions="Greet {{name}}.")}},
)


def counter(name: str) -> TokenCounter:
    return TokenCounter(name, len)


def written(one: Opening) -> Opened:
    """What is read again of what is written."""
    return read_opening(msgspec.json.encode(opened(one, clock=lambda: 1000.5)))


def made(one: Opening) -> Session:
    text = written(one)
    return session(text, 2.0, bounds(text, lambda: None, counter))


def shown(one: Session) -> Config | TranscriptionConfig:
    first = one.open()[0]
    assert isinstance(first, SessionCreated)
    return first.session


def test_bounds_are_as_they_were() -> None:
    found = bounds(written(opening(CONFIG, BOUNDS, GA, paced=False)), lambda: "why", counter)
    for name in Bounds.__struct_fields__:
        if name not in ("count", "spent", "locked"):
            assert getattr(found, name) == getattr(BOUNDS, name), name
    assert (found.count("abc"), found.spent()) == (3, "why")
    assert found.locked(CONFIG, structs.replace(CONFIG, instructions="Sing.")) is None


def test_locked_fields_are_locked_again() -> None:
    one = structs.replace(
        opening(CONFIG, BOUNDS, GA, paced=False), limits=Limits(locked_fields=("instructions",))
    )
    found = bounds(written(one), lambda: None, counter)
    assert found.locked(CONFIG, structs.replace(CONFIG, instructions="Sing.")) == "instructions"


@pytest.mark.parametrize("config", [CONFIG, TranscriptionConfig(id="sess_1", expires_at=5)])
def test_the_configuration_is_as_it_was(config: Config | TranscriptionConfig) -> None:
    assert shown(made(opening(config, BOUNDS, GA, paced=False))) == config


@pytest.mark.parametrize(
    ("words", "dialect"),
    [
        (b'{"type":"realtime","audio":{"input":{"turn_detection":null}}}', "ga"),
        (b'{"type":"realtime","tools":[{"type":"function","name":"look"}]}', "ga"),
        (b'{"input_audio_format":"g711_ulaw","temperature":0.9,"turn_detection":null}', "beta"),
    ],
)
def test_what_was_said_of_it_is_said_again(words: bytes, dialect: creation.DialectName) -> None:
    said = creation.meaning(words, dialect)
    assert not isinstance(said, Refused)
    one = structs.replace(opening(CONFIG, BOUNDS, GA, paced=False), said=said)
    plain = Session(CONFIG, new_id=lambda prefix: prefix, now=2.0, bounds=BOUNDS, said=said)
    assert shown(made(one)) == shown(plain) != CONFIG


def test_a_call_is_one_again() -> None:
    one = opening(CONFIG, BOUNDS, GA, paced=True)
    assert made(one)._playback.paced
    assert not made(structs.replace(one, paced=False))._playback.paced


@pytest.mark.parametrize(
    ("dialect", "name"), [(GA, "ga"), (BETA, "beta"), (BETA_2024, "beta-2024")]
)
def test_dialects_have_names(dialect: Dialect, name: str) -> None:
    assert written(opening(CONFIG, BOUNDS, dialect, paced=False)).dialect == name


def test_who_it_was_and_with_what_is_kept_but_no_secret() -> None:
    options = {"model": "qwen3", "url": "https://hidden.example", "api_key": "sk-hidden"}
    model = structs.replace(Settings().model(None), mind=Choice("openai", options))
    arrival = Arrival(transport="webrtc", call_id="rtc_1", safety_identifier="ada")
    one = structs.replace(
        opening(CONFIG, BOUNDS, GA, paced=True), model=model, arrival=arrival, counter="its.json"
    )
    text = written(one)
    assert (text.repartee, text.format, text.began) == (__version__, 1, 1000.5)
    assert (text.session, text.key, text.model) == ("sess_1", "key_1", "gpt-realtime")
    assert (text.transport, text.call, text.safety_identifier) == ("webrtc", "rtc_1", "ada")
    assert (text.counter, text.seed) == ("its.json", SEED)
    assert (text.engines["mind"].engine, text.engines["mind"].model) == ("openai", "qwen3")
    assert b"hidden" not in msgspec.json.encode(text)
    assert "brief" not in repr(text)


def test_a_counter_that_is_not_here_is_refused_by_name() -> None:
    one = structs.replace(opening(CONFIG, BOUNDS, GA, paced=False), counter="missing.json")
    with pytest.raises(SettingsError, match=r"missing\.json"):
        bounds(written(one), lambda: None)


def test_what_cannot_be_made_again_is_told() -> None:
    text = written(opening(CONFIG, BOUNDS, GA, paced=False))
    strange = structs.replace(text, bounds={**text.bounds, "from_the_future": 1})
    with pytest.raises(Unmakeable, match="bounds"):
        bounds(strange, lambda: None, counter)
    strange = structs.replace(text, said=msgspec.Raw(b'{"type":"telepathy"}'))
    with pytest.raises(Unmakeable, match="said"):
        session(strange, 0.0, BOUNDS)
    with pytest.raises(Unmakeable, match="opening"):
        read_opening(b"{}")
