from typing import Any

import pytest

from repartee.recording.inspection.glance import Glance
from repartee.recording.inspection.turns import Tokens

OPENED: dict[str, Any] = {
    "repartee": "1.2.3",
    "began": 5.0,
    "session": "sess_1",
    "model": "gpt-realtime",
    "dialect": "ga",
    "transport": "websocket",
    "engines": {"ears": {"engine": "fake", "model": "small"}, "mind": {"engine": "fake"}},
}
NONE: dict[str, Any] = {"turns": [], "spreads": {}, "user_s": 0, "agent_s": 0}


def test_a_session_is_told_in_short() -> None:
    glance = Glance()
    glance.open(OPENED, 100.0)
    glance.spend({"input_tokens": 3, "output_tokens": 4, "input_token_details": {}})
    glance.spend(None)
    glance.goes_on(160.5)
    found = glance.inspection(**NONE)
    assert found.duration_s == 60.5
    assert found.engines == {"ears": "fake (small)", "mind": "fake"}
    assert found.tokens == Tokens(3, 0, 4)
    assert not found.complete


def test_nothing_opened_is_nothing_to_tell() -> None:
    with pytest.raises(ValueError, match="how its session began"):
        Glance().inspection(**NONE)
