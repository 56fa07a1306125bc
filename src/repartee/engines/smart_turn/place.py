"""Where the model lies: it is not ours to ship, but many machines have it."""

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from repartee.engines import hub
from repartee.engines.catalogue import located
from repartee.engines.protocols import EngineError

_NAMES = "smart-turn-v3*.onnx"
_REPOSITORY = "pipecat-ai/smart-turn-v3"


def find_model(named: Path | None = None) -> Path:
    """`named`, else that of the Hugging Face cache, else that within an installed pipecat-ai.

    `named` is a file, or a model of the catalogue.  Raises EngineError, which says where one can be
    put.
    """
    if named is not None:
        if found := named if named.is_file() else located(str(named)):
            return found
        if named.is_dir():
            raise EngineError(f"{named} is a folder: name the file smart-turn-….onnx in it")
        raise EngineError(f"there is no file {named}, which the option model names")
    for places in (_cached(), _of_pipecat()):
        if best := max(places, key=_rank, default=None):
            return best
    raise EngineError(
        "there is no smart-turn model: fetch it with `repartee models pull smart-turn-v3`, or name "
        "the file smart-turn-v3.2-cpu.onnx by the option model; one that came with pipecat-ai is "
        "found, too"
    )


def _cached() -> Iterator[Path]:
    for snapshot in hub.snapshots(_REPOSITORY):
        yield from (path for path in hub.files(snapshot) if path.match(_NAMES))


def _of_pipecat() -> Iterator[Path]:
    """The models that came with pipecat-ai, which itself is not imported: it is large."""
    try:
        files = metadata.files("pipecat-ai") or []
    except metadata.PackageNotFoundError:
        return
    for file in files:
        path = Path(str(file.locate()))
        if file.match(_NAMES) and path.is_file():
            yield path


def _rank(path: Path) -> tuple[str, bool]:
    """The newest version, and of it the one that was made small for processors."""
    version, _, kind = path.stem.removeprefix("smart-turn-").partition("-")
    return version, kind == "cpu"
