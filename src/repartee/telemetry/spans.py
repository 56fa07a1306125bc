"""A turn as spans: the tree of what was done for it, with what each part came to.

    invoke_workflow         the turn
      user_input            from the beginning of speech to its end
      turn_detection        the silence by which that end was found
      speech_to_text        from the first sound to the words
      chat                  from the question to the last word
      execute_tool          from a call to its output
      text_to_speech        from the first words to the last sound

Names are `genai`'s, and ours: `repartee.*`.  What people said stands in `repartee.pii.*` alone.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from repartee.protocol.prompt import Call, CallOutput, Line, Message
from repartee.telemetry import genai
from repartee.telemetry.genai import Value
from repartee.telemetry.turn import Answer, Detection, Recognition, Reply, Spoken, Tool, Turn

LONGEST_NAME = 512  # characters; a client may choose the workflow's
_VOICE_FAULTS = "voice_"  # how codes of failures begin that are the voice's
_Known = dict[str, Value | None]


class Worker(Struct, frozen=True):
    """An engine, and the model that it was set to run, if settings tell."""

    engine: str
    model: str | None = None

    def named(self, operation: str) -> str:
        """The name of a span of its work."""
        return f"{operation} {self.model or self.engine}"

    def known(self) -> _Known:
        return {genai.PROVIDER_NAME: self.engine, genai.REQUEST_MODEL: self.model}


class Scene(Struct, frozen=True, kw_only=True):
    """What is the same for all turns of a session.

    `shared` are attributes that all spans have, `named` those of turns only; `captures` says
    whether what was said is told, `latest` whether names are that are only proposed.
    """

    workflow: str
    ears: Worker
    mind: Worker
    voice: Worker
    shared: Mapping[str, Value | None]
    named: Mapping[str, Value | None]
    captures: bool = False
    latest: bool = False


class Span(Struct, frozen=True, kw_only=True):
    """One span: `key` tells it from the others of its turn, and is empty for the turn itself.

    Moments are seconds of the event loop's clock; `error` is the code of what failed.
    """

    key: str
    name: str
    began: float
    ended: float
    attributes: dict[str, Value]
    error: str | None = None
    kind: Literal["internal", "client"] = "internal"


def spans(turn: Turn, scene: Scene) -> list[Span]:
    """The turn itself, and then its parts."""
    return [_whole(turn, scene), *_parts(turn, scene)]


def voice_key(ref: str) -> str:
    """The key of the span in which the reply `ref` is spoken."""
    return f"{ref}/voice"


def _parts(turn: Turn, scene: Scene) -> Iterator[Span]:
    if turn.spoken is not None:
        yield _user_input(turn.spoken, turn, scene)
    if turn.detection is not None:
        yield _turn_detection(turn.detection, scene)
    for recognition in turn.recognitions:
        yield _speech_to_text(recognition, turn, scene)
    for answer in turn.answers:
        if answer.reply is not None:
            yield _chat(answer, answer.reply, turn, scene)
            if answer.reply.voice is not None:
                yield _text_to_speech(answer, answer.reply, turn, scene)
    for tool in turn.tools:
        yield _execute_tool(tool, turn, scene)


def _span(
    scene: Scene,
    key: str,
    name: str,
    between: tuple[float, float],
    known: _Known,
    *,
    said: Mapping[str, str] | None = None,
    error: str | None = None,
    kind: Literal["internal", "client"] = "internal",
) -> Span:
    if scene.captures and said:
        known |= {f"repartee.pii.{name}": words for name, words in said.items() if words}
    known["error.type"] = error
    began, ended = between
    told = genai.attributes({**scene.shared, **known}, latest=scene.latest)
    return Span(
        key=key,
        name=name[:LONGEST_NAME],
        began=began,
        ended=ended,
        attributes=told,
        error=error,
        kind=kind,
    )


def _whole(turn: Turn, scene: Scene) -> Span:
    audio_ms = sum(answer.audio_ms for answer in turn.answers)
    cut_ms = sum(answer.cut_ms for answer in turn.answers)
    known: _Known = {
        **scene.named,
        genai.OPERATION_NAME: genai.INVOKE_WORKFLOW,
        genai.WORKFLOW_NAME: scene.workflow,
        genai.END_REASON: turn.end_reason,
        "repartee.turn.number": turn.number,
        "repartee.turn.trigger": turn.trigger,
        "repartee.turn.end_reason": turn.end_reason,
        "repartee.turn.latency_ms": _ms(_latency_s(turn)),
        "repartee.audio.output_ms": round(audio_ms, 3) or None,
        "repartee.audio.played_ms": round(audio_ms - cut_ms, 3) if audio_ms else None,
        "repartee.audio.truncated_ms": round(cut_ms, 3) or None,
    }
    errors = [answer.error for answer in turn.answers] or [it.error for it in turn.recognitions]
    failed = next((error for error in reversed(errors) if error), None)
    between = turn.began, turn.ended
    error = failed if turn.end_reason == "failed" else None
    return _span(scene, "", scene.workflow, between, known, error=error)


def _latency_s(turn: Turn) -> float | None:
    """From the end of the user's words to the first that is heard of an answer."""
    replies = [answer.reply for answer in turn.answers if answer.reply is not None]
    first = min((reply.heard for reply in replies if reply.heard is not None), default=None)
    if turn.spoken is None or turn.spoken.ended is None or first is None:
        return None
    return max(0.0, first - turn.spoken.ended)


