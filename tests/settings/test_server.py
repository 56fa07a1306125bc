"""Settings of the server: they keep its key to themselves, and cannot be changed."""

import pytest

from repartee.settings import Server, Settings


def test_its_key_is_never_printed() -> None:
    assert "sk-secret" not in repr(Settings(server=Server(api_key="sk-secret")))


def test_settings_in_force_stay_as_they_are() -> None:
    with pytest.raises(AttributeError):
        Settings().server.port = 1  # type: ignore[misc]
