"""What clients, engines and networks may say in many ways, in one of a few words."""

from repartee.runtime.watching import Ending
from repartee.settings import Models
from repartee.telemetry.facts import Ended

OTHER = "other"

# Codes that a close frame may have; clients may send any up to 4999.
_CLOSE_CODES = {1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013}

# Of errors that clients are told.
_ERRORS = frozenset(
    {
        "cannot_update_voice",
        "context_length_exceeded",
        "conversation_already_has_active_response",
        "input_audio_buffer_commit_empty",
        "insufficient_quota",
        "invalid_event",
        "invalid_tool_call_id",
        "invalid_type",
        "invalid_value",
        "missing_required_parameter",
        "rate_limit_exceeded",
        "response_cancel_not_active",
        "session_expired",
        "unknown_parameter",
    }
)

# How codes of engines' failures end; engines of others may have any.
_FAILURES = frozenset(
    {
        "busy",
        "cut_off",
        "engine_error",
        "failed",
        "not_found",
        "overloaded",
        "refused",
        "style",
        "timeout",
        "too_long",
        "type",
        "unauthorized",
        "unreachable",
        "unreadable",
    }
)


def known_model(name: str, models: Models) -> str:
    """A model's name where settings have it, the pattern of theirs that it fits, or "other"."""
    if name == models.default or name in models.aliases:
        return name
    return models.pattern(name) or OTHER


def close_code(ending: Ending | None) -> str:
    """A close code that RFC 6455 knows, or "other"."""
    code = ending.code if ending else 0
    return str(code) if code in _CLOSE_CODES else OTHER


def error_code(code: str) -> str:
    """What a client was told to be wrong."""
    return _one_of(_ERRORS, code)


def end_reason(ended: Ended) -> str:
    """How a session ended, in one of a few words."""
    if ended.expired:
        return "expired"
    match ended.ending:
        case Ending(why=("client" | "lost" | "slow_consumer") as why):
            return why
        case Ending(code=1000):
            return "hung_up"
        case Ending(code=1001):
            return "draining"
        case Ending(code=1011):
            return "failed"
        case _:
            return "violation" if ended.ending else OTHER


def failure_kind(code: str) -> str:
    """How an engine failed: its code, without whose it is."""
    if code in _FAILURES:
        return code
    return _one_of(_FAILURES, code.partition("_")[2])


def _one_of(known: frozenset[str], word: str) -> str:
    return word if word in known else OTHER
