"""What is measured: every engine that can run here, with a model of its own where one is needed.

Models are those that the tests make; they mean nothing, but loading, batching, pipes and processes
are real.  So their rows tell what comes on top of a real model.
"""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from importlib.util import find_spec
from pathlib import Path

from benchmarks.engines.subject import Subject
from engines.endpoint import Endpoint, thinks
from engines.piper.voices import piper
from engines.sherpa.models import nemo_ctc, said, transducer
from engines.sherpa.voices import vits
from engines.smart_turn.models import real_model
from engines.speech import speaks, transcribes, transcribing_socket
from recordings import CHECKOUT
from repartee.engines import registry

MANY = 256  # turns that one process takes
WHISPER = "from engines.whisper.models import *; whisper_model(Path({folder!r}))"


async def subjects(folder: Path) -> AsyncIterator[Subject]:
    """All of them; what they need lies in `folder`, or is served until the next is asked for."""
    async with AsyncExitStack() as stack:
        for subject in [*_installed(folder), *_frames(), *_whisper(folder)]:
            yield subject
        for role, name, answer in (
            ("ears", "openai", transcribes),
            ("mind", "openai", thinks),
            ("voice", "openai", speaks),
        ):
            server = await stack.enter_async_context(Endpoint(answer).serving())
            yield Subject(role, name, f"{role}.{name}", {"url": server.url})
        url = await stack.enter_async_context(transcribing_socket())
        yield Subject("ears", "realtime", "ears.realtime", {"url": url})


def _installed(folder: Path) -> list[Subject]:
    crowded = {"threads": 1, "at_once": MANY}
    streaming = transducer(folder / "streaming", streaming=True)
    tones = folder / "tones.pcm"
    tones.write_bytes(said("", "HE", "LLO", "WORLD", "A", "", each_s=0.2))
    turn = real_model()
    made = [
        Subject("ears", "pocketsphinx", "ears.pocketsphinx"),
        Subject("voice", "espeak-ng", "voice.espeak-ng"),
        *(
            Subject(
                "ears",
                "sherpa-onnx",
                f"ears.sherpa-onnx, {kind}",
                {"model": str(model), **crowded},
                sound=str(tones),
            )
            for kind, model in (("streaming", streaming), ("whole turns", nemo_ctc(folder / "ctc")))
        ),
        Subject(
            "voice",
            "sherpa-onnx",
            "voice.sherpa-onnx",
            {"model": str(vits(folder / "vits")), **crowded},
        ),
        Subject(
            "voice", "piper", "voice.piper", {"model": str(piper(folder / "piper")), **crowded}
        ),
        *([Subject("turn", "smart-turn", "turn.smart-turn", {"model": str(turn)})] if turn else ()),
        Subject("turn", "prosody", "turn.prosody"),
        Subject("mind", "repartee-echo", "mind.repartee-echo"),
    ]
    here = {(each.role, each.name) for each in registry.installed() if not each.problem}
    return [each for each in made if (each.role, each.name) in here]


def _frames() -> list[Subject]:
    """What works in the server itself, see `frames`."""
    echo = [Subject("echo", "webrtc", "echo.webrtc")] if find_spec("livekit") else []
    return [Subject("vad", "silero", "vad.silero"), *echo, Subject("", "", "noise reduction")]


def _whisper(folder: Path) -> list[Subject]:
    """faster-whisper, in the environment that `make .engines/whisper/.installed` makes."""
    own = CHECKOUT / ".engines" / "whisper" / "bin" / "python"
    python = str(own) if own.exists() else sys.executable
    if python == sys.executable and find_spec("faster_whisper") is None:
        return []
    script = WHISPER.format(folder=str(folder / "whisper"))
    path = os.pathsep.join([str(CHECKOUT / "tests"), os.environ.get("PYTHONPATH", "")])
    subprocess.run([python, "-c", script], check=True, env=os.environ | {"PYTHONPATH": path})
    options = {"model": str(folder / "whisper")}
    return [Subject("ears", "faster-whisper", "ears.faster-whisper", options, python=python)]
