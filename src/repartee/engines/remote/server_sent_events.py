"""Server-sent events: the stream in which endpoints send their answers (pure, no I/O).

The rules are those of the HTML standard, section 9.2.6 "Interpreting an event stream".
"""

import codecs
import re

from msgspec import Struct

_LINE_END = re.compile(r"\r\n|\r|\n")
_LONGEST = 4 << 20  # characters of one event: far above any answer, far below our memory


class ServerSentEvent(Struct, frozen=True):
    """One dispatched event; `name` is "message" where the stream names none."""

    data: str
    name: str = "message"
    id: str = ""


class EventStream:
    """Turns the bytes of one stream into its events, however the bytes are cut."""

    def __init__(self) -> None:
        # "utf-8-sig": "one leading U+FEFF BYTE ORDER MARK character must be ignored".
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._rest = ""
        self._after_cr = False
        self._data: list[str] = []
        self._name = ""
        self._id = ""

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Events completed by `chunk`.  An event that no blank line ends is never dispatched.

        Raises ValueError when a single event grows beyond all reason.
        """
        events = []
        for line in self._lines(self._decoder.decode(chunk)):
            if line:
                self._read(line)
            elif event := self._dispatched():
                events.append(event)
        if len(self._rest) + sum(map(len, self._data)) > _LONGEST:
            raise ValueError("an event of the stream is too long")
        return events

    def _lines(self, text: str) -> list[str]:
        if not text:
            return []
        if self._after_cr:  # the CR that ended the last line may have been half of a CRLF
            text = text.removeprefix("\n")
        self._after_cr = text.endswith("\r")
        if not _LINE_END.search(text):
            self._rest += text
            return []
        *lines, rest = _LINE_END.split(self._rest + text)
        self._rest = rest
        return lines

    def _read(self, line: str) -> None:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "data":
                self._data.append(value)
            case "event":
                self._name = value
            case "id" if "\0" not in value:
                self._id = value
            case _:  # comments (an empty field name), `retry` and fields unknown to the standard
                return

    def _dispatched(self) -> ServerSentEvent | None:
        data, name = self._data, self._name
        self._data, self._name = [], ""
        if not data:
            return None
        return ServerSentEvent("\n".join(data), name or "message", self._id)
