"""The cases, one module an area."""

import importlib
import pkgutil
from collections.abc import Sequence

from repartee.conformance.play.case import CASES, Case


def every_case() -> Sequence[Case]:
    """All cases of all areas."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return CASES
