"""Settings of calls."""

import pytest

from repartee.settings import WebRTC


def test_ports_are_a_range_with_its_end() -> None:
    assert WebRTC().ports is None
    assert WebRTC(udp_ports="40000-40001").ports == range(40000, 40002)
    assert WebRTC(udp_ports="7-7").ports == range(7, 8)


@pytest.mark.parametrize("ports", ["", "1", "0-5", "5-4", "1-70000", "a-b", "1-2-3", " 1-2"])
def test_ports_that_cannot_be_are_refused(ports: str) -> None:
    with pytest.raises(ValueError, match="udp_ports"):
        _ = WebRTC(udp_ports=ports).ports


def test_the_password_is_not_shown() -> None:
    assert "secret" not in repr(WebRTC(turn_password="secret"))
