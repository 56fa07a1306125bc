"""The beta dialect: how it is asked for, its flat session, and what updates change of it."""

from typing import Any

from repartee.conformance.judges.configuration import shows
from repartee.conformance.play import beta_moves, moves
from repartee.conformance.play.beta_moves import is_refused
from repartee.conformance.play.case import case
from repartee.conformance.play.client import Client
from repartee.conformance.play.stage import Stage
from repartee.transports.client import Event

_FLAT = (
    *("modalities", "instructions", "voice", "input_audio_format", "output_audio_format"),
    *("turn_detection", "tools", "tool_choice", "temperature", "max_response_output_tokens"),
)


async def _opened(client: Client) -> Event:
    """The session of the first frame, which must be a flat one."""
    created = await client.next("session.created")
    client.check(created["type"] == "session.created", f"the first frame is {created['type']}")
    session: Event = created["session"]
    for name in ("type", "audio", "output_modalities"):
        client.check(name not in session, f"the session has the member {name} of GA")
    lacking = [name for name in _FLAT if name not in session]
    client.check(not lacking, f"the session lacks {lacking}")
    return session


@case("B013", "B015", dialect="beta")
async def the_header_asks_for_the_flat_session(stage: Stage) -> None:
    """OpenAI-Beta: realtime=v1 is served with the flat session, and is not turned away."""
    client = await stage.connect()
    session = await _opened(client)
    client.check(session["object"] == "realtime.session", f"it is a {session['object']}")
    client.check(session["id"].startswith("sess_"), f"the id is {session['id']!r}")
    model = stage.place.model
    client.check(session["model"] == model, f"the model is {session['model']!r}, not {model!r}")


@case("B013", "B004", dialect="beta")
async def the_subprotocol_asks_for_the_flat_session(stage: Stage) -> None:
    """The subprotocol openai-beta.realtime-v1 does the same; realtime alone is chosen."""
    key = stage.place.key or "sk-anything"
    offered = ("realtime", f"openai-insecure-api-key.{key}", "openai-beta.realtime-v1")
    client = await stage.connect(subprotocols=offered, headers={}, key=None)
    await _opened(client)
    assert client.wire is not None
    chosen = client.wire.subprotocol
    client.check(chosen == "realtime", f"the server chooses the subprotocol {chosen!r}")


@case("B013", dialect="beta")
async def the_header_is_read_by_its_words(stage: Stage) -> None:
    """realtime=v1 may stand among others; assistants=v2 alone asks for nothing."""
    among = {"OpenAI-Beta": "assistants=v2, realtime=v1"}
    await _opened(await stage.connect(headers=among))
    other = await stage.connect(headers={"OpenAI-Beta": "assistants=v2"}, dialect="ga")
    created = await other.expect("session.created")
    kind = created["session"].get("type")
    other.check(kind == "realtime", f"assistants=v2 opens a session of type {kind!r}")


@case("B014", dialect="beta")
async def the_defaults_are_those_of_the_beta(stage: Stage) -> None:
    """Audio and text, alloy, pcm16, server_vad with 0.5, 300 and 500 ms, temperature 0.8."""
    client = await stage.connect()
    session = await _opened(client)
    expected: dict[str, Any] = {
        "voice": "alloy",
        "input_audio_format": "pcm16",
        "output_audio_format": "pcm16",
        "tools": [],
        "tool_choice": "auto",
        "temperature": 0.8,
        "max_response_output_tokens": "inf",
    }
    for name, value in expected.items():
        client.check(session[name] == value, f"{name} is {session[name]!r}")
    client.check(sorted(session["modalities"]) == ["audio", "text"], "modalities are not both")
    client.check(session.get("input_audio_transcription") is None, "transcription is on")
    detection = session["turn_detection"] or {}
    wanted = {**moves.VAD, "silence_duration_ms": 500}
    client.check(shows(wanted, detection), f"turn_detection is {detection}")


@case("B025", "B026", dialect="beta")
async def a_flat_update_is_merged(stage: Stage) -> None:
    """session.updated shows the whole flat session, with what was said and nothing else changed."""
    client = await stage.connect()
    before = await _opened(client)
    said = {"instructions": "Hum.", "voice": "echo", "input_audio_format": "g711_ulaw"}
    shown = await stage.update(client, **said)
    wanted = {**before, **said}
    changed = [name for name in wanted if shown.get(name) != wanted[name]]
    client.check(not changed, f"{changed} are not as they should be")


@case("B027", dialect="beta")
async def flat_settings_can_be_cleared(stage: Stage) -> None:
    """instructions "", tools [], and null for turn detection and transcription."""
    client = await stage.session(
        instructions="Hum.",
        tools=[moves.WEATHER],
        input_audio_transcription={"model": "whisper-1"},
    )
    off: dict[str, Any] = {"turn_detection": None, "input_audio_transcription": None}
    off |= {"instructions": "", "tools": []}
    shown = await stage.update(client, **off)
    for name, value in off.items():
        client.check(shown.get(name) == value, f"{name} is {shown.get(name)!r}")


