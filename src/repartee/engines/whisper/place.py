"""Where a converted model lies: in a folder, or in the hub's cache.  Nothing is fetched."""

from pathlib import Path

from repartee.engines import hub
from repartee.engines.catalogue import located
from repartee.engines.protocols import EngineError

# Without the last one faster-whisper would ask the network for it.
_FILES = ("model.bin", "config.json", "tokenizer.json")


def find_model(model: str) -> Path:
    """The folder `model`, else the model of that name in the hub's cache.

    A name is one of the catalogue, or ORG/NAME.

    Raises EngineError: there is none, or it is no model for CTranslate2.
    """
    folder = Path(model).expanduser()
    if not folder.is_dir():
        folder = located(model) or hub.snapshot(model) or folder
    if not folder.is_dir():
        raise EngineError(
            f"there is no Whisper model {model}: neither a folder of that name, nor a model in the "
            f"hub's cache. Fetch it with `repartee models pull {model}`, or take another name from "
            "`repartee models`"
        )
    if missing := [name for name in _FILES if not (folder / name).is_file()]:
        raise EngineError(
            f"{folder} is no Whisper model for faster-whisper: it has no {' and no '.join(missing)}"
            ". Take one that was converted for CTranslate2"
        )
    return folder
