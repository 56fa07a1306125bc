"""What sessions are bounded by is what operators are told."""

from msgspec import structs

from repartee.session.caps import Caps
from repartee.settings import Settings


def test_the_settings_say_the_same() -> None:
    said = structs.asdict(Settings().limits)
    for name, value in structs.asdict(Caps()).items():
        assert said[name] == value, name
