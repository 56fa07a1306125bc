"""What every language model must do."""

import asyncio
from typing import Any

import msgspec

from repartee.conformance.engines.checks import (
    STOP_S,
    collect,
    require,
    require_close,
    require_free_loop,
)
from repartee.conformance.engines.ears import sound
from repartee.engines.protocols import (
    LanguageModel,
    Result,
    Speech,
    Stopped,
    Text,
    ToolCall,
)
from repartee.protocol.audio import RATE
from repartee.protocol.prompt import (
    Call,
    CallOutput,
    Line,
    Message,
    Prompt,
    Sound,
    Tool,
    VoiceChoice,
)

MANY = 8
_CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = (Tool("get_weather", "The weather in a city.", _CITY), Tool("hang_up", "End the call."))
QUESTION = Message("user", "How are you today?")


def prompt(*lines: Line, **fields: Any) -> Prompt:
    return Prompt(lines=lines, instructions="Answer briefly.", **fields)


async def ask(engine: LanguageModel, question: Prompt) -> list[Result]:
    """The answer to `question`, in the order that answers have: text, calls, and how it ended."""
    results = await collect(engine.reply(question))
    order = [_place(result) for result in results]
    kinds = [type(result).__name__ for result in results]
    require(order == sorted(order), f"it gave, in this order, {', '.join(dict.fromkeys(kinds))}")
    require(kinds.count("Usage") <= 1, "it counted its tokens more than once")
    return results


def _place(result: Result) -> int:
    return 0 if isinstance(result, Text | Speech) else 1 if isinstance(result, ToolCall) else 2


def text_of(results: list[Result]) -> str:
    return "".join(result.text for result in results if isinstance(result, Text))


def calls_of(results: list[Result]) -> dict[str, tuple[str, str]]:
    """Name and arguments of each call, by its key."""
    calls: dict[str, tuple[str, str]] = {}
    for result in results:
        if isinstance(result, ToolCall):
            name, arguments = calls.get(result.key, (result.name, ""))
            require(bool(name), "the first piece of a call has no name")
            require(result.name in ("", name), f"a call to {name} went on as {result.name}")
            calls[result.key] = name, arguments + result.arguments
    return calls


async def answers(engine: LanguageModel) -> None:
    """A question is answered with text."""
    require(bool(text_of(await ask(engine, prompt(QUESTION))).strip()), "it said nothing")


async def answers_any_script(engine: LanguageModel) -> None:
    """What is said may be in any script, or nothing at all."""
    for said in ("「東京」は naïve 👩\u200d🚀?", "", " \n"):
        await ask(engine, prompt(Message("user", said)))
    await ask(engine, Prompt(lines=()))


async def reads_whole_conversations(engine: LanguageModel) -> None:
    """Messages of all roles, calls with and without outputs, and interruptions are understood."""
    await ask(
        engine,
        prompt(
            Message("system", "The caller is Zoë."),
            Message("assistant", "Hello."),
            QUESTION,
            Message("assistant", ""),
            Call("call_1", "get_weather", '{"city": "Rome"}'),
            Call("call_2", "hang_up", '{"cut o'),
            Message("user", "Never mind."),
            CallOutput("call_1", '{"sky": "clear"}'),
            CallOutput("call_0", "nobody asked for this"),
            tools=TOOLS,
        ),
    )


async def takes_sound_if_it_hears(engine: LanguageModel) -> None:
    """One that hears is told what the user said as sound, of any length."""
    if not getattr(engine, "hears", False):
        return
    for pcm in (bytes(2), sound(RATE), sound(RATE, 0.3)):
        await ask(engine, prompt(Message("user", "", sounds=(Sound(pcm),), id="item_1")))


