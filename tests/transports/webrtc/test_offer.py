"""What of an offer is taken."""

import pytest

from repartee.transports.webrtc.offer import BadOffer, cleaned
from transports.webrtc.offers import AUDIO, DATA, VIDEO, offer


def candidate(address: str, component: int = 1, protocol: str = "udp") -> str:
    return (
        f"a=candidate:1 {component} {protocol} 2122260223 {address} 54400 typ host generation 0\n"
    )


def test_an_offer_without_candidates_stays_as_it_is() -> None:
    assert cleaned(offer(), lambda _: False) == offer()
    assert cleaned(offer(AUDIO, VIDEO, DATA), lambda _: True) == offer(AUDIO, VIDEO, DATA)


def test_only_candidates_that_may_be_reached_stay_and_they_are_never_complete() -> None:
    named = ["192.0.2.1", "10.0.0.1", "2001:db8::1", "4e3a9f9b-0d.local"]
    lines = "".join(map(candidate, named)) + "a=end-of-candidates\n"
    asked: list[str] = []

    def may_reach(address: str) -> bool:
        asked.append(address)
        return address == "10.0.0.1"

    assert cleaned(offer(lines=lines), may_reach) == offer(lines=candidate("10.0.0.1"))
    assert asked == named * 2


@pytest.mark.parametrize(
    "line",
    [
        candidate("10.0.0.1", component=2),
        candidate("10.0.0.1", protocol="tcp"),
        candidate("10.0.0.1 x"),
        candidate("h?"),
        "a=candidate:\n",
        "a=candidate:1 1 udp\n",
        "a=candidate:" + "x" * 1000 + "\n",
    ],
)
def test_other_candidates_are_left_out(line: str) -> None:
    assert cleaned(offer(lines=line), lambda _: True) == offer()


def test_a_thousand_candidates_are_a_few() -> None:
    text = cleaned(offer(AUDIO, DATA, lines=candidate("10.0.0.1") * 200), lambda _: True)
    assert text.count("a=candidate:") == 32


@pytest.mark.parametrize(
    ("sdp", "why"),
    [
        ("", "v=0"),
        ("\0\1\2", "v=0"),
        ("{}", "v=0"),
        (offer(DATA), "audio"),
        (offer(AUDIO), "data channel"),
        (offer(VIDEO, DATA), "audio"),
        (offer(AUDIO, DATA, DATA), "more than one"),
        (offer(AUDIO, DATA, *[VIDEO] * 7), "8 media"),
        (offer(AUDIO, DATA, VIDEO.replace("m=video", "m=text")), "'text'"),
        (offer(lines="a=x\n" * 20_000), "65536"),
    ],
)
def test_what_cannot_be_a_call_is_refused(sdp: str, why: str) -> None:
    with pytest.raises(BadOffer, match=why):
        cleaned(sdp, lambda _: True)
