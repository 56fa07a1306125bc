"""WebSocket messages, put together from their frames (RFC 6455 §5.4, §8.1)."""

from picows import WSFrame, WSMsgType

PROTOCOL_ERROR = 1002
INVALID_TEXT = 1007
POLICY_VIOLATION = 1008
TOO_BIG = 1009

_MOST_EMPTY = 1024  # fragments of one message that carry nothing and so never reach its limit


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
        self._bytes = 0
        self._empty = 0
        self._begun = bytearray()
        self.complete = True  # whether the last frame ended its message

    def add(self, frame: WSFrame) -> bytes | None:
        """The message, if this frame completes it: UTF-8 text, or None for a binary one.

        Raises Violation.
        """
        kind = frame.msg_type
        begins = kind is not WSMsgType.CONTINUATION
        if begins != self.complete:
            raise Violation(PROTOCOL_ERROR, "a fragment out of order")
        self.complete = frame.fin
        if begins:
            self._text = kind is WSMsgType.TEXT
            if frame.fin:
                return _utf8(frame.get_payload_as_bytes()) if self._text else None
            self._bytes = self._empty = 0
        self._count(frame.payload_size)
        if self._text:
            self._begun += frame.get_payload_as_bytes()
        if not (self._text and frame.fin):
            return None
        message, self._begun = bytes(self._begun), bytearray()
        return _utf8(message)

    def _count(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self._max_bytes:
            raise Violation(TOO_BIG, f"a message has {self._max_bytes} bytes at most")
        self._empty += size == 0
        if self._empty > _MOST_EMPTY:
            raise Violation(POLICY_VIOLATION, "too many empty fragments")


def _utf8(message: bytes) -> bytes:
    if not message.isascii():
        try:
            message.decode()
        except UnicodeDecodeError:
            raise Violation(INVALID_TEXT, "text that is not UTF-8") from None
    return message