async def speaks_if_it_says_so(engine: LanguageModel) -> None:
    """One that speaks gives words with their sound where it is told how, and text elsewhere."""
    if not getattr(engine, "speaks", False):
        return
    rate = getattr(engine, "rate", None)
    require(isinstance(rate, int) and rate > 0, f"it states a rate of {rate!r}")
    results = await ask(engine, prompt(QUESTION, voice=VoiceChoice()))
    spoken = [result for result in results if isinstance(result, Speech)]
    require(any(speech.pcm for speech in spoken), "it gave no sound")
    require(any(speech.text.strip() for speech in spoken), "it gave sound without its words")
    odd = any(len(speech.pcm) % 2 for speech in spoken)
    require(not odd, "it gave half a sample")
    wrote = await ask(engine, prompt(QUESTION))
    spoke = any(isinstance(result, Speech) for result in wrote)
    require(not spoke, "it spoke although text was wanted")


async def calls_when_it_must(engine: LanguageModel) -> None:
    """Where a call is required, one of the functions is called with an object."""
    await _require_call(engine, "required", {tool.name for tool in TOOLS})


async def calls_what_it_must(engine: LanguageModel) -> None:
    """Where a function is forced, that one is called with an object."""
    for tool in TOOLS:
        await _require_call(engine, f"={tool.name}", {tool.name})


async def _require_call(engine: LanguageModel, choice: str, names: set[str]) -> None:
    question = Message("user", "What is the weather in Rome?")
    calls = calls_of(await ask(engine, prompt(question, tools=TOOLS, tool_choice=choice)))
    require(bool(calls), "it called nothing")
    for name, arguments in calls.values():
        require(name in names, f"it called {name}")
        try:
            msgspec.json.decode(arguments, type=dict[str, Any])
        except msgspec.MsgspecError:
            require(False, f"it called {name} with {arguments!r}, which is no JSON object")


async def calls_nothing_when_told(engine: LanguageModel) -> None:
    """Where calls are ruled out, it answers with words."""
    question = Message("user", "Get the weather in Rome, then hang up.")
    results = await ask(engine, prompt(question, tools=TOOLS, tool_choice="none"))
    called = [name for name, _ in calls_of(results).values()]
    require(not called, f"it called {', '.join(called)}")


async def heeds_its_limit(engine: LanguageModel) -> None:
    """Few tokens give a short answer; where it was cut off, it says why."""
    results = await ask(engine, prompt(QUESTION, max_output_tokens=2))
    said = text_of(results)
    require(len(said) <= 100, f"two tokens gave {len(said)} characters")
    stopped = [result.reason for result in results if isinstance(result, Stopped)]
    known = {"max_output_tokens", "content_filter"}
    require(set(stopped) <= known, f"it says that it stopped because of {', '.join(stopped)}")


async def stops_when_closed(engine: LanguageModel) -> None:
    """Closing the answer in mid-sentence stops the work, and the engine can be used again."""
    await require_close(engine.reply(prompt(QUESTION)))
    await answers(engine)


async def stops_when_cancelled(engine: LanguageModel) -> None:
    """Cancelling the reader before the first word stops the work as well."""
    asking = asyncio.create_task(collect(engine.reply(prompt(QUESTION))))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait({asking}, timeout=STOP_S)
    require(asking.done(), f"it went on for more than {STOP_S:g} s after it was cancelled")
    require(asking.cancelled(), "it swallowed its cancellation")
    await answers(engine)


async def serves_many_at_once(engine: LanguageModel) -> None:
    """Eight questions at once are all answered."""
    questions = [prompt(Message("user", f"What comes after {place}?")) for place in range(MANY)]
    together = await asyncio.gather(*(ask(engine, question) for question in questions))
    silent = sum(not text_of(answer).strip() for answer in together)
    require(not silent, f"to {silent} of {MANY} questions it said nothing")


async def leaves_the_loop_free(engine: LanguageModel) -> None:
    """The event loop is never held up while it answers."""
    await require_free_loop(lambda: ask(engine, prompt(QUESTION)))


CHECKS = (
    answers,
    answers_any_script,
    reads_whole_conversations,
    takes_sound_if_it_hears,
    speaks_if_it_says_so,
    calls_when_it_must,
    calls_what_it_must,
    calls_nothing_when_told,
    heeds_its_limit,
    stops_when_closed,
    stops_when_cancelled,
    serves_many_at_once,
    leaves_the_loop_free,
)
