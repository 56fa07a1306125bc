"""What was heard is what was said, at every speed that a client may ask for."""

import re
from collections.abc import AsyncGenerator

import pytest

from client_double import EngineDouble, conversation
from repartee.engines.fake import FakeSynthesizer
from repartee.engines.protocols import Text
from repartee.protocol.prompt import Message, Prompt
from virtual_time import run

TEXT = "One two three four five six seven eight nine ten."
CHARACTER_MS = 60


class Remembering:
    """A model that always says the same, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Prompt] = []

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Text, None]:
        self.asked.append(prompt)
        yield Text(TEXT)


@pytest.mark.parametrize("speed", [0.25, 0.5, 1, 1.25, 1.5])
@pytest.mark.parametrize("word", range(10))
@pytest.mark.parametrize("late_ms", [-4, 4])
def test_the_model_is_told_the_words_that_had_begun(speed: float, word: int, late_ms: int) -> None:
    begins = [found.start() for found in re.finditer(r"\S+", TEXT)]
    end_ms = max(0, round(begins[word] * CHARACTER_MS / speed) + late_ms)
    heard = TEXT[: [*begins, len(TEXT)][word + (late_ms > 0)]]

    async def play() -> None:
        mind = Remembering()
        voice = FakeSynthesizer(ms_per_character=CHARACTER_MS)
        async with conversation(EngineDouble(mind=mind, voice=voice)) as client:
            audio = {"output": {"speed": speed}}
            client.say("session.update", session={"type": "realtime", "audio": audio})
            client.say("response.create")
            done = await client.until("response.output_item.done")
            await client.until("response.done")
            client.say(
                "conversation.item.truncate",
                item_id=done["item"]["id"],
                content_index=0,
                audio_end_ms=end_ms,
            )
            await client.until("conversation.item.truncated")
            client.say("response.create")
            await client.until("response.done", 2)
            told = [line.text for line in mind.asked[1].lines if isinstance(line, Message)]
            assert "".join(told) == heard

    run(play())
