"""Where a converted model lies: in a folder, or in the hub's cache.  Nothing is fetched."""

import os
from pathlib import Path

from repartee.engines.protocols import EngineError

# Without the last one faster-whisper would ask the network for it.
_FILES = ("model.bin", "config.json", "tokenizer.json")

# Those of OpenAI's models whose conversions are not kept by SYSTRAN under the model's own name.
_REPOSITORIES = {
    "turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "large": "Systran/faster-whisper-large-v3",
}


def find_model(model: str) -> Path:
    """The folder `model`, else the model of that name, or ORG/NAME, in the cache.

    Raises EngineError: there is none, or it is no model for CTranslate2.
    """
    folder = Path(model).expanduser()
    if not folder.is_dir():
        folder = _cached(_repository(model)) or folder
    if not folder.is_dir():
        raise EngineError(
            f"there is no Whisper model {model}: neither a folder of that name, nor a model in the "
            f"hub's cache. Fetch it with `repartee models pull {model}`"
        )
    if missing := [name for name in _FILES if not (folder / name).is_file()]:
        raise EngineError(
            f"{folder} is no Whisper model for faster-whisper: it has no {' and no '.join(missing)}"
            ". Take one that was converted for CTranslate2"
        )
    return folder


def _repository(name: str) -> str:
    if "/" in name:
        return name
    if name.startswith("distil-"):
        return f"Systran/faster-distil-whisper-{name.removeprefix('distil-')}"
    return _REPOSITORIES.get(name, f"Systran/faster-whisper-{name}")


def _cached(repository: str) -> Path | None:
    """The newest snapshot of a repository; the layout is that of huggingface_hub."""
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("HF_HOME") or f"{home}/huggingface"
    cache = Path(os.environ.get("HF_HUB_CACHE") or f"{home}/hub").expanduser()
    found = (cache / f"models--{repository.replace('/', '--')}" / "snapshots").glob("*")
    return max(found, key=lambda each: each.stat().st_mtime, default=None)
