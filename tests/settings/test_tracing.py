"""Settings of tracing."""

import pytest

from repartee.settings import SettingsError, Tracing, load, parse_set


def test_nothing_is_exported_unless_somebody_says_so() -> None:
    assert load(environ={}).tracing.export == "off"
    said = load(environ={"REPARTEE_TRACING__EXPORT": "on", "REPARTEE_TRACING__SAMPLE_RATIO": "0.1"})
    assert said.tracing == Tracing(export="on", sample_ratio=0.1)


def test_more_than_all_cannot_be_sampled() -> None:
    with pytest.raises(SettingsError, match="from 0 to 1"):
        load(environ={}, flags=[parse_set("tracing.sample_ratio=2")])


def test_a_password_in_the_address_is_not_shown() -> None:
    assert "secret" not in repr(Tracing(endpoint="http://me:secret@127.0.0.1"))
