"""The voices of sherpa-onnx, made of a model's files; inside the worker process."""

import os
import wave
from pathlib import Path
from typing import Any

import numpy as np
import sherpa_onnx  # type: ignore[import-untyped]
from msgspec import Struct
from numpy.typing import NDArray

from repartee.engines.sherpa.wire import Voice
from repartee.engines.worker.work import WorkError

_CONFIGS = {
    "supertonic": sherpa_onnx.OfflineTtsSupertonicModelConfig,
    "pocket": sherpa_onnx.OfflineTtsPocketModelConfig,
    "zipvoice": sherpa_onnx.OfflineTtsZipvoiceModelConfig,
    "matcha": sherpa_onnx.OfflineTtsMatchaModelConfig,
    "kokoro": sherpa_onnx.OfflineTtsKokoroModelConfig,
    "kitten": sherpa_onnx.OfflineTtsKittenModelConfig,
    "vits": sherpa_onnx.OfflineTtsVitsModelConfig,
}


class Recording(Struct, frozen=True):
    """A voice to be taken over: mono, in -1…1, at `rate` (Hz); and what is said in it."""

    sound: NDArray[np.float32]
    rate: int
    text: str


def make(options: Voice) -> Any:
    """The voice.  Raises WorkError; a model of a wrong kind may end the process instead."""
    files = {role: path for role, path in options.files.items() if not role.startswith("speaker:")}
    rules = {role: files.pop(role, "") for role in ("rule_fsts", "rule_fars")}
    names = ", ".join(sorted(os.path.basename(path) for path in files.values()))
    try:
        model = sherpa_onnx.OfflineTtsModelConfig(
            **{options.family: _CONFIGS[options.family](**files)},
            num_threads=options.threads,
            provider=options.provider,
        )
        config = sherpa_onnx.OfflineTtsConfig(model=model, max_num_sentences=1, **rules)
        if not config.validate():
            raise WorkError(f"sherpa-onnx cannot use {names}; why, it wrote to stderr")
        voice = sherpa_onnx.OfflineTts(config)
    except MemoryError:
        raise WorkError("there is not enough memory for the model") from None
    except (RuntimeError, ValueError, TypeError) as error:  # which tell nothing of any content
        raise WorkError(f"sherpa-onnx cannot use {names}: {str(error)[:300]}") from error
    if voice.sample_rate != options.rate:
        raise WorkError(f"the model speaks at {voice.sample_rate} Hz, not at {options.rate}")
    return voice


def recordings(options: Voice) -> list[Recording]:
    """The voices to be taken over, by the number of the speaker.  Raises WorkError."""
    return [
        _recording(Path(options.files[f"speaker:{name}"]))
        for name in options.speakers
        if f"speaker:{name}" in options.files
    ]


def _recording(path: Path) -> Recording:
    try:
        with wave.open(str(path)) as file:
            if file.getsampwidth() != 2 or file.getnchannels() != 1:
                raise WorkError(f"{path} is not mono with 16 bits a sample: convert it")
            sound = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            rate = file.getframerate()
    except (wave.Error, EOFError) as error:
        raise WorkError(f"{path} is no recording in WAV: convert it") from error
    written = path.with_suffix(".txt")
    text = written.read_text(encoding="utf-8").strip() if written.is_file() else ""
    return Recording(sound.astype(np.float32) / np.float32(32_768), rate, text)
