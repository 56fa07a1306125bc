"""Options are read by the constructor's keywords, and refusals say what to write instead."""

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta

from repartee.engines.options import nearest, read


class Engine:
    def __init__(
        self,
        model: str,
        *,
        count: Annotated[int, Meta(ge=1, le=8)] = 1,
        speed: float | None = None,
        loud: bool = False,
        mode: Literal["fast", "good"] = "fast",
        extra: dict[str, int] | None = None,
        tags: tuple[str, ...] = (),
        folder: Path = Path(),
    ) -> None: ...


class Untyped:
    def __init__(self, pitch=1, **others):  # type: ignore[no-untyped-def]
        pass


class Misspelt:
    def __init__(self, pitch: "Nowhere" = 1) -> None: ...  # type: ignore[name-defined]  # noqa: F821


class Bare:
    pass


def test_values_from_a_file_are_taken() -> None:
    given = {"model": "m", "count": 3, "speed": 1, "extra": {"a": 1}, "tags": ["x"], "loud": True}
    expected = {**given, "speed": 1.0, "tags": ("x",)}
    assert read(Engine, given) == expected


def test_text_is_read_by_the_type_of_the_option() -> None:
    given = {"model": "7", "count": "3", "speed": "1.5", "loud": "1", "folder": "a/b"}
    more = {"extra": '{"a": 1}', "tags": '["x", "y"]', "mode": "good"}
    assert read(Engine, {**given, **more}) == {
        "model": "7",
        "count": 3,
        "speed": 1.5,
        "loud": True,
        "folder": Path("a/b"),
        "extra": {"a": 1},
        "tags": ("x", "y"),
        "mode": "good",
    }


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("count", "many", "the option count must be a whole number, at least 1, at most 8"),
        ("count", 9, "the option count must be a whole number, at least 1, at most 8"),
        ("speed", "quick", "the option speed must be a number"),
        ("loud", "perhaps", "the option loud must be true or false"),
        ("mode", "best", 'the option mode must be "fast" or "good"'),
        ("extra", "a=1", "the option extra must be a table"),
        ("extra", 3, "the option extra must be a table"),
        ("tags", "x", "the option tags must be a list"),
        ("model", 3, "the option model must be a string"),
        ("folder", 3, "the option folder must be the path of a file or folder"),
        ("cuont", 3, "there is no option cuont. Did you mean count? It takes model, count, speed"),
        ("zzz", 3, "there is no option zzz. It takes model, count, speed"),
    ],
)
def test_refusals(option: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match="option") as refusal:
        read(Engine, {"model": "m", option: value})
    assert str(refusal.value).startswith(message)


def test_a_missing_option_is_named() -> None:
    with pytest.raises(ValueError, match="the option model is missing: it must be a string"):
        read(Engine, {})


def test_values_are_never_repeated() -> None:
    with pytest.raises(ValueError, match="mode") as refusal:
        read(Engine, {"model": "m", "mode": "sk-secret"})
    assert "secret" not in str(refusal.value)


def test_an_engine_may_take_anything() -> None:
    assert read(Untyped, {"pitch": "x", "else": 1}) == {"pitch": "x", "else": 1}
    assert read(Misspelt, {"pitch": "x"}) == {"pitch": "x"}
    assert read(lambda pitch: pitch, {"pitch": 2}) == {"pitch": 2}


def test_an_engine_may_take_nothing() -> None:
    assert read(Bare, {}) == {}
    with pytest.raises(ValueError, match=r"there is no option a\. This engine has none"):
        read(Bare, {"a": 1})


def test_near_names_are_asked_for() -> None:
    assert nearest("parot", ["parrot", "fake"]) == "Did you mean parrot? "
    assert nearest("xyz", ["parrot", "fake"]) == ""
