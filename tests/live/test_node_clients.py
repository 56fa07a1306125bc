"""Stock clients for Node.js, unmodified: what each lets its user see and hear."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from live.engine_sets import HEARD, LONG, UNHURRIED
from live.node import play
from live.relay import watching
from live.server import Server, serving
from recordings import RATE, microphone, read

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

BYTES_PER_S = 2 * RATE
WHILE_BYTES = BYTES_PER_S // 2  # what is listened to, before an answer is stopped
MS_PER_CHARACTER = 60  # of the fake voice

WORDS = read("lj_LJ001-0002")
SPOKEN_S = len(WORDS) / RATE
BEGIN_S, END_S = 0.3, 0.3 + SPOKEN_S
LONGEST_PAUSE_S = 4.0  # of semantic_vad, which some have by default
SENTENCE = microphone([(BEGIN_S, WORDS)], END_S + LONGEST_PAUSE_S)


@dataclass(frozen=True)
class Client:
    """A script in tests/node, and a way to use the client that it is about."""

    script: str
    variant: str

    @property
    def speaks_only_tls(self) -> bool:
        """openai-node speaks wss whatever it is told."""
        return self.script == "openai"

    def way(self, server: Server) -> Server:
        """Where the client's paths begin; Azure's do not begin with a version."""
        is_azures = "azure" in str(self)
        return replace(server, url=server.url.removesuffix("/v1")) if is_azures else server

    def __str__(self) -> str:
        return f"{self.script}:{self.variant}"


AGENTS = [Client("agents", "defaults"), Client("agents", "configured")]
CUT_SHORT = [
    ("user", "completed"),
    ("assistant", "incomplete"),
    ("user", "completed"),
    ("assistant", "incomplete"),
]
REFERENCE = [Client("reference", "native"), Client("reference", "ws")]
AZURE = Client("azure", "preview")
GA = [Client("openai", "realtime/ws"), Client("openai", "realtime/websocket")]
BETA = [Client("openai", "beta/realtime/ws"), Client("openai", "beta/realtime/websocket")]

every_client = pytest.mark.parametrize("client", [*GA, *BETA, *AGENTS, *REFERENCE, AZURE], ids=str)
Host = Callable[[Client], Server]


@pytest.fixture(scope="module")
def secure_unhurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("secure"), *UNHURRIED, "--tls-self-signed") as server:
        yield server


@pytest.fixture
def quickly(quick: Server, secure: Server) -> Host:
    return lambda client: secure if client.speaks_only_tls else quick


@pytest.fixture
def unhurriedly(unhurried: Server, secure_unhurried: Server) -> Host:
    return lambda client: secure_unhurried if client.speaks_only_tls else unhurried


async def played(client: Client, scene: str, server: Server) -> dict[str, Any]:
    """What the client's user witnessed; nobody may find fault with what the client was told."""
    certificate = server.certificate if client.speaks_only_tls else None
    async with watching(client.way(server)) as relay:
        witness: dict[str, Any] = await play(
            client.script, client.variant, scene, relay.url, SENTENCE, certificate
        )
    return witness


def whole(answer: str) -> int:
    """The bytes of sound that the fake voice makes of an answer."""
    return len(answer) * MS_PER_CHARACTER * BYTES_PER_S // 1000


@every_client
async def test_a_written_turn(client: Client, quickly: Host) -> None:
    witness = await played(client, "written", quickly(client))
    (answer,) = witness["answers"]
    assert answer.endswith("You said: How do you do?")
    if client not in AGENTS:  # which are answered aloud
        assert not witness["audioBytes"]


@every_client
async def test_a_spoken_turn(client: Client, quickly: Host) -> None:
    witness = await played(client, "spoken", quickly(client))
    (answer,) = witness["answers"]
    assert witness["heard"] == [HEARD]
    assert answer.endswith(f"You said: {HEARD}")
    assert witness["audioBytes"] == whole(answer)
    assert 0 <= witness["spoken"]["start"] <= BEGIN_S
    pause_s = LONGEST_PAUSE_S if client.variant == "defaults" else 0.7
    assert END_S <= witness["spoken"]["end"] <= END_S + pause_s


@every_client
async def test_a_function_call_and_its_answer(client: Client, quickly: Host) -> None:
    witness = await played(client, "called", quickly(client))
    (called,) = witness["calls"]
    assert isinstance(called["place"], str)
    (answer,) = witness["answers"]
    assert "The function answered: " in answer
    assert "It rains." in answer


@every_client
async def test_an_answer_is_cancelled(client: Client, unhurriedly: Host) -> None:
    witness = await played(client, "cancelled", unhurriedly(client))
    (answer,) = witness["answers"]
    assert LONG.startswith(answer)
    assert WHILE_BYTES <= witness["audioBytes"] < whole(LONG) / 2
    assert witness["reasons"] in (None, ["client_cancelled"])


@every_client
async def test_speech_interrupts_an_answer(client: Client, unhurriedly: Host) -> None:
    witness = await played(client, "interrupted", unhurriedly(client))
    first, second = witness["answers"]
    assert LONG.startswith(first)
    assert LONG.startswith(second)
    (heard,) = witness["heard"]
    (heard_s,) = re.findall(r"I heard ([0-9.]+) seconds", heard)
    assert SPOKEN_S - 0.5 < float(heard_s) < SPOKEN_S + 0.5
    assert 2 * WHILE_BYTES <= witness["audioBytes"] < whole(LONG) / 2
    assert witness["reasons"] in (None, ["turn_detected", "client_cancelled"])
    if client in AGENTS:
        # They truncate by the clock, and retrieve their history anew after that.
        assert 0 < witness["leftBytes"] < witness["audioBytes"]
        assert [(item["role"], item["status"]) for item in witness["history"]] == CUT_SHORT
    elif client != AZURE:  # which truncates nothing
        assert witness["leftBytes"] == WHILE_BYTES


@pytest.mark.parametrize("client", REFERENCE, ids=str)
async def test_the_reference_client_pushes_to_talk(client: Client, quickly: Host) -> None:
    witness = await played(client, "pushed", quickly(client))
    assert witness["heard"] == [HEARD]
    assert witness["answers"][0].endswith(f"You said: {HEARD}")


@pytest.mark.parametrize("variant", ["realtime/ws", "realtime/websocket"])
@pytest.mark.parametrize("shape", ["", "beta/"])
async def test_openai_node_goes_azures_ways(shape: str, variant: str, quickly: Host) -> None:
    client = Client("openai", f"azure:{shape}{variant}")
    witness = await played(client, "spoken", quickly(client))
    assert witness["heard"] == [HEARD]
    assert witness["answers"][0].endswith(f"You said: {HEARD}")


@pytest.mark.parametrize("client", GA, ids=str)
async def test_openai_node_has_speech_transcribed(client: Client, quickly: Host) -> None:
    witness = await played(client, "transcribed", quickly(client))
    assert witness["heard"] == [HEARD]
    assert witness["spoken"].keys() == {"start", "end"}
    assert not witness["answers"]
