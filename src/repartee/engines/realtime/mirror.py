"""What a server's conversation holds, and how it is brought to what ours is (pure).

Our session decides what was said and heard; the server's conversation follows before each answer.
What both have stays: the model then reads its own speech as speech, and what it has read before.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count

from msgspec import Struct, structs

from repartee.engines.realtime.events import item, readable
from repartee.engines.remote.wire import Event
from repartee.protocol.prompt import Call, CallOutput, Line, Message


class Part(Struct):
    """One item of the server's; of what its model said, each word with the ms it begins at."""

    id: str
    words: list[tuple[float, str]] = []
    spoken: bool = False

    @property
    def text(self) -> str:
        return "".join(word for _, word in self.words)


class Held:
    """What the server holds of one line; an answer in one line may be several items of its own."""

    def __init__(self, line: Line, *parts: Part) -> None:
        self.parts = list(parts)
        self._sounds = hash(line.sounds) if isinstance(line, Message) and line.sounds else None
        self._line = structs.replace(line, sounds=()) if isinstance(line, Message) else line

    @property
    def call_id(self) -> str:
        """What the server calls this call."""
        assert isinstance(self._line, Call)
        return self._line.call_id

    def extend(self, arguments: str) -> None:
        """The model's call goes on."""
        assert isinstance(self._line, Call)
        self._line = structs.replace(self._line, arguments=self._line.arguments + arguments)

    def is_for(self, line: Line) -> bool:
        """Whether it is this line that is held, or can be made of what is."""
        held = self._line
        match held, line:
            case Message(), Message():
                return self._is_for_message(held, line)
            case Call(), Call():
                return (held.name, held.arguments) == (line.name, line.arguments)
        return held == line

    def _is_for_message(self, held: Message, line: Message) -> bool:
        if held.role != line.role or (held.id and line.id and held.id != line.id):
            return False
        if self.parts[0].words:
            text = "".join(part.text for part in self.parts)
            spoken = all(part.spoken for part in self.parts)
            return text == line.text or (spoken and text.startswith(line.text))
        if self._sounds is not None and not line.sounds:
            return bool(line.id)  # we have let go of the sound, the server has not
        sounds = hash(line.sounds) if line.sounds else None
        same = (held.text, held.images, self._sounds) == (line.text, line.images, sounds)
        return same

    def heard(self, line: Line) -> Iterator[Event]:
        """What makes of the model's speech what was heard of it."""
        if not isinstance(line, Message) or not self.parts[0].words:
            return
        left = len(line.text)
        for part in tuple(self.parts):
            begins = left
            left -= len(part.text)
            if begins <= 0:
                self.parts.remove(part)
                yield _delete(part)
            elif left < 0:
                yield _truncate(part, begins)


def _truncate(part: Part, characters: int) -> Event:
    """Cut speech where the first word begins that is not among so many characters."""
    kept: list[tuple[float, str]] = []
    while characters > 0:
        word = part.words[len(kept)]
        kept.append(word)
        characters -= len(word[1])
    end = int(part.words[len(kept)][0])
    part.words = kept
    what = {"item_id": part.id, "content_index": 0, "audio_end_ms": end}
    return {"type": "conversation.item.truncate", **what}


def _delete(part: Part) -> Event:
    return {"type": "conversation.item.delete", "item_id": part.id}


class Mirror:
    """The conversation of one connection, which begins empty."""

    def __init__(self) -> None:
        self._held: list[Held] = []
        self._numbers = count(1)
        self._call_ids: dict[str, str] = {}  # what the server calls our calls

    def add(self, said: Iterable[Held]) -> None:
        """The model has said this, behind all else."""
        self._held += said

    def catch_up(self, lines: Iterable[Line]) -> Iterator[Event]:
        """What is to be sent so that the server holds these lines.

        Lines are looked for in order, and what lies between two that are found is deleted.
        """
        rest, kept = self._held, list[Held]()
        for line in readable(lines):
            place = _place(rest, line)
            if place is None:
                held = self._made(line)
                kept.append(held)
                yield self._create(line, held.parts[0].id, kept[:-1], last=not rest)
                continue
            for gone in rest[:place]:
                yield from map(_delete, gone.parts)
            held, rest = rest[place], rest[place + 1 :]
            yield from held.heard(line)
            if isinstance(line, Call):
                self._call_ids[line.call_id] = held.call_id
            kept.append(held)
        for gone in rest:
            yield from map(_delete, gone.parts)
        self._held = kept

    def _made(self, line: Line) -> Held:
        return Held(line, Part(f"line_{next(self._numbers)}"))

    def _create(self, line: Line, name: str, before: Sequence[Held], *, last: bool) -> Event:
        theirs = None
        if isinstance(line, CallOutput):
            theirs = self._call_ids.get(line.call_id)
        event: Event = {"type": "conversation.item.create", "item": {"id": name}}
        event["item"] |= item(line, theirs)
        if not last:
            event["previous_item_id"] = before[-1].parts[-1].id if before else "root"
        return event


def _place(held: Sequence[Held], line: Line) -> int | None:
    """Where a line is first held."""
    return next((place for place, each in enumerate(held) if each.is_for(line)), None)
