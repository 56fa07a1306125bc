"""The engine that cancels no echo."""

from repartee.engines import registry


def test_it_leaves_the_sound_as_it_is() -> None:
    assert registry.make("echo", "none").stream() is None