@case("B028", "B029", dialect="beta")
async def members_of_ga_are_unknown(stage: Stage) -> None:
    """The nested members of GA are unknown_parameter, and nothing beside them is taken."""
    client = await stage.session(instructions="Hum.")
    nested: dict[str, Any] = {
        "audio": {"output": {"voice": "echo"}},
        "output_modalities": ["text"],
        "max_output_tokens": 100,
    }
    for name, value in nested.items():
        said = {"instructions": "Sing.", name: value}
        await is_refused(client, said, code="unknown_parameter", param=f"session.{name}")
    shown = await stage.update(client)
    client.check(shown["instructions"] == "Hum.", "the instructions of a refused update hold")


@case("B030", dialect="beta")
async def the_flat_voice_is_locked_once_heard(stage: Stage) -> None:
    """After assistant audio another voice is refused, cannot_update_voice; the same is not."""
    client = await beta_moves.manual(stage, voice="alloy")
    await beta_moves.spoken(client)
    await is_refused(client, {"voice": "echo"}, code="cannot_update_voice", param=None)
    event_id = client.send("response.create", response={"voice": "echo"})
    await client.refused(event_id, code="cannot_update_voice")
    shown = await stage.update(client, voice="alloy")
    client.check(shown["voice"] == "alloy", f"the voice is {shown['voice']!r}")


@case("B036", dialect="beta")
async def max_response_output_tokens_has_a_range(stage: Stage) -> None:
    """1, 4096 and inf are taken; others are refused by the flat name."""
    client = await stage.session()
    name = "max_response_output_tokens"
    for limit in (1, 4096, "inf"):
        shown = await stage.update(client, **{name: limit})
        client.check(shown[name] == limit, f"{name} is {shown[name]!r}, not {limit!r}")
    for limit in (0, 4097, "all"):
        await is_refused(client, {name: limit}, param=f"session.{name}")


@case("B038", dialect="beta")
async def modalities_are_text_or_both(stage: Stage) -> None:
    """[text] and [audio, text] in any order are taken; [audio] alone is refused."""
    client = await stage.session()
    for modalities in (["text"], ["text", "audio"], ["audio", "text"]):
        shown = await stage.update(client, modalities=modalities)
        told = shown["modalities"]
        client.check(sorted(told) == sorted(modalities), f"modalities are {told}")
    await is_refused(client, {"modalities": ["audio"]})
    event_id = client.send("response.create", response={"modalities": ["audio"]})
    await client.refused(event_id)


@case("B040", dialect="beta")
async def temperature_has_a_range(stage: Stage) -> None:
    """temperature takes 0.6 to 1.2 and nothing else."""
    client = await stage.session()
    for value in (0.6, 1.2, 0.8):
        shown = await stage.update(client, temperature=value)
        client.check(shown["temperature"] == value, f"temperature is {shown['temperature']}")
    for value in (0.5, 1.3):
        await is_refused(client, {"temperature": value})
    shown = await stage.update(client)
    client.check(shown["temperature"] == 0.8, "a refused temperature holds")


@case("B041", dialect="beta")
async def the_flat_threshold_has_a_range(stage: Stage) -> None:
    """threshold outside 0 and 1 is refused with param session.turn_detection.threshold."""
    client = await stage.session()
    for value in (-0.1, 1.1):
        said = {"turn_detection": {**moves.VAD, "threshold": value}}
        await is_refused(client, said, param="session.turn_detection.threshold")


@case("B043", dialect="beta")
async def flat_semantic_turn_detection_shows_its_eagerness(stage: Stage) -> None:
    """semantic_vad is taken, and its eagerness echoed."""
    client = await stage.session()
    asked = {"type": "semantic_vad", "eagerness": "low", "create_response": False}
    shown = await stage.update(client, turn_detection=asked)
    client.check(shows(asked, shown["turn_detection"]), f"it is {shown['turn_detection']}")


@case("B039", dialect="beta")
async def formats_are_words(stage: Stage) -> None:
    """pcm16, g711_ulaw and g711_alaw are taken both ways; others are refused."""
    client = await stage.session()
    names = ("input_audio_format", "output_audio_format")
    for word in ("g711_ulaw", "g711_alaw", "pcm16"):
        shown = await stage.update(client, **dict.fromkeys(names, word))
        for name in names:
            client.check(shown[name] == word, f"{name} is {shown[name]!r}, not {word!r}")
    for name in names:
        await is_refused(client, {name: "opus"}, param=f"session.{name}")
