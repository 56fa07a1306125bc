"""A folder with a model, as sherpa-onnx publishes them: which of its files are the model's."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from repartee.engines.catalogue import located
from repartee.engines.protocols import EngineError

_MODELS = (".onnx", ".ort")
_WEIGHTS = (".weights", ".data")  # of models that have them beside
_SMALL = ".int8."  # in the name of a file with weights of 8 bits

# Formats of weights that are no ONNX; those that are pickles can run any code when they are read.
_PICKLES = ("*.pt", "*.pth", "*.ckpt", "*.pkl", "*.nemo", "pytorch_model*.bin")
_OTHERS = (*_PICKLES, "*.safetensors", "*.gguf", "*.tar.bz2", "*.tar.gz", "*.zip")

_ASK = (
    "Take a folder as sherpa-onnx publishes them, with its .onnx files and all that is beside, or "
    "what `repartee models pull` has fetched"
)


class Folder:
    """The files in `path`, a folder or the name of a model of the catalogue that is here.

    `small` says whether those with 8-bit weights are preferred.

    Raises EngineError: it is no folder, or holds no model.
    """

    def __init__(self, path: str, small: bool) -> None:
        named = Path(path).expanduser()
        self.path = named if named.exists() else located(path) or named
        self._small = small
        try:
            self.names = sorted(each.name for each in self.path.iterdir())
        except NotADirectoryError:
            raise EngineError(f"{path} is a file. {_ASK}.") from None
        except OSError as error:
            raise EngineError(f"{path} cannot be read: {error.strerror}. {_ASK}.") from error
        if not self.models:
            raise EngineError(self._without_model())

    @property
    def models(self) -> list[str]:
        return [name for name in self.names if name.endswith(_MODELS)]

    @property
    def licence(self) -> str:
        """The name of the file with the licence of the weights, or nothing."""
        return next((name for name in self.names if name.upper().startswith("LICENSE")), "")

    def megabytes(self, files: Iterable[str]) -> float:
        """What the models among the files take on the disk: the least they take in memory."""
        beside = (str(self.path / name) for name in self.names if name.endswith(_WEIGHTS))
        models = (path for path in files if path.endswith(_MODELS))
        return sum(Path(path).stat().st_size for path in (*models, *beside)) / 1e6

    def model(self, *patterns: str) -> str | None:
        """The path of the model whose name fits the first of `patterns` that fits any.

        Of two that differ in precision alone the preferred one is taken.  Raises EngineError:
        there are several still.
        """
        for pattern in patterns:
            if found := [name for name in self.models if fnmatchcase(name, pattern)]:
                return str(self.path / self._preferred(found))
        return None

    def file(self, *patterns: str) -> str | None:
        """The path of the first file whose name fits the first of `patterns` that fits any."""
        for pattern in patterns:
            for name in self.names:
                if fnmatchcase(name, pattern):
                    return str(self.path / name)
        return None

    def files(self, pattern: str) -> str:
        """The paths of all files whose names fit, with commas between them."""
        return ",".join(str(self.path / name) for name in self.names if fnmatchcase(name, pattern))

    def need(self, *patterns: str) -> str:
        """As `file`.  Raises EngineError: there is none."""
        if found := self.file(*patterns):
            return found
        raise EngineError(f"{patterns[0]} is missing in {self.path}: download the whole folder.")

    def _preferred(self, names: list[str]) -> str:
        fitting = [name for name in names if (_SMALL in name) is self._small] or names
        if len(fitting) > 1:
            raise EngineError(
                f"{self.path} has several models: {', '.join(fitting)}. Leave one of them there."
            )
        return fitting[0]

    def _without_model(self) -> str:
        if found := _fitting(self.names, _PICKLES):
            return f"{self.path} has {found}, a pickle, which is never loaded. {_ASK}."
        if found := _fitting(self.names, _OTHERS):
            return f"{self.path} has {found}, which cannot be loaded as it is. {_ASK}."
        return f"{self.path} has no .onnx file. {_ASK}."


def _fitting(names: Iterable[str], patterns: Iterable[str]) -> str:
    fits = (name for name in names for pattern in patterns if fnmatchcase(name, pattern))
    return next(fits, "")
