"""A session that asks to be traced: its turns as spans, each with all that was done for it."""

import base64

import pytest

from repartee.protocol import config as protocol
from repartee.runtime.watching import Arrival
from repartee.session.bounds import Bounds
from repartee.settings import Tracing
from stage import FRAME_S
from telemetry.observed import AUTO, Observed, attributes, between

CANARY = "quetzal-4711"
CLIENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def traced(**config: object) -> Observed:
    stage = Observed(**config)  # type: ignore[arg-type]
    stage.client(AUTO)
    return stage


def speak(stage: Observed, said: str = "Hello there") -> str:
    """A second of speech and what ends it; the ref of the answer that is then asked for."""
    for _ in range(30):
        stage.now += 0.0 if stage.paced else FRAME_S
        stage.hear(0.9)
    stage.keep_silent(0.6)
    ref = next(ref for ref, settled in stage.recognitions.items() if settled)
    stage.wait(0.1)
    stage.transcribe(ref, said)
    return next(iter(stage.replies))


def answer(stage: Observed, ref: str, *words: str) -> None:
    stage.wait(0.2)
    for word in words:
        stage.say(ref, word)
        stage.wait(0.1)
    stage.finish(ref)


def names(stage: Observed) -> list[str]:
    return [span.name for span in stage.turns]


def test_a_spoken_turn_is_a_tree_with_exact_times() -> None:
    stage = traced()
    stage.keep_silent(0.96)
    answer(stage, speak(stage), "Hi, ", "you.")
    stage.keep_silent(1)
    (turn,) = stage.turns
    assert (turn.name, turn.parent) == ("Agent workflow", None)
    assert between(turn) == (0.992, 3.028)
    tree = [(span.name, *between(span)) for span in stage.parts(turn)]
    assert tree == [
        ("user_input", 0.992, 2.432),
        ("speech_to_text small", 0.992, 2.628),
        ("turn_detection", 1.92, 2.432),
        ("chat qwen3", 2.628, 2.928),
        ("text_to_speech piper", 2.828, 2.928),
    ]
    known = attributes(turn)
    assert known["gen_ai.operation.name"] == "invoke_workflow"
    assert known["gen_ai.conversation.id"] == known["repartee.conversation.id"] == "conv_0"
    assert known["repartee.turn.end_reason"] == "completed"
    assert known["repartee.turn.latency_ms"] == 396
    assert known["repartee.audio.played_ms"] == 160


def test_each_part_says_what_it_came_to() -> None:
    stage = traced()
    answer(stage, speak(stage), "Hi, ", "you.")
    stage.leave()
    detection = attributes(stage.part("turn_detection"))
    assert detection["repartee.turn_detection.type"] == "server_vad"
    assert detection["repartee.turn_detection.silence_ms"] == 500
    assert detection["repartee.turn_detection.wait_ms"] == 512
    ears = attributes(stage.part("speech_to_text small"))
    assert ears["gen_ai.provider.name"] == "faster-whisper"
    assert ears["repartee.speech_to_text.final_ms"] == 196
    assert ears["repartee.speech_to_text.audio_s"] == 1.472
    chat = attributes(stage.part("chat qwen3"))
    assert chat["gen_ai.response.finish_reasons"] == ("stop",)
    assert chat["gen_ai.response.time_to_first_chunk"] == 0.2
    assert chat["gen_ai.usage.output_tokens"] > 0
    assert chat["gen_ai.response.id"] == stage.last("response.done")["response"]["id"]
    voice = attributes(stage.part("text_to_speech piper"))
    assert voice["repartee.text_to_speech.characters"] == len("Hi, you.")
    assert voice["repartee.text_to_speech.audio_s"] == 0.16
    assert voice["repartee.text_to_speech.voice"] == "marin"


def test_nothing_is_told_of_a_session_that_does_not_ask() -> None:
    stage = Observed()
    answer(stage, speak(stage), "Hi.")
    stage.leave()
    assert stage.spans == []


def test_an_operator_may_want_all_sessions() -> None:
    stage = Observed(settings=Tracing(export="on", sessions="all"))
    answer(stage, speak(stage), "Hi.")
    stage.leave()
    assert names(stage) == ["Agent workflow"]


