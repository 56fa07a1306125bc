"""Names of models, and the engines that the operator's settings give them."""

from pathlib import Path
from typing import Any

import pytest
from openai import NotFoundError, OpenAI

from engines.endpoint import Endpoint, says_text
from live.caller import calling
from live.minds import in_turn, nobody
from live.relay import served
from live.server import serving
from live.thinking import told_system

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

MODELS = """
mind = "repartee-echo"
voice = "fake"
ears = "fake"

[models]
default = "house"
aliases = ["gpt-realtime"]

[models."gpt-4o-*"]
mind.engine = "openai"
mind.url = "{url}"
session.instructions = "You are a patient teacher."

[models."gpt-4o-mini"]
mind.engine = "fake"
mind.text = "Mini is my name."
session.voice = "cedar"
"""


async def test_models_have_engines_of_their_own(tmp_path: Path) -> None:
    async with Endpoint(in_turn(says_text("I ", "was asked."))).serving() as mind:
        (tmp_path / "repartee.toml").write_text(MODELS.format(url=mind.url))
        async with served(tmp_path) as url:
            async with calling(url, "gpt-4o-realtime-preview") as caller:
                session = caller.told[0].session
                assert session.model == "gpt-4o-realtime-preview"
                assert session.instructions == "You are a patient teacher."
                assert answer_text(await caller.ask("Hello.")) == "I was asked."
                assert told_system(mind) == "You are a patient teacher."
            async with calling(url, "gpt-4o-mini") as caller:
                assert caller.told[0].session.audio.output.voice == "cedar"
                assert answer_text(await caller.ask("Hello.")) == "Mini is my name."
            async with calling(url, "anything-else") as caller:
                assert caller.told[0].session.model == "anything-else"
                assert answer_text(await caller.ask("Hello.")).endswith("You said: Hello.")


def answer_text(done: Any) -> str:
    return str(done.response.output[0].content[0].text)


def test_models_are_listed(tmp_path: Path) -> None:
    """The names that stand in the settings; patterns are none."""
    (tmp_path / "repartee.toml").write_text(MODELS.format(url=nobody()))
    with serving(tmp_path) as server, OpenAI(base_url=server.url, api_key="none") as client:
        listed = [model.id for model in client.models.list()]
        assert listed == ["house", "gpt-realtime", "gpt-4o-mini"]
        assert client.models.retrieve("gpt-4o-mini").owned_by == "repartee"
        with pytest.raises(NotFoundError, match="gpt-4o-maxi"):
            client.models.retrieve("gpt-4o-maxi")
