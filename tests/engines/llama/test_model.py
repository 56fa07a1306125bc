"""The model as sessions use it, with its process."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from engines.llama.models import BEGIN, END, gguf_model
from repartee.engines import registry
from repartee.engines.llama import model as llama
from repartee.engines.llama.model import Llama
from repartee.engines.protocols import EngineError, Stopped, Text, Usage
from repartee.protocol.prompt import Message, Prompt

PLACES = 2


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gguf_model(tmp_path_factory.mktemp("llama") / "endless.gguf", ends=False)


@pytest_asyncio.fixture
async def mind(file: Path) -> AsyncIterator[Llama]:
    async for each in opened(file):
        yield each


@pytest_asyncio.fixture
async def talker(endless: Path) -> AsyncIterator[Llama]:
    async for each in opened(endless, context=100_000):
        yield each


async def opened(file: Path, **options: Any) -> AsyncIterator[Llama]:
    model = made(file, **options)
    await model.open()
    try:
        yield model
    finally:
        await model.close()


def made(file: Path | str, **options: Any) -> Llama:
    few = {"at_once": PLACES, "threads": 1, "context": 4096, "cache_mib": 16, "seed": 5}
    model = registry.make("mind", "llama", {"model": str(file), **few, **options})
    assert isinstance(model, Llama)
    return model


def asked(text: str, **fields: Any) -> Prompt:
    return Prompt((Message("user", text),), **fields)


async def answer(mind: Llama, prompt: Prompt) -> list[Any]:
    async with aclosing(mind.reply(prompt)) as results:
        return [result async for result in results]


async def read(mind: Llama, text: str) -> int:
    """How many tokens the model has read."""
    (usage,) = (
        result
        for result in await answer(mind, asked(text, max_output_tokens=1))
        if isinstance(result, Usage)
    )
    return usage.input_tokens


async def test_the_same_seed_gives_the_same_answer(mind: Llama) -> None:
    first = await answer(mind, asked("hello", max_output_tokens=20))
    again = await answer(mind, asked("hello", max_output_tokens=20))
    texts = [[each for each in results if isinstance(each, Text)] for results in (first, again)]
    assert texts[0]
    assert texts[0] == texts[1]


async def test_an_answer_ends_where_it_is_told_to(talker: Llama) -> None:
    results = await answer(talker, asked("hello", max_output_tokens=7))
    assert Stopped("max_output_tokens") in results
    assert any(isinstance(each, Usage) and each.output_tokens == 7 for each in results)


async def test_control_tokens_in_a_message_are_text(mind: Llama) -> None:
    plain = await read(mind, "hello")
    for token in (END, BEGIN):
        # A letter is a token; the whole marker would be a single one.
        assert await read(mind, f"hello{token}") >= plain + len(token)


async def test_leaving_answers_frees_their_places(talker: Llama) -> None:
    pids = talker.pids
    for _ in range(3 * PLACES):
        async with aclosing(talker.reply(asked("hello"))) as results:
            await anext(results)
    # They would go on for 100 000 tokens each.
    assert await answer(talker, asked("hello", max_output_tokens=3))
    assert talker.pids == pids


async def test_a_question_that_is_being_read_can_be_left(talker: Llama) -> None:
    asking = asyncio.create_task(answer(talker, asked("long " * 15_000)))
    assert await answer(talker, asked("hello", max_output_tokens=1))  # in the place beside it
    assert not asking.done()
    asking.cancel()
    await asyncio.wait([asking])
    assert await answer(talker, asked("hello", max_output_tokens=3))


async def test_answers_are_made_side_by_side(talker: Llama) -> None:
    async with aclosing(talker.reply(asked("hello"))) as one:
        await anext(one)
        async with aclosing(talker.reply(asked("you"))) as other:
            for results in (one, other, one, other):
                assert isinstance(await anext(results), Text)


async def test_a_conversation_that_is_too_long_is_told(mind: Llama) -> None:
    with pytest.raises(EngineError, match=r"longer than the 4096 tokens .* mind\.context"):
        await answer(mind, asked("hello " * 2_000))
    assert await answer(mind, asked("hello", max_output_tokens=1))


async def test_a_template_that_refuses_is_told(file: Path, tmp_path: Path) -> None:
    template = tmp_path / "strict.jinja"
    template.write_text(
        "{{ raise_exception('roles must alternate') if messages | length > 1 }}"
        "{{ messages[0].content }}"
    )
    twice = Prompt((Message("user", "one"), Message("user", "two")))
    async for mind in opened(file, chat_template=str(template)):
        with pytest.raises(EngineError, match=r"refuses the conversation: roles must alternate"):
            await answer(mind, twice)
        assert await answer(mind, asked("hello", max_output_tokens=1))


async def test_a_crash_is_told_and_the_next_question_is_answered(talker: Llama) -> None:
    async with aclosing(talker.reply(asked("hello"))) as results:
        await anext(results)
        os.kill(talker.pids[0], signal.SIGKILL)
        with pytest.raises(EngineError, match=r"llama\.cpp crashed \(Killed\)"):
            async for _ in results:
                pass
    assert await answer(talker, asked("hello", max_output_tokens=1))


async def test_it_stays_when_the_server_is_told_to_end(mind: Llama) -> None:
    before = mind.pids
    for each in (signal.SIGTERM, signal.SIGINT):
        os.kill(before[0], each)
    assert await answer(mind, asked("hello", max_output_tokens=1))
    assert mind.pids == before


async def test_nobody_else_can_ask_it(mind: Llama) -> None:
    assert ways_in(mind.pids[0]) == []


def ways_in(pid: int) -> list[str]:
    """The addresses of a process that somebody could connect to."""
    process = Path(f"/proc/{pid}")
    links = [os.readlink(each) for each in (process / "fd").iterdir()]
    own = {link.removeprefix("socket:[").rstrip("]") for link in links}
    ways = []
    for line in (process / "net" / "tcp").read_text().splitlines()[1:]:
        _, address, _, _, _, _, _, _, _, inode, *_ = line.split()
        ways += [address] if inode in own else []
    for line in (process / "net" / "unix").read_text().splitlines()[1:]:
        _, _, _, _, _, _, inode, *path = line.split()
        ways += [each for each in path if inode in own and os.path.exists(each)]
    return ways


@pytest.fixture
def broken(file: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "broken.gguf"
    path.write_bytes(file.read_bytes()[request.param])
    return path


@pytest.mark.parametrize(
    ("broken", "reason"),
    [(slice(1, None), "is no GGUF"), (slice(1_000), "is cut off"), (slice(-5_000), "file bounds")],
    indirect=["broken"],
)
async def test_what_cannot_be_loaded_is_told(broken: Path, reason: str) -> None:
    with pytest.raises(EngineError, match=rf"llama\.cpp cannot be loaded: {broken}: .*{reason}"):
        await made(broken).open()


async def test_a_broken_template_is_told(file: Path, tmp_path: Path) -> None:
    template = tmp_path / "broken.jinja"
    template.write_text("{% for ")
    with pytest.raises(EngineError, match="Parser Error"):
        await made(file, chat_template=str(template)).open()


@pytest.mark.parametrize(
    ("name", "reason"),
    [("qwen3-4b", "`repartee models pull qwen3-4b`"), (".", "is a folder")],
)
def test_a_model_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, reason: str
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(registry.UnusableEngine, match=reason):
        made(name)


async def test_a_missing_wheel_is_told_with_its_remedy(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llama, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match=r"pip install 'repartee\[llama\]'"):
        await made(file).open()


def test_it_is_loaded_only_in_its_process() -> None:
    script = "import sys, repartee.engines.llama.model; print('xllamacpp' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