def test_the_client_names_its_workflow_its_group_and_what_to_find_it_by() -> None:
    stage = Observed()
    tracing = {
        "workflow_name": "Front desk",
        "group_id": "guest 7",
        "metadata": {"floor": 3, "tags": ["a"], "vip": True},
    }
    stage.client({"type": "session.update", "session": {"type": "realtime", "tracing": tracing}})
    answer(stage, speak(stage), "Hi.")
    stage.leave()
    (turn,) = stage.turns
    known = attributes(turn)
    assert (turn.name, known["gen_ai.workflow.name"]) == ("Front desk", "Front desk")
    assert known["gen_ai.conversation.id"] == "guest 7"
    assert known["repartee.conversation.id"] == "conv_0"
    assert known["repartee.metadata.floor"] == 3
    assert known["repartee.metadata.tags"] == '["a"]'
    assert known["repartee.metadata.vip"] is True
    assert attributes(stage.parts(turn)[0])["gen_ai.conversation.id"] == "guest 7"


def test_tracing_may_be_bound_to_the_key() -> None:
    stage = Observed(tracing=protocol.Tracing(workflow_name="Front desk"))
    answer(stage, speak(stage), "Hi.")
    stage.leave()
    assert names(stage) == ["Front desk"]


def test_what_a_client_says_of_its_tracing_holds_where_all_are_traced() -> None:
    stage = Observed(settings=Tracing(export="on", sessions="all"))
    said = {"type": "realtime", "tracing": {"workflow_name": "Front desk"}}
    stage.client({"type": "session.update", "session": said})
    answer(stage, speak(stage), "Hi.")
    stage.leave()
    assert names(stage) == ["Front desk"]
    assert stage.part("live_session.started")


def test_turns_are_linked_to_the_one_before() -> None:
    stage = traced()
    for _ in range(2):
        answer(stage, speak(stage), "Hi.")
        stage.keep_silent(0.5)
    first, second = stage.turns
    assert first.context is not None
    assert [link.context.span_id for link in second.links] == [first.context.span_id]
    assert first.links == ()
    assert second.context is not None
    assert first.context.trace_id != second.context.trace_id


def test_speech_over_an_answer_interrupts_its_turn() -> None:
    stage = traced()
    ref = speak(stage)
    stage.say(ref, "A long answer. ")
    stage.wait(0.1)
    stage.hear(0.9, 5)
    item_id = stage.last("response.content_part.added")["item_id"]
    stage.client(
        {
            "type": "conversation.item.truncate",
            "item_id": item_id,
            "content_index": 0,
            "audio_end_ms": 100,
        }
    )
    (turn,) = stage.turns
    known = attributes(turn)
    assert known["repartee.turn.end_reason"] == "interrupted"
    assert known["repartee.audio.played_ms"] == 100
    assert known["repartee.audio.truncated_ms"] == 200
    chat = attributes(stage.part("chat qwen3"))
    assert chat["repartee.response.reason"] == "turn_detected"
    assert "gen_ai.response.finish_reasons" not in chat


def test_an_interrupted_call_tells_how_much_was_heard() -> None:
    stage = traced(paced=True)
    ref = speak(stage)
    stage.say(ref, "A long answer. ")
    stage.finish(ref)
    stage.wait(0.1)
    stage.hear(0.9, 5)
    (turn,) = stage.turns
    known = attributes(turn)
    assert known["repartee.turn.end_reason"] == "interrupted"
    assert known["repartee.audio.played_ms"] == 132
    assert known["repartee.audio.truncated_ms"] == 168
    assert known["repartee.session.transport"] == "webrtc"


def test_a_call_that_is_played_to_its_end_is_over_then() -> None:
    stage = traced(paced=True)
    ref = speak(stage)
    stage.say(ref, "Hi.")
    stage.finish(ref)
    assert stage.turns == []
    stage.keep_silent(0.2)
    (turn,) = stage.turns
    assert attributes(turn)["repartee.audio.played_ms"] == 60


def test_a_turn_goes_on_until_what_functions_gave_is_answered() -> None:
    stage = traced()
    ref = speak(stage)
    stage.call(ref, "weather", '{"city": "Riga"}')
    stage.finish(ref)
    call_id = stage.last("response.function_call_arguments.done")["call_id"]
    stage.wait(0.3)
    output = {"type": "function_call_output", "call_id": call_id, "output": "rain"}
    stage.client({"type": "conversation.item.create", "item": output})
    stage.client({"type": "response.create"})
    answer(stage, next(iter(stage.replies)), "Rain.")
    stage.keep_silent(0.5)
    (turn,) = stage.turns
    assert [span.name for span in stage.parts(turn)][3:] == [
        "chat qwen3",
        "execute_tool weather",
        "chat qwen3",
        "text_to_speech piper",
    ]
    tool = stage.part("execute_tool weather")
    began, ended = between(tool)
    assert ended - began == pytest.approx(0.3)
    assert attributes(tool)["gen_ai.tool.call.id"] == call_id
    first = next(span for span in stage.parts(turn) if span.name == "chat qwen3")
    assert attributes(first)["gen_ai.response.finish_reasons"] == ("tool_call",)


