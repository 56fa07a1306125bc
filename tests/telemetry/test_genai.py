"""Names of the conventions are told as far as they are published, or asked for."""

import pytest

from repartee.telemetry import genai


@pytest.mark.parametrize(
    ("said", "latest"),
    [
        (None, False),
        ("", False),
        ("http", False),
        ("gen_ai_latest_experimental", True),
        ("http, gen_ai_latest_experimental", True),
    ],
)
def test_who_wants_the_latest_says_so_in_the_environment(said: str | None, latest: bool) -> None:
    environ = {} if said is None else {"OTEL_SEMCONV_STABILITY_OPT_IN": said}
    assert genai.wants_latest(environ) is latest


def test_what_is_only_proposed_is_told_to_those_who_want_the_latest() -> None:
    known = {
        genai.OPERATION_NAME: genai.SPEECH_TO_TEXT,
        genai.SPEECH_LANGUAGE: "lv",
        genai.REQUEST_MODEL: "small",
        genai.REQUEST_MAX_TOKENS: None,
        "repartee.anything": 0,
    }
    told = {genai.REQUEST_MODEL: "small", "repartee.anything": 0}
    assert genai.attributes(known, latest=False) == told
    proposed = {genai.OPERATION_NAME: genai.SPEECH_TO_TEXT, genai.SPEECH_LANGUAGE: "lv"}
    assert genai.attributes(known, latest=True) == told | proposed
    chat = {genai.OPERATION_NAME: genai.CHAT}
    assert genai.attributes(chat, latest=False) == chat


@pytest.mark.parametrize(
    ("status", "stopped", "calls", "reason"),
    [
        ("completed", None, False, "stop"),
        ("completed", None, True, "tool_call"),
        ("incomplete", "max_output_tokens", False, "length"),
        ("incomplete", "content_filter", False, "content_filter"),
        ("failed", None, False, "error"),
        ("cancelled", None, True, None),
    ],
)
def test_why_a_model_stopped(status: str, stopped: str | None, calls: bool, reason: str) -> None:
    assert genai.finish_reason(status, stopped, calls=calls) == reason
