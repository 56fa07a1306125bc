"""The recognisers of sherpa-onnx, made of a model's files; inside the worker process."""

import os
from collections.abc import Callable
from typing import Any

import sherpa_onnx  # type: ignore[import-untyped]

from repartee.engines.sherpa.wire import Ears
from repartee.engines.worker.work import WorkError

# A streaming model's text stands fast after this silence; what is said without any is cut late.
ENDPOINTS = {
    "enable_endpoint_detection": True,
    "rule1_min_trailing_silence": 2.4,
    "rule2_min_trailing_silence": 0.8,
    "rule3_min_utterance_length": 120.0,  # seconds
}

_ONLINE: dict[str, str] = {
    "streaming-transducer": "from_transducer",
    "streaming-nemo-ctc": "from_nemo_ctc",
    "streaming-zipformer-ctc": "from_zipformer2_ctc",
}
_OFFLINE: dict[str, str] = {
    "transducer": "from_transducer",
    "nemo-transducer": "from_transducer",
    "nemo-ctc": "from_nemo_ctc",
    "zipformer-ctc": "from_zipformer_ctc",
    "whisper": "from_whisper",
    "moonshine": "from_moonshine",
    "moonshine-2": "from_moonshine_v2",
    "sense-voice": "from_sense_voice",
    "paraformer": "from_paraformer",
}


def is_streaming(family: str) -> bool:
    return family in _ONLINE


def make(options: Ears) -> Any:
    """The recogniser.  Raises WorkError; a model of a wrong kind may end the process instead."""
    if is_streaming(options.family):
        factory = getattr(sherpa_onnx.OnlineRecognizer, _ONLINE[options.family])
        return _made(factory, options, ENDPOINTS)
    factory = getattr(sherpa_onnx.OfflineRecognizer, _OFFLINE[options.family])
    return _made(factory, options, _settings(options))


def _made(factory: Callable[..., Any], options: Ears, settings: dict[str, Any]) -> Any:
    files = dict(options.files)
    if options.family == "paraformer":
        files["paraformer"] = files.pop("model")
    vocabulary = files.pop("vocabulary", "")
    if options.hotwords:
        settings = {**settings, **_hotword_search(vocabulary)}
    try:
        return factory(**files, **settings, num_threads=options.threads, provider=options.provider)
    except MemoryError:
        raise WorkError("there is not enough memory for the model") from None
    except Exception as error:  # nothing was heard yet, so its words tell nothing of the content
        names = ", ".join(sorted(os.path.basename(path) for path in files.values()))
        raise WorkError(f"sherpa-onnx cannot use {names}: {str(error)[:300]}") from error


def _settings(options: Ears) -> dict[str, Any]:
    match options.family:
        case "nemo-transducer":
            return {"model_type": "nemo_transducer"}
        case "whisper":
            return {"language": options.language, "tail_paddings": -1}
        case "sense-voice":
            return {"language": options.language, "use_itn": True}
    return {}


def _hotword_search(vocabulary: str) -> dict[str, Any]:
    """What makes hotwords count; they are cut into the tokens of the model by its vocabulary."""
    unit = {"modeling_unit": "bpe", "bpe_vocab": vocabulary} if vocabulary else {}
    return {"decoding_method": "modified_beam_search", "max_active_paths": 4, **unit}
