"""What is counted and measured, by the names under which Prometheus knows it.

Names are of base units (prometheus.io/docs/practices/naming).  Every label has few values, none of
which a client can make up.
"""

from typing import Literal

from msgspec import Struct

PREFIX = "repartee_"


class Instrument(Struct, frozen=True):
    """One metric; `name` is without prefix, and without the `_total` of a counter.

    `buckets` are the upper bounds of a histogram's, but for infinity.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


def _counter(name: str, help_text: str, *labels: str) -> Instrument:
    return Instrument(name, "counter", help_text, labels)


def _gauge(name: str, help_text: str, *labels: str) -> Instrument:
    return Instrument(name, "gauge", help_text, labels)


def _histogram(name: str, help_text: str, buckets: tuple[float, ...], *labels: str) -> Instrument:
    return Instrument(name, "histogram", help_text, labels, buckets)


_WHOSE = ("model", "transport", "api")

SESSIONS_ACTIVE = _gauge("sessions_active", "Sessions that are open.", *_WHOSE)
SESSIONS = _counter(
    "sessions", "Sessions that have ended, by how.", "end_reason", "close_code", "transport", "api"
)
SESSION_DURATION = _histogram(
    "session_duration_seconds", "How long sessions lasted.", (1, 5, 15, 60, 300, 900, 1800, 3600)
)
ADMISSION_REJECTED = _counter(
    "admission_rejected", "Sessions and requests that were refused, by why.", "reason"
)
AUTH_FAILURES = _counter(
    "auth_failures", "Requests without a right key, or from the wrong web page.", "reason"
)
TURN_RESPONSE_LATENCY = _histogram(
    "turn_response_latency_seconds",
    "From the end of a spoken turn (speech_stopped) to the first sound of the answer to it.",
    (0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2, 5),
    "model",
)
STAGE = _histogram(
    "stage_seconds",
    "Stages of a turn: vad, from the last speech to speech_stopped; asr, from there to the "
    "transcript; llm_ttft, from the question to the first text; tts_ttfb, from there to the first "
    "sound.",
    (0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2, 5),
    "stage",
    "model",
)
RESPONSES = _counter("responses", "Responses that are over, by status.", "model", "outcome")
INTERRUPTIONS = _counter("interruptions", "Answers that their listeners cut short.", "model")
CANCEL = _histogram(
    "cancel_seconds",
    "From the order to stop work of an engine until it has stopped.",
    (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1),
)
AUDIO = _counter("audio_seconds", "Sound that was heard (in) and said (out).", "direction")
TOKENS = _counter(
    "tokens",
    "Tokens that responses read and wrote; those that a model had read before are both cached and "
    "part of the input.",
    "type",
    "model",
)
TOOL = _histogram(
    "tool_seconds",
    "From a tool's call to its output.",
    (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    "kind",
)
ENGINE_ERRORS = _counter("engine_errors", "Failures of engines.", "engine", "kind")
ENGINE_INFLIGHT = _gauge(
    "engine_inflight", "Work that engines are at; that of a mind includes its voice.", "engine"
)
EVENTS = _counter(
    "events",
    "Events of sessions, both ways, by GA's names; appended sound is told by audio_seconds alone.",
    "type",
)
CLIENT_ERRORS = _counter("client_errors", "Errors that clients were told in events.", "code")
SLOW_CONSUMER = _counter("slow_consumer", "Clients cut off because they took nothing any more.")
OUTPUT_LEAD = _histogram(
    "output_lead_seconds",
    "How much of an answer's sound was still to be played when its last was sent.",
    (0.5, 1, 2, 5, 10, 30),
)
EVENT_LOOP_LAG = _histogram(
    "event_loop_lag_seconds",
    "How late the event loop came when it was asked to, ten times a second while somebody is in.",
    (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1),
)
RECORDS_WRITTEN = _counter("records_written", "Records that were kept, by what of.", "kind")
RECORDS_DROPPED = _counter("records_dropped", "Records that were lost, by what of.", "kind")
BUILD_INFO = _gauge("build_info", "1, and what runs here.", "version", "python")

INSTRUMENTS: tuple[Instrument, ...] = tuple(
    each for each in vars().copy().values() if isinstance(each, Instrument)
)