def test_a_turn_that_nobody_answers_is_over_with_the_next() -> None:
    stage = traced()
    quiet = {"turn_detection": {"type": "server_vad", "create_response": False}}
    stage.client(
        {"type": "session.update", "session": {"type": "realtime", "audio": {"input": quiet}}}
    )
    for turns in (0, 1):
        for _ in range(30):
            stage.hear(0.9)
        stage.keep_silent(0.6)
        stage.transcribe(next(ref for ref, settled in stage.recognitions.items() if settled), "Hm")
        assert len(stage.turns) == turns
    stage.client({"type": "response.create"})
    answer(stage, next(iter(stage.replies)), "Yes?")
    stage.leave()
    first, second = stage.turns
    assert "repartee.turn.latency_ms" not in attributes(first)
    assert "repartee.turn.latency_ms" in attributes(second)


def test_speech_that_grows_faint_is_speech_as_the_session_sees_it() -> None:
    stage = traced()
    stage.hear(0.9, 30)
    stage.hear(0.4, 10)
    stage.keep_silent(0.6)
    assert stage.kinds().count("input_audio_buffer.speech_stopped") == 1
    stage.transcribe(next(iter(stage.recognitions)), "Hello")
    answer(stage, next(iter(stage.replies)), "Hi.")
    stage.leave()
    assert attributes(stage.part("turn_detection"))["repartee.turn_detection.wait_ms"] == 512


def test_how_sure_it_was_that_the_turn_was_over() -> None:
    stage = traced()
    detection = {"turn_detection": {"type": "semantic_vad", "eagerness": "high"}}
    stage.client(
        {"type": "session.update", "session": {"type": "realtime", "audio": {"input": detection}}}
    )
    for finished in (0.9, None):
        stage.hear(0.9, 30)
        stage.keep_silent(0.2)
        if finished is not None:
            stage.judge(finished)
        stage.keep_silent(0.6)
        stage.transcribe(next(iter(stage.recognitions)), "Hello")
        answer(stage, next(iter(stage.replies)), "Hi.")
        stage.keep_silent(0.5)
    first, second = (attributes(span) for span in stage.spans if span.name == "turn_detection")
    assert first["repartee.turn_detection.type"] == "semantic_vad"
    assert first["repartee.turn_detection.eagerness"] == "high"
    assert first["repartee.turn_detection.finished"] == 0.9
    assert "repartee.turn_detection.finished" not in second
    assert first["repartee.turn_detection.wait_ms"] < second["repartee.turn_detection.wait_ms"]


def test_sound_out_of_band_may_be_cleared() -> None:
    stage = traced(paced=True)
    stage.client({"type": "response.create", "response": {"conversation": "none"}})
    ref = next(iter(stage.replies))
    stage.say(ref, "A long announcement. ")
    stage.finish(ref)
    stage.client({"type": "output_audio_buffer.clear"})
    (turn,) = stage.turns
    assert attributes(turn)["repartee.turn.end_reason"] == "interrupted"


def test_a_model_that_fails_fails_its_turn() -> None:
    stage = traced()
    stage.fail(speak(stage))
    stage.leave()
    (turn,) = stage.turns
    assert attributes(turn)["repartee.turn.end_reason"] == "failed"
    for span in (turn, stage.part("chat qwen3")):
        assert attributes(span)["error.type"] == "engine_error"
        assert (span.status.is_ok, span.status.description) == (False, "engine_error")


def test_a_recogniser_that_fails_fails_the_turn_and_nobody_is_asked() -> None:
    stage = traced()
    for _ in range(30):
        stage.hear(0.9)
    stage.keep_silent(0.6)
    stage.fail(next(iter(stage.recognitions)))
    stage.leave()
    (turn,) = stage.turns
    assert attributes(turn)["repartee.turn.end_reason"] == "failed"
    assert attributes(stage.part("speech_to_text small"))["error.type"] == "engine_error"
    assert not [span for span in stage.spans if span.name.startswith("chat")]


