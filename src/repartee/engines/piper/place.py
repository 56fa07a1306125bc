"""The two files of a voice of Piper: NAME.onnx, and NAME.onnx.json, which says how to ask it."""

from pathlib import Path

import msgspec
from msgspec import Struct, field

from repartee.engines.protocols import EngineError
from repartee.engines.sherpa import onnx_file

_ASK = "A voice of Piper has two files, NAME.onnx and NAME.onnx.json"


class Audio(Struct, frozen=True):
    sample_rate: int  # Hz


class Espeak(Struct, frozen=True):
    voice: str = "en-us"


class Inference(Struct, frozen=True):
    noise_scale: float = 0.667
    length_scale: float = 1.0
    noise_w: float = 0.8


class Facts(Struct, frozen=True):
    """What NAME.onnx.json says, as Piper's training writes it."""

    audio: Audio
    phoneme_id_map: dict[str, tuple[int, ...]]
    espeak: Espeak = Espeak()
    inference: Inference = Inference()
    phoneme_type: str = "espeak"
    num_speakers: int = 1
    speaker_id_map: dict[str, int] = field(default_factory=dict)

    @property
    def language(self) -> str:
        """What espeak-ng is to read in; nothing where the net reads the text itself."""
        return "" if self.kind == "text" else self.espeak.voice

    @property
    def kind(self) -> str:
        return self.phoneme_type.rpartition(".")[2].lower()

    @property
    def speakers(self) -> tuple[str, ...]:
        """The names of the speakers in their order, where each has one."""
        names = {number: name for name, number in self.speaker_id_map.items()}
        return tuple(names.get(number, "") for number in range(self.num_speakers)) if names else ()


def find(named: Path) -> tuple[Path, Facts]:
    """The net, and what is said of it; `named` is the net's file, or a folder with one.

    Raises EngineError.
    """
    path = named.expanduser()
    if path.is_dir():
        path = _only(path)
    if not path.is_file():
        raise EngineError(f"There is no file {path}, which the option model names. {_ASK}.")
    described = path.with_name(f"{path.name}.json")
    if path.suffix != ".onnx":
        raise EngineError(f"{path} is no net of Piper. {_ASK}: name the former.")
    onnx_file.metadata(path)  # it is there as a whole
    return path, _facts(described)


def _only(folder: Path) -> Path:
    found = sorted(folder.glob("*.onnx"))
    if not found:
        raise EngineError(f"{folder} has no .onnx file. {_ASK}.")
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise EngineError(f"{folder} has several voices: name one of {names}, with its path.")
    return found[0]


def _facts(path: Path) -> Facts:
    try:
        facts = msgspec.json.decode(path.read_bytes(), type=Facts)
    except FileNotFoundError:
        raise EngineError(f"{path} is missing. {_ASK}: put it beside the other.") from None
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}.") from error
    except msgspec.MsgspecError as error:
        raise EngineError(f"{path} does not describe a voice of Piper: {error}.") from error
    if facts.kind not in ("espeak", "text"):
        raise EngineError(f'{path} asks for phonemes by "{facts.kind}": only "espeak" is known.')
    if missing := [sign for sign in "_^$" if sign not in facts.phoneme_id_map]:
        raise EngineError(f'{path} lacks "{missing[0]}" in its phoneme_id_map: download it again.')
    return facts
