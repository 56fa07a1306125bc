"""What a session may hold is what the settings say."""

import msgspec

from repartee.runtime.engines import EnginesByModel
from repartee.runtime.sessions import Sessions
from repartee.session.bounds import Bounds
from repartee.session.caps import Caps
from repartee.settings import Choice, Limits, Server, Settings

FAKES = Settings(
    vad=Choice("fake"),
    turn=Choice("fake"),
    ears=Choice("fake"),
    mind=Choice("fake"),
    voice=Choice("fake"),
)


def bounds(settings: Settings) -> Bounds:
    return Sessions(settings, EnginesByModel(settings)).grounds("any").bounds


def test_the_defaults_of_both_are_the_same() -> None:
    assert bounds(FAKES).caps == Caps()
    assert bounds(FAKES).idle_minutes is None


def test_an_operator_may_say_otherwise() -> None:
    limits, server = Limits(items=7, updates_per_s=1.5), Server(idle_minutes=3)
    told = bounds(msgspec.structs.replace(FAKES, limits=limits, server=server))
    assert (told.caps.items, told.caps.updates_per_s, told.caps.tools) == (7, 1.5, 128)
    assert told.idle_minutes == 3
