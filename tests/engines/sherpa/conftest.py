"""The models that the tests of these engines share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engines.sherpa import models, voices

MAKERS: dict[str, Callable[[Path], Path]] = {
    "nemo-ctc": models.nemo_ctc,
    "streaming-nemo-ctc": lambda folder: models.nemo_ctc(folder, streaming=True),
    "sense-voice": models.sense_voice,
    "transducer": models.transducer,
    "streaming-transducer": lambda folder: models.transducer(folder, streaming=True),
    "nemo-transducer": models.nemo_transducer,
    "streaming-nemo-transducer": lambda folder: models.nemo_transducer(folder, streaming=True),
    "vits": voices.vits,
}

Made = Callable[[str], Path]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The folder of a model, by its name in `MAKERS`."""
    root = tmp_path_factory.mktemp("models")

    def model(name: str) -> Path:
        folder = root / name
        return folder if folder.exists() else MAKERS[name](folder)

    return model
