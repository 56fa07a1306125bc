"""llama.cpp's server, loaded inside the worker process, with no way in from outside."""

import faulthandler
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory, TemporaryFile
from typing import BinaryIO

from xllamacpp import CommonParams, Server

from repartee.engines.llama.wire import Options
from repartee.engines.worker.work import WorkError

_ERRORS = 1  # the verbosity of errors alone
# Lines look like "0.00.382.599 E llama_model_load: error loading model: ...".
_LINE = re.compile(r"^\S+ E (?:\w+ +)?\w+: (.+)$", re.MULTILINE)
_LONGEST_REASON = 300  # characters


def load(options: Options) -> Server:
    """The server with its model, after a first token.  Raises WorkError.

    It insists on a port for HTTP, which anyone on this machine could use.  It gets a socket in a
    folder that is removed at once.
    """
    with TemporaryFile() as said, TemporaryDirectory() as folder, _heard(said):
        try:
            return Server(_parameters(options, f"{folder}/unused.sock"))
        except RuntimeError:
            said.seek(0)
            reason = _reason(said.read().decode("utf-8", "replace"))
            raise WorkError(f"{options.model}: {reason}") from None


def _parameters(options: Options, socket: str) -> CommonParams:
    params = CommonParams()
    params.model.path = options.model
    params.n_parallel = options.at_once
    params.n_ctx = options.context * options.at_once
    params.kv_unified = False  # each has its own share
    params.n_batch = params.n_ubatch = options.batch
    params.n_gpu_layers = options.gpu_layers
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = options.threads
    params.cache_ram_mib = options.cache_mib
    params.use_jinja = True  # without it there are no function calls
    if options.chat_template:
        params.chat_template = options.chat_template
    if options.seed is not None:
        params.sampling.seed = options.seed
    params.verbosity = _ERRORS
    params.hostnames = [socket]
    params.n_threads_http = 1
    params.endpoint_slots = params.ui = False
    return params


@contextmanager
def _heard(said: BinaryIO) -> Iterator[None]:
    """Take what llama.cpp writes to stderr while it loads: only there it says what is wrong.

    After that nothing of it is kept: what it complains of then may be the words of a session.
    """
    stderr = os.dup(2)
    faulthandler.enable(open(stderr, "w"))  # noqa: SIM115 - it stays open for good
    os.dup2(said.fileno(), 2)
    try:
        yield
    finally:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 2)
        os.close(nothing)


def _reason(text: str) -> str:
    """The first complaint that tells more than that there is one."""
    complaints = [line for line in _LINE.findall(text) if not line.startswith("failed to load mo")]
    first = next(iter(complaints), "it cannot be loaded, and llama.cpp does not say why")
    return str(first).removeprefix("error loading model: ")[:_LONGEST_REASON]
