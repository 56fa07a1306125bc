"""SDP offers: what of one is taken, before anything is done about it (RFC 8866, RFC 8829)."""

import re
from collections.abc import Callable

MEDIA_TYPE = "application/sdp"
_LONGEST = 64 * 1024
_MOST_MEDIA = 8
_MOST_CANDIDATES = 32
# RFC 8839 §5.1, as far as we can use one: component 1, UDP.
_CANDIDATE = re.compile(
    r"a=candidate:[\w+/]{1,32} 1 udp \d{1,10} ([\w.:-]{2,64}) \d{1,5} "
    r"typ (?:host|srflx|prflx|relay)(?: [\w.:/+-]+)*",
    re.IGNORECASE,
)


class BadOffer(Exception):
    """An offer that cannot be answered, and why."""


def cleaned(sdp: str, may_reach: Callable[[str], bool]) -> str:
    """An offer as it is taken.  Raises BadOffer.

    Of its candidates only those stay whose address `may_reach` approves: to the others nothing is
    sent until they have sent us a check with the right password.  That the candidates are complete
    is left out, since more of them may be found that way.
    """
    if len(sdp) > _LONGEST:
        raise BadOffer(f"An offer has {_LONGEST} characters at most.")
    lines = sdp.splitlines()
    if not lines or lines[0].strip() != "v=0":
        raise BadOffer("The offer is no SDP: its first line must be 'v=0'.")
    _check_media([line.split()[0] for line in lines if line.startswith("m=") and line.split()])
    kept, candidates = [], 0
    for line in filter(None, lines):
        if line.startswith("a=candidate:"):
            candidates += 1
            candidate = _CANDIDATE.fullmatch(line)
            if not candidate or candidates > _MOST_CANDIDATES or not may_reach(candidate[1]):
                continue
        if not line.startswith("a=end-of-candidates"):
            kept.append(line)
    return "".join(f"{line}\r\n" for line in kept)


def _check_media(media: list[str]) -> None:
    kinds = [kind.removeprefix("m=") for kind in media]
    if len(kinds) > _MOST_MEDIA:
        raise BadOffer(f"An offer has {_MOST_MEDIA} media descriptions at most.")
    if "audio" not in kinds:
        raise BadOffer("The offer has no audio: add a microphone's track, or an audio transceiver.")
    if "application" not in kinds:
        raise BadOffer("The offer has no data channel: create 'oai-events' before the offer.")
    if kinds.count("application") > 1:
        raise BadOffer("The offer has more than one description of data channels.")
    if unknown := {*kinds} - {"audio", "video", "application"}:
        raise BadOffer(f"The offer has media of an unknown kind: {min(unknown)[:40]!r}.")
