"""WebSocket messages, put together from their frames (RFC 6455 §5.4, §8.1)."""

from picows import WSFrame, WSMsgType

PROTOCOL_ERROR = 1002
INVALID_TEXT = 1007
POLICY_VIOLATION = 1008
TOO_BIG = 1009

_MOST_FRAGMENTS = 16_384  # of one message; enough for the largest in pieces of 1.3 kB


class Violation(Exception):
    """The client broke the rules of WebSocket; `code` is the close code it gets."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Messages:
    """Puts messages together from their frames."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._text = False
        self._pieces: list[bytes] = []
        self._bytes = 0
        self.complete = True  # whether the last frame ended its message

    def add(self, frame: WSFrame) -> bytes | None:
        """The message, if this frame completes it: UTF-8 text, or None for a binary one.

        Raises Violation.
        """
        begins = frame.msg_type is not WSMsgType.CONTINUATION
        if begins != self.complete:
            raise Violation(PROTOCOL_ERROR, "a fragment out of order")
        if begins:
            self._text, self._bytes = frame.msg_type is WSMsgType.TEXT, 0
        self._bytes += frame.payload_size
        if self._bytes > self._max_bytes:
            raise Violation(TOO_BIG, f"a message has {self._max_bytes} bytes at most")
        self.complete = frame.fin
        piece = frame.get_payload_as_bytes() if self._text else b""
        if begins and frame.fin:
            return _utf8(piece) if self._text else None
        self._pieces.append(piece)
        if len(self._pieces) > _MOST_FRAGMENTS:
            raise Violation(POLICY_VIOLATION, "too many fragments")
        if not frame.fin:
            return None
        message, self._pieces = b"".join(self._pieces), []
        return _utf8(message) if self._text else None


def _utf8(message: bytes) -> bytes:
    if not message.isascii():
        try:
            message.decode()
        except UnicodeDecodeError:
            raise Violation(INVALID_TEXT, "text that is not UTF-8") from None
    return message
