"""A host is started with the engines that were named, and with those only."""

import asyncio
import socket

import pytest

from repartee.engines.protocols import EngineError
from repartee.engines.registry import UnusableEngine
from repartee.hosting import command
from repartee.hosting.routes import Host
from repartee.settings import Choice, Settings, SettingsError
from repartee.settings import Server as ServerSettings
from server.doorway import furnished


def test_only_what_is_named_is_made() -> None:
    settings = Settings(voice=Choice("fake"), ears=Choice("no-such-ears"))
    host = command.made(settings, ["voice"])
    assert host.voice is not None
    assert host.ears is None
    with pytest.raises(UnusableEngine, match="no-such-ears"):
        command.made(settings, ["voice", "ears"])


async def test_without_a_key_it_listens_on_loopback_only() -> None:
    settings = Settings(voice=Choice("fake"), server=ServerSettings(host="0.0.0.0", port=0))
    with pytest.raises(SettingsError, match="there is no key"):
        await command.serve(settings, command.made(settings, ["voice"]), ready=print)


async def test_an_engine_that_cannot_be_loaded_leaves_nothing_open() -> None:
    class Broken:
        rate = 24_000

        async def open(self) -> None:
            raise EngineError("it is broken")

        def speak(self, text: object, voice: object) -> object:
            raise AssertionError

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = furnished(port=port)
    host = Host(settings, Broken())  # type: ignore[arg-type]
    with pytest.raises(EngineError, match="it is broken"):
        await command.serve(settings, host, ready=print)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
