"""Recognition with sherpa-onnx, inside its worker process."""

from collections.abc import Callable

from repartee.engines.sherpa import recognizers
from repartee.engines.sherpa.quiet import hush
from repartee.engines.sherpa.streams import StreamHearer, Streams
from repartee.engines.sherpa.stretches import Stretches, StretchHearer
from repartee.engines.sherpa.wire import Ears, Turn
from repartee.engines.worker.work import Piece


class Hearing:
    """The one model, which all turns share."""

    options_type = Ears
    request_type = Turn

    def __init__(self, options: Ears) -> None:
        recognizer = recognizers.make(options)
        self._model: Streams | Stretches
        if recognizers.is_streaming(options.family):
            self._model = Streams(recognizer, options)
        else:
            self._model = Stretches(recognizer, options)
        hush()

    def begin(self, request: Turn, stopped: Callable[[], bool]) -> Piece:
        if isinstance(self._model, Streams):
            return StreamHearer(self._model, request)
        return StretchHearer(self._model, request)