def _user_input(spoken: Spoken, turn: Turn, scene: Scene) -> Span:
    known: _Known = {
        "repartee.audio.start_ms": spoken.start_ms,
        "repartee.audio.end_ms": spoken.end_ms,
    }
    ended = turn.ended if spoken.ended is None else spoken.ended
    return _span(scene, "user_input", "user_input", (spoken.began, ended), known)


def _turn_detection(found: Detection, scene: Scene) -> Span:
    known: _Known = {
        "repartee.turn_detection.type": found.kind,
        "repartee.turn_detection.threshold": found.threshold,
        "repartee.turn_detection.silence_ms": found.silence_ms,
        "repartee.turn_detection.eagerness": found.eagerness,
        "repartee.turn_detection.finished": found.finished,
        "repartee.turn_detection.wait_ms": round(found.wait_ms, 3),
    }
    between = found.began, found.ended
    return _span(scene, "turn_detection", "turn_detection", between, known)


def _speech_to_text(heard: Recognition, turn: Turn, scene: Scene) -> Span:
    known: _Known = {
        **scene.ears.known(),
        genai.OPERATION_NAME: genai.SPEECH_TO_TEXT,
        genai.SPEECH_LANGUAGE: heard.language,
        "repartee.speech_to_text.language": heard.language,
        "repartee.speech_to_text.asked_model": heard.model,
        "repartee.speech_to_text.audio_s": heard.audio_s,
        "repartee.speech_to_text.first_partial_ms": _ms(_since(heard.asked, heard.first)),
        "repartee.speech_to_text.final_ms": _ms(_since(heard.settled, heard.ended)),
    }
    return _span(
        scene,
        heard.ref,
        scene.ears.named(genai.SPEECH_TO_TEXT),
        (heard.asked, turn.ended if heard.ended is None else heard.ended),
        known,
        said={"transcript": heard.text},
        error=heard.error,
        kind="client",
    )


def _chat(answer: Answer, reply: Reply, turn: Turn, scene: Scene) -> Span:
    usage, prompt = answer.usage, reply.prompt
    reason = genai.finish_reason(answer.status, reply.stopped, calls=answer.calls)
    known: _Known = {
        **scene.mind.known(),
        genai.OPERATION_NAME: genai.CHAT,
        genai.OUTPUT_TYPE: "speech" if answer.is_audible else "text",
        genai.REQUEST_MAX_TOKENS: prompt.max_output_tokens,
        genai.REQUEST_TEMPERATURE: prompt.temperature,
        genai.RESPONSE_ID: answer.id,
        genai.FINISH_REASONS: (reason,) if reason else None,
        genai.TIME_TO_FIRST_CHUNK: _since(reply.asked, reply.first),
        "repartee.response.status": answer.status,
        "repartee.response.reason": answer.reason,
        "repartee.response.early": reply.early,
        "repartee.response.in_conversation": answer.conversation is not None,
    }
    if usage is not None:
        known |= {
            genai.INPUT_TOKENS: usage.input_tokens,
            genai.OUTPUT_TOKENS: usage.output_tokens,
            genai.CACHED_TOKENS: usage.input_token_details.cached_tokens,
            genai.INPUT_AUDIO_TOKENS: usage.input_token_details.audio_tokens,
            genai.OUTPUT_AUDIO_TOKENS: usage.output_token_details.audio_tokens,
            "repartee.usage.by_endpoint": answer.by_endpoint,
        }
    error = _error_of(answer, reply)
    return _span(
        scene,
        reply.ref,
        scene.mind.named(genai.CHAT),
        (reply.asked, _written(answer, reply, turn)),
        known,
        said=_words(reply) if scene.captures else None,
        error=error if error and not error.startswith(_VOICE_FAULTS) else None,
        kind="client",
    )


