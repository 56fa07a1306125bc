"""What happens in sessions, on a stage, as GA clients say it."""

import base64
from typing import Any

from repartee.session.inputs import Tick
from stage import Stage

PCM = base64.b64encode(b"\x01\x00" * 4800).decode()  # 200 ms
TOOL = {"type": "function", "name": "look", "description": "Looks.", "parameters": {}}


def text(words: str, role: str = "user") -> dict[str, Any]:
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": words}]}


def update(**session: Any) -> dict[str, Any]:
    return {"type": "session.update", "session": {"type": "realtime", **session}}


def respond(**response: Any) -> dict[str, Any]:
    return {"type": "response.create", "response": response}


def spoken_turn(stage: Stage) -> None:
    stage.speak()
    item_id = stage.last("input_audio_buffer.committed")["item_id"]
    stage.transcribe(item_id, "Hello", final=False)
    stage.transcribe(item_id, "Hello there.")
    ref = next(iter(stage.replies))
    stage.say(ref, "Good day. ")
    stage.finish(ref)
    stage.client({"type": "conversation.item.retrieve", "item_id": item_id})
    answer_id = stage.last("response.output_item.done")["item"]["id"]
    stage.client({"type": "conversation.item.retrieve", "item_id": answer_id})
    for end_ms in (100, 9999):
        stage.client(
            {
                "type": "conversation.item.truncate",
                "item_id": answer_id,
                "content_index": 0,
                "audio_end_ms": end_ms,
            }
        )
    stage.client({"type": "conversation.item.retrieve", "item_id": answer_id})
    stage.client({"type": "conversation.item.delete", "item_id": answer_id})


def unheard_turn(stage: Stage) -> None:
    stage.speak()
    stage.fail(stage.last("input_audio_buffer.committed")["item_id"])


def barge_in(stage: Stage) -> None:
    stage.client(respond())
    stage.say(next(iter(stage.replies)), "Let me tell you. ")
    stage.hear(0.9, 5)
    stage.client({"type": "input_audio_buffer.clear"})


def calls(stage: Stage) -> None:
    stage.client(respond(tool_choice="required", output_modalities=["text"]))
    ref = next(iter(stage.replies))
    stage.say(ref, "One moment. ")
    stage.call(ref, "look", '{"at": "it"}')
    stage.finish(ref)
    call = stage.last("response.function_call_arguments.done")
    output = {"type": "function_call_output", "call_id": call["call_id"], "output": "42"}
    stage.client({"type": "conversation.item.create", "item": output})


def beside(stage: Stage) -> None:
    stage.client(
        respond(
            conversation="none",
            metadata={"topic": "side"},
            output_modalities=["text"],
            max_output_tokens=20,
            input=[text("Hello."), text("Hi.", "assistant"), text("Be brief.", "system")],
        )
    )
    ref = next(iter(stage.replies))
    stage.say(ref, "Well. ")
    stage.finish(ref, stopped="max_output_tokens")


def failure(stage: Stage) -> None:
    stage.client(respond(audio={"output": {"voice": {"id": "voice_1"}}}))
    stage.fail(next(iter(stage.replies)))


def silence(stage: Stage) -> None:
    vad = {"type": "server_vad", "idle_timeout_ms": 5000}
    stage.client(update(audio={"input": {"turn_detection": vad}}))
    stage.client(respond())
    stage.say(next(iter(stage.replies)), "Are you there? ")
    stage.finish(next(iter(stage.replies)))
    stage.wait(30, Tick())
    stage.settle()


def everything(stage: Stage) -> None:
    """A session in which everything happens."""
    stage.client(
        update(
            instructions="Be brief.",
            tools=[TOOL],
            tool_choice={"type": "function", "name": "look"},
            parallel_tool_calls=False,
            reasoning={"effort": "low"},
            max_output_tokens=100,
            audio={
                "input": {"transcription": {"model": "whisper-1", "language": "en"}},
                "output": {"speed": 1.2},
            },
        )
    )
    failure(stage)
    beside(stage)
    spoken_turn(stage)
    unheard_turn(stage)
    stage.client({"type": "conversation.item.create", "item": text("Hello.")})
    barge_in(stage)
    calls(stage)
    stage.client(update(audio={"input": {"turn_detection": None, "transcription": None}}))
    stage.client({"type": "input_audio_buffer.append", "audio": PCM})
    stage.client({"type": "input_audio_buffer.commit"})
    stage.client({"type": "input_audio_buffer.commit", "event_id": "mine"})
    stage.settle()
    silence(stage)


def dictation(stage: Stage) -> None:
    """A session that only writes down what it hears; everything happens that can."""
    stage.client(
        {
            "type": "session.update",
            "session": {
                "type": "transcription",
                "audio": {
                    "input": {
                        "transcription": {"model": "whisper-1", "language": "en"},
                        "noise_reduction": {"type": "near_field"},
                    }
                },
            },
        }
    )
    stage.speak()
    item_id = stage.last("input_audio_buffer.committed")["item_id"]
    stage.transcribe(item_id, "Hello", final=False)
    stage.transcribe(item_id, "Hello there.")
    unheard_turn(stage)
    stage.client({"type": "conversation.item.retrieve", "item_id": item_id})
    stage.client({"type": "conversation.item.delete", "item_id": item_id})
    stage.client({"type": "input_audio_buffer.clear"})
    stage.client(respond())
