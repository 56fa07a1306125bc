"""What workers have in common, when there is but one and when it cannot be had."""

from typing import Self

import pytest

from repartee.keys.database import StoreError
from repartee.keys.limits import LiveSessions
from repartee.server.cluster import Cluster, counting
from repartee.server.problems import Problem
from server.doorway import request


class Lost(LiveSessions):
    """Nobody can count."""

    def __enter__(self) -> Self:
        raise StoreError("the disk is gone")


def test_one_worker_is_alone() -> None:
    alone = Cluster()
    assert alone.elsewhere(request("GET /v1/realtime?call_id=rtc_1")) is None
    assert alone.new_id("rtc").startswith("rtc_")
    with counting(alone.sessions) as live:
        live.begin("key_a")
    assert (alone.sessions["key_a"], alone.sessions.total, alone.calls.total) == (1, 1, 0)
    assert Cluster().sessions.total == 0


def test_where_nobody_can_count_nobody_is_let_in(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Problem) as refused, counting(Lost()):
        raise AssertionError
    assert (refused.value.status, refused.value.code) == (503, "server_overloaded")
    assert "the disk is gone" in caplog.text
    assert "disk" not in refused.value.message