def test_a_response_out_of_band_is_a_turn_of_its_own() -> None:
    stage = traced()
    ref = speak(stage)
    beside = {"conversation": "none", "output_modalities": ["text"]}
    stage.client({"type": "response.create", "response": beside})
    other = next(each for each in stage.replies if each != ref)
    answer(stage, other, "spam")
    (aside,) = stage.turns
    assert attributes(aside)["repartee.turn.trigger"] == "out_of_band"
    assert [span.name for span in stage.parts(aside)] == ["chat qwen3"]
    answer(stage, ref, "Hi.")
    stage.keep_silent(0.5)
    assert len(stage.turns) == 2


def test_a_long_silence_is_a_turn() -> None:
    stage = traced()
    idle = {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 5000}}
    stage.client(
        {"type": "session.update", "session": {"type": "realtime", "audio": {"input": idle}}}
    )
    answer(stage, speak(stage), "Hi.")
    stage.keep_silent(6)
    answer(stage, next(iter(stage.replies)), "Still there?")
    stage.leave()
    _, idle_turn = stage.turns
    assert attributes(idle_turn)["repartee.turn.trigger"] == "idle"


def test_a_text_is_a_turn_without_sound() -> None:
    stage = traced()
    part = {"type": "input_text", "text": "Hello"}
    item = {"type": "message", "role": "user", "content": [part]}
    stage.client({"type": "conversation.item.create", "item": item})
    stage.client({"type": "response.create", "response": {"output_modalities": ["text"]}})
    answer(stage, next(iter(stage.replies)), "Hi.")
    (turn,) = stage.turns
    assert attributes(turn)["repartee.turn.trigger"] == "text"
    (chat,) = stage.parts(turn)
    assert (chat.name, attributes(chat)["gen_ai.output.type"]) == ("chat qwen3", "text")


def test_an_item_that_comes_with_its_sound_is_recognised_in_the_turn_of_its_answer() -> None:
    stage = traced()
    part = {"type": "input_audio", "audio": base64.b64encode(bytes(9600)).decode()}
    item = {"type": "message", "role": "user", "content": [part]}
    stage.client({"type": "conversation.item.create", "item": item})
    stage.client({"type": "response.create", "response": {"output_modalities": ["text"]}})
    stage.transcribe(next(iter(stage.recognitions)), "Hello")
    answer(stage, next(iter(stage.replies)), "Hi.")
    (turn,) = stage.turns
    assert [span.name for span in stage.parts(turn)] == ["speech_to_text small", "chat qwen3"]
    assert attributes(stage.part("speech_to_text small"))["repartee.speech_to_text.audio_s"] == 0.2


def test_sessions_that_only_transcribe_are_traced_where_the_operator_wants_all() -> None:
    stage = Observed(settings=Tracing(export="on", sessions="all"), transcribes=True)
    for _ in range(30):
        stage.hear(0.9)
    stage.keep_silent(0.6)
    stage.transcribe(next(iter(stage.recognitions)), "Hello")
    (turn,) = stage.turns
    assert {span.name for span in stage.parts(turn)} == {
        "user_input",
        "turn_detection",
        "speech_to_text small",
    }
    assert Observed(transcribes=True).watcher is None


def test_an_early_answer_begins_before_the_turn_is_over() -> None:
    stage = traced(bounds=Bounds(guesses=True, foresees=True))
    for _ in range(30):
        stage.now += FRAME_S
        stage.hear(0.9)
    stage.keep_silent(0.2)
    stage.guess(stage.guesses[0], "Hello")
    (early,) = stage.replies
    stage.wait(0.05)
    stage.say(early, "Hi, ")
    stage.keep_silent(0.5)
    answer(stage, early, "you.")
    stage.keep_silent(0.5)
    (turn,) = stage.turns
    chat = stage.part("chat qwen3")
    assert attributes(chat)["repartee.response.early"] is True
    assert between(chat)[0] < between(stage.part("user_input"))[1]
    assert attributes(turn)["repartee.turn.latency_ms"] == 0
    assert attributes(turn)["repartee.audio.output_ms"] == 160


def test_what_was_not_a_turn_is_not_told() -> None:
    stage = traced()
    stage.hear(0.9, 5)
    stage.client({"type": "input_audio_buffer.clear"})
    stage.hear(0.9, 5)
    stage.leave()
    assert stage.turns == []


