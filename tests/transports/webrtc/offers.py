"""Offers as text, to be spoilt."""

AUDIO = """\
m=audio 9 UDP/TLS/RTP/SAVPF 111 0
c=IN IP4 0.0.0.0
a=mid:{mid}
a=sendrecv
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtpmap:0 PCMU/8000
"""
DATA = """\
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=mid:{mid}
a=sctp-port:5000
"""
VIDEO = """\
m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=mid:{mid}
a=sendrecv
a=rtcp-mux
a=rtpmap:96 VP8/90000
"""
CREDENTIALS = "a=ice-ufrag:abcd\na=ice-pwd:0123456789012345678901\n"
SECRETS = CREDENTIALS + f"a=fingerprint:sha-256 {':'.join(['AB'] * 32)}\na=setup:actpass\n"


def offer(*media: str, secrets: str = SECRETS, lines: str = "") -> str:
    """An offer with these media, by default sound and a data channel."""
    media = media or (AUDIO, DATA)
    mids = " ".join(map(str, range(len(media))))
    head = f"v=0\no=- 1 2 IN IP4 127.0.0.1\ns=-\nt=0 0\na=group:BUNDLE {mids}\n"
    body = [each.format(mid=mid) + secrets + lines for mid, each in enumerate(media)]
    return (head + "".join(body)).replace("\n", "\r\n")
