"""Whether something is planted for every case of the judge."""

import importlib
import pkgutil
from collections.abc import Callable, Sequence

from conformance import cases as proofs
from conformance.cases.saboteur import Sabotage
from repartee.conformance.cases import every_case


def planted() -> dict[str, Sequence[Callable[[], Sabotage]]]:
    """All that is planted anywhere."""
    found: dict[str, Sequence[Callable[[], Sabotage]]] = {}
    for module in pkgutil.iter_modules(proofs.__path__):
        if module.name.startswith("test_"):
            tables = importlib.import_module(f"{proofs.__name__}.{module.name}")
            found |= tables.PLANTED
    return found


def test_something_is_planted_for_every_case_and_for_nothing_else() -> None:
    tables = planted()
    assert set(tables) == {case.name for case in every_case()}
    assert all(tables.values())
