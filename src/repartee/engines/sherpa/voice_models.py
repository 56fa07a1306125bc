"""Which family of voices a folder holds: told by its files, as sherpa-onnx publishes them."""

import json
from pathlib import Path

from msgspec import Struct

from repartee.engines.protocols import EngineError
from repartee.engines.sherpa import onnx_file
from repartee.engines.sherpa.folder import Folder

# The models of a family by their role, those first that no other family has.
_LAYOUTS: dict[str, dict[str, tuple[str, ...]]] = {
    "supertonic": {
        "duration_predictor": ("duration_predictor*",),
        "text_encoder": ("text_encoder*",),
        "vector_estimator": ("vector_estimator*",),
        "vocoder": ("vocoder*",),
    },
    "pocket": {
        "lm_flow": ("lm_flow*",),
        "lm_main": ("lm_main*",),
        "encoder": ("encoder*",),
        "decoder": ("decoder*",),
        "text_conditioner": ("text_conditioner*",),
    },
    "zipvoice": {
        "encoder": ("text_encoder*", "encoder*"),
        "decoder": ("fm_decoder*", "decoder*"),
        "vocoder": ("voco*",),
    },
    "matcha": {"acoustic_model": ("model-steps*", "*matcha*"), "vocoder": ("voco*", "hifigan*")},
    "kokoro": {"model": ("model*", "kokoro*")},
    "kitten": {"model": ("model*", "kitten*")},
    "vits": {"model": ("*",)},
}
FAMILIES = tuple(_LAYOUTS)

# What else a family needs; and whose voice it takes over from a recording.
_DATA: dict[str, dict[str, str]] = {
    "supertonic": {
        "tts_json": "tts.json",
        "unicode_indexer": "unicode_indexer.bin",
        "voice_style": "voice.bin",
    },
    "pocket": {"vocab_json": "vocab.json", "token_scores_json": "token_scores.json"},
    "zipvoice": {"tokens": "tokens.txt"},
    "matcha": {"tokens": "tokens.txt"},
    "kokoro": {"tokens": "tokens.txt", "voices": "voices.bin"},
    "kitten": {"tokens": "tokens.txt", "voices": "voices.bin"},
    "vits": {"tokens": "tokens.txt"},
}
COPYING = ("pocket", "zipvoice")
_WITH_LEXICON = ("vits", "matcha", "kokoro", "kitten", "zipvoice")

_POCKET_RATE = _ZIPVOICE_RATE = 24_000  # Hz, where the files do not say


class Model(Struct, frozen=True):
    """A voice: its family, its files by role, its rate (Hz), and the names of its speakers."""

    family: str
    files: dict[str, str]
    rate: int
    speakers: tuple[str, ...] = ()


def find(folder: Folder, family: str | None, language: str) -> Model:
    """The voice in the folder.  Raises EngineError: there is none, or none of that family."""
    if family is not None and family not in FAMILIES:
        raise EngineError(f"There is no family {family}: {', '.join(FAMILIES)} are known.")
    found, models = _layout(folder)
    facts = {role: onnx_file.metadata(Path(path)) for role, path in models.items()}
    main = next(iter(facts.values()))
    if found == "vits" and "voices.bin" in folder.names:
        found = "kitten" if main.get("model_type", "").startswith("kitten") else "kokoro"
    if family is not None and family != found:
        raise EngineError(
            f"{folder.path} has no voice of the family {family}, but of {found}: leave the option "
            "family out."
        )
    if found == "vits":
        _check_vits(folder, main)
    data = {role: folder.need(name) for role, name in _DATA[found].items()}
    files = {**models, **data, **_wording(folder, found, main, language)}
    speakers = tuple(_recordings(folder, found, files))
    return Model(found, files, _rate(found, files, facts), speakers or _names(main))


def _check_vits(folder: Folder, facts: dict[str, str]) -> None:
    """Raises EngineError: it is for ears, or for another engine; any lone model looks like it."""
    if folder.file("*.onnx.json") and not folder.file("lexicon*.txt"):
        raise EngineError(
            f"{folder.path} has a voice of Piper, and no lexicon.txt: take the engine piper for it."
        )
    if "sample_rate" not in facts and (kind := facts.get("model_type")):
        raise EngineError(f"{folder.path} is no voice, but a model for ears ({kind}).")


def _layout(folder: Folder) -> tuple[str, dict[str, str]]:
    for family, patterns in _LAYOUTS.items():
        if family in ("kokoro", "kitten"):  # told by voices.bin, beside a single model
            continue
        found = {role: folder.model(*names) for role, names in patterns.items()}
        files = {role: path for role, path in found.items() if path is not None}
        if len(files) == len(patterns):
            return family, files
        if family == "matcha" and "acoustic_model" in files:
            raise EngineError(f"{folder.path} has no vocoder: put one there, such as vocos*.onnx.")
    raise AssertionError("a folder has a model")


def _wording(folder: Folder, family: str, facts: dict[str, str], language: str) -> dict[str, str]:
    """Lexicon and rules by which text becomes what the model speaks."""
    files = {}
    if family in _WITH_LEXICON:
        if lexicon := _lexicon(folder, language):
            files["lexicon"] = lexicon
        elif facts.get("frontend") != "characters":
            raise EngineError(
                f"lexicon.txt is missing in {folder.path}. sherpa-onnx from 2.0 on speaks by a "
                "lexicon and no longer by espeak-ng: take a folder that has one, or for a voice of "
                "Piper the engine piper."
            )
    if rules := folder.files("*.fst"):
        files["rule_fsts"] = rules
    if archives := folder.files("*.far"):
        files["rule_fars"] = archives
    return files


def _lexicon(folder: Folder, language: str) -> str:
    """All lexicons, but of one for Americans and one for Britons that of the language."""
    other = "us-en" if language.lower() == "en-gb" else "gb-en"
    found = folder.files("lexicon*.txt").split(",")
    return ",".join(path for path in found if len(found) == 1 or other not in Path(path).name)


def _recordings(folder: Folder, family: str, files: dict[str, str]) -> list[str]:
    """The names of the recordings whose voice can be taken over; adds them to the files."""
    if family not in COPYING:
        return []
    found = sorted([*folder.path.glob("*.wav"), *folder.path.glob("test_wavs/*.wav")])
    for path in found:
        if family == "zipvoice" and not path.with_suffix(".txt").is_file():
            raise EngineError(f"{path.with_suffix('.txt')} is missing: put what is said there in.")
        files[f"speaker:{path.stem}"] = str(path)
    if not found:
        raise EngineError(
            f"{folder.path} has no .wav file: put a recording of the voice there, of some seconds."
        )
    return [path.stem for path in found]


def _names(facts: dict[str, str]) -> tuple[str, ...]:
    return tuple(filter(None, facts.get("speaker_names", "").split(",")))


def _rate(family: str, files: dict[str, str], facts: dict[str, dict[str, str]]) -> int:
    if family == "supertonic":
        return _supertonic_rate(Path(files["tts_json"]))
    stated = [each["sample_rate"] for each in facts.values() if "sample_rate" in each]
    if stated and stated[0].isdigit():
        return int(stated[0])
    if family in COPYING:
        return _POCKET_RATE if family == "pocket" else _ZIPVOICE_RATE
    path = next(iter(files.values()))
    raise EngineError(f"{path} does not state its sample_rate: it was not made for sherpa-onnx.")


def _supertonic_rate(path: Path) -> int:
    try:
        return int(json.loads(path.read_text())["ae"]["sample_rate"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError(f"{path} does not state a sample_rate: download it again.") from error
