"""Where the model lies: it is not ours to ship, but many machines have it."""

import os
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from repartee.engines.protocols import EngineError

_NAMES = "smart-turn-v3*.onnx"
_REPOSITORY = "models--pipecat-ai--smart-turn-v3"


def find_model(named: Path | None = None) -> Path:
    """`named`, else that of the Hugging Face cache, else that within an installed pipecat-ai.

    Raises EngineError, which says where one can be put.
    """
    if named is not None:
        if not named.is_file():
            raise EngineError(f"there is no file {named}, which the option model names")
        return named
    for places in (_cached(), _of_pipecat()):
        if found := max(places, key=_rank, default=None):
            return found
    raise EngineError(
        "there is no smart-turn model: name the file smart-turn-v3.2-cpu.onnx by the option model; "
        "or fetch it with `hf download pipecat-ai/smart-turn-v3`, or `pip install pipecat-ai`, "
        "where it is looked for, too"
    )


def _cached() -> Iterator[Path]:
    """The models in the hub's cache; the layout is that of huggingface_hub."""
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("HF_HOME") or f"{home}/huggingface"
    cache = Path(os.environ.get("HF_HUB_CACHE") or f"{home}/hub").expanduser()
    found = (cache / _REPOSITORY / "snapshots").glob(f"*/**/{_NAMES}")
    return (path for path in found if path.is_file())  # a link may lead nowhere


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
