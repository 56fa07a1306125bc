"""The engines that the contract is checked for: all that are installed, and the example's."""

import sys
import tomllib
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from engines.endpoint import Answer, Endpoint, thinks
from engines.llama.models import gguf_model
from engines.piper.voices import piper
from engines.realtime.upstream import serving
from engines.sherpa.models import nemo_ctc
from engines.sherpa.voices import vits
from engines.smart_turn.models import tiny_model
from engines.speech import speaks, transcribes, transcribing_socket
from repartee.engines import registry
from repartee.engines.registry import Role

PARROT = Path(__file__).parents[2] / "examples" / "parrot"

# Too large for this environment; its own tests, in an environment of theirs, check the contract.
ELSEWHERE = {"faster-whisper"}

# Those that cannot be imported here are left out: that they say why is the registry's affair.
ENGINES: list[tuple[Role, str]] = [
    *(
        (each.role, each.name)
        for each in registry.installed()
        if not each.problem and each.name not in ELSEWHERE
    ),
    ("voice", "parrot"),
]

# What is on the other side of an engine that asks an endpoint.
ENDPOINTS: dict[tuple[Role, str], Answer] = {
    ("ears", "openai"): transcribes,
    ("mind", "openai"): thinks,
    ("voice", "openai"): speaks,
}


@contextmanager
def parrot_installed(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make the example what `pip install` would make of it."""
    with installed(folder, patch, (PARROT / "pyproject.toml").read_text(), PARROT):
        yield


@contextmanager
def installed(
    folder: Path, patch: pytest.MonkeyPatch, pyproject: str, sources: Path
) -> Iterator[None]:
    """A package as its pyproject.toml has it; `folder` takes what an installer writes."""
    project = tomllib.loads(pyproject)["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.4\nName: {project['name']}\nVersion: {project['version']}\n"
        f"License-Expression: {project['license']}\n"
    )
    lines = [f"[{group}]" for group in project["entry-points"]]
    for entries in project["entry-points"].values():
        lines += [f"{name} = {value}" for name, value in entries.items()]
    (info / "entry_points.txt").write_text("\n".join(lines))
    patch.syspath_prepend(str(folder))
    patch.syspath_prepend(str(sources))
    try:
        yield
    finally:
        for value in project["entry-points"]["repartee.engines"].values():
            sys.modules.pop(value.partition(":")[0], None)


@asynccontextmanager
async def running(role: Role, name: str) -> AsyncIterator[Any]:
    """The engine, made by name and opened; one that needs an endpoint gets one."""
    async with AsyncExitStack() as stack:
        options: dict[str, Any] = {}
        if (role, name) in ENDPOINTS:
            server = Endpoint(ENDPOINTS[role, name]).serving()
            options["url"] = (await stack.enter_async_context(server)).url
        elif name == "realtime":
            asked = transcribing_socket() if role == "ears" else serving()
            options["url"] = await stack.enter_async_context(asked)
        elif role == "turn" and name in ("auto", "smart-turn"):
            folder = stack.enter_context(TemporaryDirectory())
            options["model"] = tiny_model(Path(folder))
        elif name == "llama":
            folder = stack.enter_context(TemporaryDirectory())
            options |= {"model": str(gguf_model(Path(folder) / "tiny.gguf")), "seed": 5}
        elif name == "piper":
            folder = stack.enter_context(TemporaryDirectory())
            options["model"] = piper(Path(folder))
        elif name == "sherpa-onnx":
            folder = stack.enter_context(TemporaryDirectory())
            make = nemo_ctc if role == "ears" else vits
            options["model"] = str(make(Path(folder)))
        engine: Any = registry.make(role, name, options)
        if hasattr(engine, "close"):
            stack.push_async_callback(engine.close)
        if hasattr(engine, "open"):
            await engine.open()
        yield engine
