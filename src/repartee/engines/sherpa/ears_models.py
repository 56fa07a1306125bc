"""Which family of recognisers a folder holds: told by its files and by what they say of themselves.

The files of a family and the metadata that tells it are what the export scripts of sherpa-onnx
write.
"""

from pathlib import Path

from msgspec import Struct

from repartee.engines.protocols import EngineError
from repartee.engines.sherpa import onnx_file
from repartee.engines.sherpa.folder import Folder

# The files of a model by their role, the first of which tells what it is.
_LAYOUTS: tuple[dict[str, str], ...] = (
    {
        "preprocessor": "preprocess*",
        "encoder": "encode.*",
        "uncached_decoder": "uncached_decode*",
        "cached_decoder": "cached_decode*",
    },
    {"encoder": "encoder_model*", "decoder": "decoder_model_merged*"},
    {"encoder": "*encoder*", "decoder": "*decoder*", "joiner": "*joiner*"},
    {"encoder": "*encoder*", "decoder": "*decoder*"},
    {"model": "*"},
)
_MOONSHINE, _MOONSHINE_2, _TRANSDUCER, _PAIR, _SINGLE = range(len(_LAYOUTS))

# Families by their layout.
FAMILIES: dict[str, int] = {
    "streaming-transducer": _TRANSDUCER,
    "streaming-nemo-ctc": _SINGLE,
    "streaming-zipformer-ctc": _SINGLE,
    "transducer": _TRANSDUCER,
    "nemo-transducer": _TRANSDUCER,
    "nemo-ctc": _SINGLE,
    "zipformer-ctc": _SINGLE,
    "whisper": _PAIR,
    "moonshine": _MOONSHINE,
    "moonshine-2": _MOONSHINE_2,
    "sense-voice": _SINGLE,
    "paraformer": _SINGLE,
}
TRANSDUCERS = ("streaming-transducer", "transducer", "nemo-transducer")

# Only a streaming model has one of these: the frames that it takes at a time, of 10 ms.
_WINDOWS = ("window_size", "T", "decode_chunk_len")
_STREAMING = (*_WINDOWS, "streaming_model_type")
FRAME_MS = 10

ANY = "*"  # among languages: each may be tried
_SENSE_VOICE_LANGUAGES = ("zh", "en", "ja", "ko", "yue")


class Model(Struct, frozen=True):
    """A recogniser: its family, its files by role, and the languages it can be told to expect."""

    family: str
    files: dict[str, str]
    window_ms: int = 0  # of sound that a streaming model takes at a time
    languages: tuple[str, ...] = ()


def find(folder: Folder, family: str | None) -> Model:
    """The recogniser in the folder.  Raises EngineError: there is none, or none of that family."""
    if family is not None and family not in FAMILIES:
        raise EngineError(f"There is no family {family}: {', '.join(FAMILIES)} are known.")
    layout, files = _layout(folder)
    main = Path(next(iter(files.values())))
    facts = onnx_file.metadata(main) if main.suffix == ".onnx" else {}
    for path in files.values():
        if path.endswith(".onnx"):
            onnx_file.metadata(Path(path))  # each of them is whole
    told = _told(layout, facts)
    if family is not None and told != family and (told or FAMILIES[family] != layout):
        raise EngineError(
            f"{folder.path} has no model of the family {family}"
            f"{f', but of {told}' if told else ''}: leave the option family out."
        )
    if not (found := family or told):
        if "n_speakers" in facts:
            raise EngineError(f"{folder.path} is a voice: name it by voice.model, not ears.model.")
        raise EngineError(
            f"{main} does not say what it is (model_type: {facts.get('model_type', 'none')}). "
            f"Set the option family to one of {', '.join(FAMILIES)}."
        )
    tokens = folder.need("tokens.txt", "*tokens.txt")
    return Model(found, {**files, "tokens": tokens}, _window_ms(facts), _languages(found, facts))


def _layout(folder: Folder) -> tuple[int, dict[str, str]]:
    for layout, patterns in enumerate(_LAYOUTS):
        found = {role: folder.model(pattern) for role, pattern in patterns.items()}
        files = {role: path for role, path in found.items() if path is not None}
        if len(files) == len(patterns):
            return layout, files
    raise AssertionError("a folder has a model")


def _told(layout: int, facts: dict[str, str]) -> str:
    kind, streaming = facts.get("model_type", ""), any(key in facts for key in _STREAMING)
    match layout:
        case 0:
            return "moonshine"
        case 1:
            return "moonshine-2"
        case 2 if streaming:
            return "streaming-transducer"
        case 2:
            return "nemo-transducer" if kind.startswith("EncDec") else "transducer" if kind else ""
        case 3:
            return "whisper" if kind.startswith("whisper") else ""
    return _single(kind, streaming)


def _single(kind: str, streaming: bool) -> str:
    if kind.startswith("EncDec"):
        return "streaming-nemo-ctc" if streaming else "nemo-ctc"
    if kind == "zipformer2_ctc" or (streaming and "zipformer" in kind):
        return "streaming-zipformer-ctc" if streaming else "zipformer-ctc"
    return {"sense_voice_ctc": "sense-voice", "paraformer": "paraformer"}.get(kind, "")


def _window_ms(facts: dict[str, str]) -> int:
    frames = (facts.get(key, "") for key in _WINDOWS)
    return FRAME_MS * max((int(each) for each in frames if each.isdigit()), default=0)


def _languages(family: str, facts: dict[str, str]) -> tuple[str, ...]:
    if family == "whisper" and facts.get("is_multilingual") == "1":
        return tuple(filter(None, facts.get("all_language_codes", "").split(",")))
    if family == "streaming-transducer" and "prompt_dictionary" in facts:
        return (ANY,)  # it goes back to finding out by itself where it does not know one
    return _SENSE_VOICE_LANGUAGES if family == "sense-voice" else ()
