"""The list of settings: complete, described, and with an expectation in words for each."""

import msgspec

from repartee.settings import Settings
from repartee.settings.keys import KEYS, ROLES, SECTIONS, either


def test_every_field_of_every_section_is_a_key() -> None:
    fields = {field.name for field in msgspec.structs.fields(Settings)}
    assert fields == {*ROLES, *SECTIONS}
    assert ROLES == ("echo", "vad", "turn", "ears", "mind", "voice")
    assert "session.silence_duration_ms" in KEYS
    assert KEYS["server.port"].default == 8000


def test_every_key_says_what_it_is_for_and_what_it_takes() -> None:
    for key in KEYS.values():
        assert key.description.endswith("."), key.name
        assert key.expectation, key.name


def test_every_default_is_a_value_that_would_be_taken() -> None:
    for key in KEYS.values():
        assert msgspec.convert(key.default, key.type) == key.default


def test_expectations_name_type_and_bounds() -> None:
    assert KEYS["server.port"].expectation == "a whole number from 0 to 65535"
    assert KEYS["server.drain_s"].expectation == "a number of at least 0"
    assert KEYS["limits.ears_s"].expectation == "a number greater than 0"
    assert KEYS["server.host"].expectation == "a string that is not empty"
    assert KEYS["server.api_key"].expectation == "a string"
    assert KEYS["session.max_output_tokens"].expectation == "a whole number of at least 1"
    assert KEYS["server.tls_self_signed"].expectation == "true or false"
    assert KEYS["models.aliases"].expectation == "a list of strings"
    assert KEYS["log.format"].expectation == '"text" or "json"'


def test_words_are_joined_as_in_a_sentence() -> None:
    assert either(["a"]) == "a"
    assert either(["a", "b", "c"]) == "a, b or c"
