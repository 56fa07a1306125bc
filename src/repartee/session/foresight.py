"""Foresight: an answer prepared while the silence that ends a turn still runs.

It is kept from everybody until the turn is over.  If what is then to be answered is, word for word
and setting for setting, what was foreseen, the answer begins with what was prepared; otherwise,
or when speech resumes, it is thrown away without a trace.
"""

from msgspec import structs

from repartee.session.commands import Proceed, Reply, Stop
from repartee.session.inputs import Called, Failed, Finished, Said, Sounded
from repartee.session.outbox import Outbox

Fact = Said | Sounded | Called | Finished | Failed


class Foresight:
    """One early reply at most, and what its engines have told of it."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._reply: Reply | None = None
        self._facts: list[Fact] = []

    def prepare(self, reply: Reply) -> None:
        """Begin to work on `reply`, whose ref does not count."""
        if self._reply is not None and _same(reply, self._reply):
            return
        self.drop()
        self._reply = structs.replace(reply, ref=self._outbox.new_id("early"), early=True)
        self._outbox.ask(self._reply)

    def follow(self, fact: Fact) -> bool:
        """Take what is told of an early reply; whether it is one."""
        if self._reply is None or fact.ref != self._reply.ref:
            return False
        if self._facts and isinstance(self._facts[-1], Finished):
            return True  # nothing comes after that
        if isinstance(fact, Failed):  # asked anew, it may do better; else that failure is told
            self._reply, self._facts = None, []
        else:
            self._facts.append(fact)
        return True

    def take(self, reply: Reply) -> tuple[str, list[Fact]] | None:
        """The ref and the beginning of `reply`, if it was foreseen."""
        foreseen, facts = self._reply, self._facts
        if foreseen is None or not _same(reply, foreseen):
            self.drop()
            return None
        self._reply, self._facts = None, []
        self._outbox.ask(Proceed(foreseen.ref))
        return foreseen.ref, facts

    def drop(self) -> None:
        """It will not come to that."""
        if self._reply is not None:
            self._outbox.ask(Stop(self._reply.ref))
        self._reply, self._facts = None, []


def _same(reply: Reply, other: Reply) -> bool:
    return structs.replace(reply, ref=other.ref, early=other.early) == other
