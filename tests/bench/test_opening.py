"""How a session is asked for: as this server's own decoders read it."""

import msgspec
import pytest

from repartee.bench.opening import headers, session_update
from repartee.bench.plan import Dialect, Plan
from repartee.protocol.beta import BetaSessionUpdate
from repartee.protocol.client import SessionUpdate


@pytest.mark.parametrize("kind", [SessionUpdate, BetaSessionUpdate])
@pytest.mark.parametrize("listening_only", [False, True])
def test_a_server_understands_it(kind: type[msgspec.Struct], listening_only: bool) -> None:
    dialect: Dialect = "ga" if kind is SessionUpdate else "beta"
    plan = Plan(dialect=dialect, listening_only=listening_only, silence_ms=300)
    decoded = msgspec.to_builtins(msgspec.json.decode(session_update(plan), type=kind))
    session = decoded["session"]
    detection = (session if dialect == "beta" else session["audio"]["input"])["turn_detection"]
    assert detection["silence_duration_ms"] == 300
    assert detection["create_response"] is not listening_only


def test_who_has_a_key_shows_it() -> None:
    assert headers(Plan(), None) == {}
    assert headers(Plan(), "k") == {"Authorization": "Bearer k"}
    beta = headers(Plan(dialect="beta"), "k")
    assert beta == {"Authorization": "Bearer k", "OpenAI-Beta": "realtime=v1"}