@pytest.mark.parametrize("captures", [False, True])
def test_what_was_said_is_told_only_where_the_operator_wants_it(captures: bool) -> None:
    stage = traced(settings=Tracing(export="on", capture_content=captures))
    ref = speak(stage, CANARY)
    stage.call(ref, "look", f'{{"it": "{CANARY}"}}')
    stage.say(ref, CANARY)
    stage.finish(ref)
    call_id = stage.last("response.function_call_arguments.done")["call_id"]
    output = {"type": "function_call_output", "call_id": call_id, "output": CANARY}
    stage.client({"type": "conversation.item.create", "item": output})
    stage.client({"type": "response.create"})
    stage.fail(next(iter(stage.replies)))
    stage.leave()
    told = {
        name
        for span in stage.spans
        for name, value in attributes(span).items()
        if CANARY in str(value)
    }
    assert told == (
        {
            "repartee.pii.transcript",
            "repartee.pii.input.messages",
            "repartee.pii.output.messages",
            "repartee.pii.tool.call.arguments",
            "repartee.pii.tool.call.result",
        }
        if captures
        else set()
    )
    rest = [(span.name, span.status.description, span.events) for span in stage.spans]
    assert CANARY not in str(rest)


def test_a_session_tells_when_it_began_and_ended() -> None:
    stage = traced()
    stage.keep_silent(1)
    answer(stage, speak(stage), "Hi.")
    stage.leave()
    began, ended = stage.part("live_session.started"), stage.part("live_session.ended")
    assert between(began) == (0, 0)
    assert between(ended)[0] == between(ended)[1] == pytest.approx(stage.now)
    known = attributes(ended)
    assert known["repartee.session.turns"] == 1
    assert known["repartee.session.close_code"] == 1000
    assert known["repartee.session.end_reason"] == "client"


def test_who_wants_the_latest_names_gets_those_that_are_proposed() -> None:
    stage = traced(environ={"OTEL_SEMCONV_STABILITY_OPT_IN": "http,gen_ai_latest_experimental"})
    answer(stage, speak(stage), "Hi.")
    stage.leave()
    voice = attributes(stage.part("text_to_speech piper"))
    assert voice["gen_ai.operation.name"] == "text_to_speech"
    assert voice["gen_ai.speech.voice"] == "marin"
    assert stage.part("gen_ai.client.live_session.ended")


def test_a_servers_trace_goes_on_and_a_pages_trace_is_linked() -> None:
    for is_server in (True, False):
        stage = traced(arrival=Arrival(traceparent=CLIENT, is_server=is_server))
        answer(stage, speak(stage), "Hi.")
        stage.leave()
        (turn,) = stage.turns
        assert turn.context is not None
        linked = [f"{link.context.trace_id:032x}" for link in turn.links]
        goes_on = f"{turn.context.trace_id:032x}" == CLIENT.split("-")[1]
        assert (goes_on, linked) == ((True, []) if is_server else (False, [CLIENT.split("-")[1]]))
        assert (turn.parent is not None) is is_server


def test_a_traceparent_that_cannot_be_read_is_nobodys() -> None:
    stage = traced(arrival=Arrival(traceparent="00-zz", is_server=True))
    answer(stage, speak(stage), "Hi.")
    stage.leave()
    (turn,) = stage.turns
    assert (turn.parent, turn.links) == (None, ())


def test_engines_are_told_the_spans_that_their_work_will_be() -> None:
    stage = traced()
    assert stage.watcher is not None
    ref = speak(stage)
    told = {role: stage.watcher.traceparent(ref, role) for role in ("mind", "voice")}
    heard = next(event["item_id"] for event in stage.events if "item_id" in event)
    told["ears"] = stage.watcher.traceparent(heard, "ears")
    assert stage.watcher.traceparent("nothing", "mind") is None
    answer(stage, ref, "Hi.")
    stage.leave()
    roles = {"mind": "chat qwen3", "voice": "text_to_speech piper", "ears": "speech_to_text small"}
    for role, name in roles.items():
        span = stage.part(name).context
        assert span is not None
        assert told[role] == f"00-{span.trace_id:032x}-{span.span_id:016x}-01"


def test_engines_are_told_nothing_unless_the_session_is_traced() -> None:
    stage = Observed()
    assert stage.watcher is not None
    assert stage.watcher.traceparent(speak(stage), "mind") is None


def test_a_part_of_the_turns_may_do() -> None:
    stage = traced(settings=Tracing(export="on", sample_ratio=0))
    assert stage.watcher is not None
    ref = speak(stage)
    told = stage.watcher.traceparent(ref, "mind")
    assert told is not None
    assert told.endswith("-00")
    answer(stage, ref, "Hi.")
    stage.leave()
    assert stage.spans == []
