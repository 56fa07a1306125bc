"""The sessions of ephemeral keys that are too long to stand in the key itself."""

import logging
import time

from repartee.keys.database import Database, StoreError

log = logging.getLogger(__name__)

_GRACE_S = 60  # beyond any difference of clocks that a key is forgiven


class BoundSessions:
    """Keeps sealed sessions in the database until the keys that refer to them have expired."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, reference: bytes, sealed: bytes, expires: int) -> None:
        """Keep `sealed`, and drop what nobody can refer to any more.  Raises StoreError."""
        now = int(time.time())
        self._database.write("DELETE FROM bound_sessions WHERE expires < ?", now - _GRACE_S)
        insertion = "INSERT INTO bound_sessions (reference, sealed, expires) VALUES (?, ?, ?)"
        self._database.write(insertion, reference, sealed, expires)

    def get(self, reference: bytes) -> bytes | None:
        """What was kept, if it can be had."""
        statement = "SELECT sealed FROM bound_sessions WHERE reference = ?"
        try:
            rows = self._database.read(statement, reference)
        except StoreError as error:
            log.warning("a session bound to an ephemeral key cannot be read: %s", error)
            return None
        return next((sealed for (sealed,) in rows), None)
