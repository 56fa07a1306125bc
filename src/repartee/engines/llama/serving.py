"""Questions, inside the worker process: llama.cpp answers several at once, a token of each in turn.

Each has a thread, which stands in C++ until there is a chunk.  A chunk of an answer that nobody
wants any more tells llama.cpp to stop: that takes one token, or `batch` tokens of the question.
"""

import os
import signal
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import Condition, Thread

import msgspec

from repartee.engines.llama.loading import load
from repartee.engines.llama.vocabulary import Unreadable, breaker, control_tokens
from repartee.engines.llama.wire import Chunk, Options, Question
from repartee.engines.worker.work import Steps, WorkError, describe

POLL_S = 0.005  # that a step waits for a chunk; others may be asked meanwhile
STUCK_S = 120.0  # without a token, or a sign that the question is being read: it hangs

_TEMPLATE = "Jinja Exception: "


class Serving:
    """The model, and news of all its answers."""

    options_type = Options
    request_type = Question

    def __init__(self, options: Options) -> None:
        try:
            self._break = breaker(control_tokens(Path(options.model)))
        except (Unreadable, OSError) as error:
            raise WorkError(f"{options.model}: {error}") from error
        self._server = load(options)
        self._changed = Condition()
        self._news = 0  # how many chunks there were

    def begin(self, request: Question, stopped: Callable[[], bool]) -> "Answering":
        body = {name: self._break(value) for name, value in request.body.items()}
        return Answering(self, msgspec.json.encode(body).decode())

    def ask(self, body: str, take: Callable[[str], bool]) -> None:
        """Blocks until all is told to `take`, which says whether that is enough."""
        self._server.handle_chat_completions(body, take)

    def tell(self) -> None:
        with self._changed:
            self._news += 1
            self._changed.notify_all()

    def wait(self, known: int) -> int:
        """Wait, but not for long, until there is more news than is `known` of any answer.

        One step waits for all of them, so that none waits while another has something to say.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._news != known, POLL_S)
            return self._news


class Answering:
    """One answer: nothing in, chunks out."""

    def __init__(self, serving: Serving, body: str) -> None:
        self._serving = serving
        self._chunks: deque[str] = deque()
        self._left = False
        self._over = False
        self._failure = ""
        Thread(target=self._ask, args=(body,), daemon=True).start()

    def feed(self, data: bytes) -> Steps:
        yield from ()

    def finish(self) -> Steps:
        known, heard = 0, time.monotonic()
        while True:
            over = self._over  # before looking: nothing comes after that
            while self._chunks:
                yield Chunk(self._chunks.popleft())
                heard = time.monotonic()
            if over:
                break
            if time.monotonic() - heard > STUCK_S:
                os.kill(os.getpid(), signal.SIGALRM)  # as for a step that hangs
            known = self._serving.wait(known)
            yield None
        if self._failure:
            raise WorkError(self._failure)

    def close(self) -> None:
        self._left = True

    def _ask(self, body: str) -> None:
        try:
            self._serving.ask(body, self._take)
        except Exception as error:
            self._failure = _refusal(str(error)) or describe(error)
        self._over = True
        self._serving.tell()

    def _take(self, chunk: str) -> bool:
        self._chunks.append(chunk)
        self._serving.tell()
        return self._left


def _refusal(message: str) -> str:
    """What a chat template has against a conversation: of all complaints the one without its words.

    Empty for others.
    """
    what = message.partition(_TEMPLATE)[2].partition("\n")[0]
    return f"the model's chat template refuses the conversation: {what}" if what else ""