def _written(answer: Answer, reply: Reply, turn: Turn) -> float:
    """When the model had written its answer: its last word, where a voice goes on from there."""
    if reply.voice is not None and reply.last is not None:
        return reply.last
    ended = answer.done if reply.ended is None else reply.ended
    return turn.ended if ended is None else ended


def _text_to_speech(answer: Answer, reply: Reply, turn: Turn, scene: Scene) -> Span:
    voice = reply.voice
    assert voice is not None
    known: _Known = {
        **scene.voice.known(),
        genai.OPERATION_NAME: genai.TEXT_TO_SPEECH,
        genai.SPEECH_VOICE: voice.name,
        "repartee.text_to_speech.voice": voice.name,
        "repartee.text_to_speech.characters": voice.characters,
        "repartee.text_to_speech.audio_s": round(voice.audio_ms / 1000, 6),
        "repartee.text_to_speech.first_sound_ms": _ms(_since(voice.given, voice.first)),
    }
    error = _error_of(answer, reply)
    error = error if error and error.startswith(_VOICE_FAULTS) else None
    ended = answer.done if error or voice.last is None else voice.last
    return _span(
        scene,
        voice_key(reply.ref),
        scene.voice.named(genai.TEXT_TO_SPEECH),
        (voice.given, turn.ended if ended is None else ended),
        known,
        error=error,
        kind="client",
    )


def _error_of(answer: Answer, reply: Reply) -> str | None:
    return reply.error or (answer.error if answer.status == "failed" else None)


def _execute_tool(tool: Tool, turn: Turn, scene: Scene) -> Span:
    known: _Known = {
        genai.OPERATION_NAME: genai.EXECUTE_TOOL,
        genai.TOOL_NAME: tool.name,
        genai.TOOL_CALL_ID: tool.call_id,
        genai.TOOL_TYPE: "function",
        "repartee.tool.answered": tool.answered is not None,
    }
    return _span(
        scene,
        tool.call_id,
        f"{genai.EXECUTE_TOOL} {tool.name}",
        (tool.called, turn.ended if tool.answered is None else tool.answered),
        known,
        said={"tool.call.arguments": tool.arguments, "tool.call.result": tool.output},
    )


def _since(began: float | None, happened: float | None) -> float | None:
    return None if began is None or happened is None else round(happened - began, 6)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)


# What was said


def _words(reply: Reply) -> dict[str, str]:
    """What the model was told, and what it wrote, as the conventions have messages."""
    written = [{"type": "text", "content": reply.text}] if reply.text else []
    return {
        "system_instructions": reply.prompt.instructions,
        "input.messages": _json([_message(line) for line in reply.prompt.lines]),
        "output.messages": _json([{"role": "assistant", "parts": written}]),
    }


def _message(line: Line) -> dict[str, Any]:
    match line:
        case Message(role=role, text=text):
            return {"role": role, "parts": [{"type": "text", "content": text}]}
        case Call(call_id=call_id, name=name, arguments=arguments):
            part = {"type": "tool_call", "id": call_id, "name": name, "arguments": arguments}
            return {"role": "assistant", "parts": [part]}
        case CallOutput(call_id=call_id, output=output):
            part = {"type": "tool_call_response", "id": call_id, "response": output}
            return {"role": "tool", "parts": [part]}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
