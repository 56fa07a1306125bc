"""What both engines need of the machine, and words for what is not there."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Generic, Literal, TypeVar

from msgspec import Meta

from repartee.engines.protocols import EngineError
from repartee.engines.sherpa.folder import Folder
from repartee.engines.sherpa.wire import Ears, Voice
from repartee.engines.worker.pool import Workers

R = TypeVar("R")

AtLeastOne = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0)]
Provider = Literal["cpu", "cuda"]

LICENCE = "Apache-2.0 (sherpa-onnx); weights: that of the model"

_MEMORY = Path("/proc/meminfo")
_ENDINGS = (" ended unexpectedly ", " crashed ")  # of a process, by the library it loads


class Hosted(Generic[R]):
    """The processes of one model, started only where it can be loaded."""

    def __init__(
        self,
        folder: Folder,
        work: str,
        options: Ears | Voice,
        result: type[R],
        processes: int,
        at_once: int,
        start_s: float,
    ) -> None:
        self._folder = folder
        self._options = options
        self.workers: Workers[R] = Workers(
            work,
            options,
            result,
            "sherpa-onnx",
            processes=processes,
            at_once=at_once,
            start_s=start_s,
        )

    async def open(self) -> None:
        """Load the model in the first process.  Raises EngineError."""
        if find_spec("sherpa_onnx") is None:
            raise EngineError("sherpa-onnx is not installed: pip install 'repartee[sherpa]'")
        self._fit()
        try:
            await self.workers.open()
        except EngineError as error:
            if not any(ending in str(error) for ending in _ENDINGS):
                raise
            raise EngineError(
                f"sherpa-onnx cannot use {self._folder.path} as a model of the family "
                f"{self._options.family}; why, it wrote to stderr. Download the folder again, or "
                "choose another model."
            ) from error

    def _fit(self) -> None:
        """Raises EngineError: the model is larger than the memory that is left."""
        free, needed = free_mb(), self._folder.megabytes(self._options.files.values())
        if free is not None and needed > free:
            raise EngineError(
                f"{self._folder.path} takes {needed:.0f} MB, and {free:.0f} MB "
                "of memory are free: choose a smaller model, or one with int8 in its name."
            )


def licence(folder: Folder) -> str:
    """Code and weights, and where the text for the latter is."""
    text = f" ({folder.path / folder.licence})" if folder.licence else ""
    return f"{LICENCE}{text}"


def threads(given: int | None) -> int:
    """For a model's arithmetic: as many as there are cores, and no more than are of use."""
    return given or min(4, os.cpu_count() or 1)


def free_mb() -> float | None:
    """Memory that processes can have, where the system (Linux) tells it."""
    try:
        facts = dict(line.split(":", 1) for line in _MEMORY.read_text().splitlines())
        return int(facts["MemAvailable"].split()[0]) / 1e3
    except (OSError, KeyError, ValueError):
        return None
