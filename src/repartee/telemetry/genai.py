"""OpenTelemetry's names for work with language models, in this one place.

None of them is stable: see https://github.com/open-telemetry/semantic-conventions-genai, whose
names these are as of `SCHEMA_URL`.  Names of ours begin with `repartee.`, and stay.

Speech, voices and live sessions stand in proposals only (its pull requests 390 and 394).  What is
proposed is told to those who ask for the latest by
OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental, and to nobody else.
"""

from collections.abc import Mapping

Value = str | bool | int | float | tuple[str, ...]

SCHEMA_URL = "https://opentelemetry.io/schemas/gen-ai/1.42.0"

OPERATION_NAME = "gen_ai.operation.name"
PROVIDER_NAME = "gen_ai.provider.name"
CONVERSATION_ID = "gen_ai.conversation.id"
WORKFLOW_NAME = "gen_ai.workflow.name"
REQUEST_MODEL = "gen_ai.request.model"
REQUEST_MAX_TOKENS = "gen_ai.request.max_tokens"
REQUEST_TEMPERATURE = "gen_ai.request.temperature"
OUTPUT_TYPE = "gen_ai.output.type"
RESPONSE_ID = "gen_ai.response.id"
FINISH_REASONS = "gen_ai.response.finish_reasons"
TIME_TO_FIRST_CHUNK = "gen_ai.response.time_to_first_chunk"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
CACHED_TOKENS = "gen_ai.usage.cache_read.input_tokens"
TOOL_NAME = "gen_ai.tool.name"
TOOL_CALL_ID = "gen_ai.tool.call.id"
TOOL_TYPE = "gen_ai.tool.type"

INPUT_AUDIO_TOKENS = "gen_ai.usage.input_audio_tokens"
OUTPUT_AUDIO_TOKENS = "gen_ai.usage.output_audio_tokens"
END_REASON = "gen_ai.agent.invocation.end_reason"
SPEECH_VOICE = "gen_ai.speech.voice"
SPEECH_LANGUAGE = "gen_ai.speech.input.language"

INVOKE_WORKFLOW = "invoke_workflow"
CHAT = "chat"
EXECUTE_TOOL = "execute_tool"
SPEECH_TO_TEXT = "speech_to_text"
TEXT_TO_SPEECH = "text_to_speech"

CLIENT = "gen_ai.client."
SESSION_STARTED = f"{CLIENT}live_session.started"
SESSION_ENDED = f"{CLIENT}live_session.ended"

_PROPOSED = frozenset(
    {INPUT_AUDIO_TOKENS, OUTPUT_AUDIO_TOKENS, END_REASON, SPEECH_VOICE, SPEECH_LANGUAGE}
)
_PROPOSED_OPERATIONS = frozenset({SPEECH_TO_TEXT, TEXT_TO_SPEECH})

_FINISH_REASONS = {"max_output_tokens": "length", "content_filter": "content_filter"}


def wants_latest(environ: Mapping[str, str]) -> bool:
    """Whether names that are only proposed are wanted."""
    asked = environ.get("OTEL_SEMCONV_STABILITY_OPT_IN", "").split(",")
    return "gen_ai_latest_experimental" in (word.strip() for word in asked)


def attributes(known: Mapping[str, Value | None], *, latest: bool) -> dict[str, Value]:
    """What of `known` is told: neither what has no value nor, unless `latest`, what is proposed."""
    told = {name: value for name, value in known.items() if value is not None}
    if latest:
        return told
    if told.get(OPERATION_NAME) in _PROPOSED_OPERATIONS:
        del told[OPERATION_NAME]
    return {name: value for name, value in told.items() if name not in _PROPOSED}


def finish_reason(status: str, stopped: str | None, *, calls: bool) -> str | None:
    """Why the model stopped, in the words of the conventions; None where it was stopped."""
    if stopped is not None:
        return _FINISH_REASONS.get(stopped, stopped)
    if status == "failed":
        return "error"
    if status != "completed":
        return None
    return "tool_call" if calls else "stop"
