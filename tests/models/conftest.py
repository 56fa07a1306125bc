"""A machine without models, and a hub that has one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.scripted_hub import ScriptedHub

REPOSITORY = "pipecat-ai/smart-turn-v3"  # that of an entry which is one file


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's cache, which is empty."""
    for name in ("HF_ENDPOINT", "HF_TOKEN", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "hub"
    monkeypatch.setenv("HF_HUB_CACHE", str(folder))
    return folder


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedHub]:
    """A hub with a model that is one large file, and with what stands beside it."""
    scripted = ScriptedHub(REPOSITORY)
    scripted.large["smart-turn-v3.2-cpu.onnx"] = bytes(range(256)) * 400
    scripted.large["smart-turn-v3.2-gpu.onnx"] = b"not for us"
    scripted.small["README.md"] = b"---\nlicense: bsd-2-clause\n---\n"
    scripted.small["train.pt"] = b"\x80\x02."
    with scripted.serving():
        monkeypatch.setenv("HF_ENDPOINT", scripted.url)
        yield scripted
