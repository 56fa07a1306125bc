"""The settings themselves: they keep secrets to themselves, and cannot be changed."""

import pytest

from repartee.settings import Choice, Server, Settings


def test_no_key_is_ever_printed() -> None:
    settings = Settings(
        server=Server(api_key="sk-secret"), mind=Choice("openai", {"api_key": "sk-secret"})
    )
    assert "sk-secret" not in repr(settings)
    assert "openai" in repr(settings)


def test_settings_in_force_stay_as_they_are() -> None:
    with pytest.raises(AttributeError):
        Settings().server.port = 1  # type: ignore[misc]
