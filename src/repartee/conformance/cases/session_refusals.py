"""session.update: what it refuses; a refused update changes nothing."""

from types import EllipsisType
from typing import Any

from repartee.conformance.play import moves
from repartee.conformance.play.case import case
from repartee.conformance.play.client import Client
from repartee.conformance.play.stage import Stage

_ANY = ...


async def _is_refused(
    client: Client,
    session: dict[str, Any],
    code: str | EllipsisType = _ANY,
    param: str | EllipsisType = _ANY,
    says: str = "",
) -> None:
    event_id = client.send("session.update", session=session)
    await client.refused(event_id, code=code, param=param, says=says, unless="session.updated")


async def _value_is_refused(
    client: Client, session: dict[str, Any], param: str | EllipsisType = _ANY
) -> None:
    await _is_refused(client, {"type": "realtime", **session}, param=param)


@case("B024")
async def an_update_must_tell_its_type(stage: Stage) -> None:
    """Without session.type: missing_required_parameter, param session.type."""
    client = await stage.session()
    sentence = r"^Missing required parameter: 'session\.type'\.$"
    without = {"instructions": "Hum."}
    await _is_refused(client, without, "missing_required_parameter", "session.type", sentence)


@case("B028")
async def unknown_fields_are_refused_by_their_path(stage: Stage) -> None:
    """Flat fields of the beta, and temperature, are unknown_parameter with their path."""
    client = await stage.session()
    unknown: dict[str, Any] = {
        "turn_detection": {"type": "server_vad"},
        "temperature": 0.8,
        "max_response_output_tokens": 100,
        "modalities": ["text"],
        "input_audio_format": "pcm16",
    }
    for name, value in unknown.items():
        path = f"session.{name}"
        await _is_refused(client, {"type": "realtime", name: value}, "unknown_parameter", path)
    deep = {"type": "realtime", "audio": {"input": {"gain": 2}}}
    await _is_refused(client, deep, "unknown_parameter", "session.audio.input.gain")


@case("B029")
async def a_refused_update_changes_nothing(stage: Stage) -> None:
    """What stands beside a refused member is not taken either."""
    client = await stage.session(instructions="Hum.", max_output_tokens=50)
    bad = {"instructions": "Sing.", "max_output_tokens": 70, "temperature": 1}
    await _is_refused(client, {"type": "realtime", **bad})
    shown = await stage.update(client)
    client.check(shown["instructions"] == "Hum.", "the instructions of a refused update hold")
    client.check(shown["max_output_tokens"] == 50, "max_output_tokens of a refused update holds")


@case("B033")
async def the_kind_of_session_cannot_change(stage: Stage) -> None:
    """type transcription in a realtime session is refused in the words of the API."""
    client = await stage.session()
    says = r"^Passing a transcription session update event to a realtime session is not allowed\.$"
    await _is_refused(client, {"type": "transcription"}, says=says)


@case("B035")
async def speed_outside_its_range_is_refused(stage: Stage) -> None:
    """speed below 0.25 or above 1.5 is refused."""
    client = await stage.session()
    for speed in (0.2, 1.6):
        await _value_is_refused(client, {"audio": {"output": {"speed": speed}}})


@case("B036")
async def max_output_tokens_outside_its_range_are_refused(stage: Stage) -> None:
    """max_output_tokens of 0, 4097 and words but inf are refused by their path."""
    client = await stage.session()
    for limit in (0, 4097, "many"):
        asked = {"max_output_tokens": limit}
        await _value_is_refused(client, asked, "session.max_output_tokens")


@case("B037")
async def audio_and_text_together_are_refused(stage: Stage) -> None:
    """output_modalities with both audio and text is refused."""
    client = await stage.session()
    await _value_is_refused(client, {"output_modalities": ["audio", "text"]})


@case("B039")
async def pcm_of_another_rate_is_refused(stage: Stage) -> None:
    """audio/pcm with a rate other than 24000 is refused, on either side."""
    client = await stage.session()
    for side in ("input", "output"):
        pcm = {"format": {"type": "audio/pcm", "rate": 16_000}}
        await _value_is_refused(client, {"audio": {side: pcm}})


@case("B041")
async def a_threshold_outside_its_range_is_refused(stage: Stage) -> None:
    """A threshold below 0 or above 1 is refused by its path."""
    client = await stage.session()
    path = "session.audio.input.turn_detection.threshold"
    for threshold in (-0.1, 1.1):
        detection = {"type": "server_vad", "threshold": threshold}
        await _value_is_refused(client, {"audio": {"input": {"turn_detection": detection}}}, path)


@case("B042")
async def an_idle_timeout_outside_its_range_is_refused(stage: Stage) -> None:
    """idle_timeout_ms of 4999 and 30001 is refused, and so it is with semantic_vad."""
    client = await stage.session()
    for kind, idle_ms in (("server_vad", 4999), ("server_vad", 30_001), ("semantic_vad", 6000)):
        detection = {"type": kind, "idle_timeout_ms": idle_ms}
        await _value_is_refused(client, {"audio": {"input": {"turn_detection": detection}}})


@case("B044")
async def a_nested_function_choice_is_refused(stage: Stage) -> None:
    """The nested tool_choice of other APIs lacks session.tool_choice.name."""
    client = await stage.session(tools=[moves.WEATHER])
    nested = {"type": "function", "function": {"name": "get_weather"}}
    session = {"type": "realtime", "tool_choice": nested}
    path = "session.tool_choice.name"
    await _is_refused(client, session, "missing_required_parameter", path)


@case("B045")
async def unknown_members_of_functions_are_refused(stage: Stage) -> None:
    """A function tool is flat; strict is refused."""
    client = await stage.session()
    tools = [{**moves.WEATHER, "strict": True}]
    await _is_refused(client, {"type": "realtime", "tools": tools}, "unknown_parameter")


@case("B048")
async def other_inclusions_are_refused(stage: Stage) -> None:
    """include takes no other word."""
    client = await stage.session()
    await _value_is_refused(client, {"include": ["item.everything"]})


@case("B137")
async def other_efforts_are_refused(stage: Stage) -> None:
    """reasoning.effort takes no other word."""
    client = await stage.session()
    await _value_is_refused(client, {"reasoning": {"effort": "heroic"}})
