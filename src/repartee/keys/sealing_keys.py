"""The keys that seal ephemeral keys: from the settings, or made once and kept in a file."""

import logging
import os
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable
from pathlib import Path

from repartee.keys.sealing import SealingKey
from repartee.settings import Keys, SettingsError

log = logging.getLogger(__name__)

_BYTES = 32
_KID = re.compile(r"[A-Za-z0-9_-]{1,16}")
_FORM = "KID:BASE64, an id of up to 16 letters and digits and 32 random bytes"


def sealing_keys(settings: Keys, *folders: Path) -> tuple[SealingKey, ...]:
    """The keys of the settings or, where there are none, those of a folder, the newest first.

    The first of `folders` that can be used holds: one without a key gets one.  Where none can be,
    the key lasts as long as this process.  Raises SettingsError for keys that cannot be used.
    """
    if settings.sealing_keys:
        return read(settings.sealing_keys, "keys.sealing_keys")
    for file in (folder / "sealing.keys" for folder in folders):
        try:
            _make(file)
            lines = file.read_text(encoding="ascii").split()
        except OSError as error:
            log.warning(
                "ephemeral keys end with this process, for its sealing key cannot be kept",
                extra={"file": str(file), "reason": error.strerror},
            )
        except UnicodeDecodeError:
            return read([], str(file))
        else:
            return read(lines, str(file))
    return read([_fresh()], "")


def read(words: Iterable[str], source: str) -> tuple[SealingKey, ...]:
    """The keys written as KID:BASE64.  Raises SettingsError, which shows nothing of them."""
    keys: dict[str, SealingKey] = {}
    for word in words:
        kid, _, encoded = word.partition(":")
        try:
            key = b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if not _KID.fullmatch(kid) or len(key) != _BYTES:
            raise SettingsError(f"{source}: each key must be {_FORM}")
        if kid in keys:
            raise SettingsError(f"{source}: two keys have the id {kid}")
        keys[kid] = SealingKey(kid, key)
    if not keys:
        raise SettingsError(f"{source}: there must be a key, {_FORM}")
    return tuple(keys.values())


def _fresh() -> str:
    return f"{secrets.token_hex(4)}:{b64encode(secrets.token_bytes(_BYTES)).decode('ascii')}"


def _make(file: Path) -> None:
    """Write a key, whole or not at all, unless there is one: another process may be as quick."""
    if file.exists():
        return
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(_fresh() + "\n")
        os.link(draft, file)  # which fails where there is one, as replacing would not
    except FileExistsError:
        log.debug("another process was quicker to make the sealing key")
    finally:
        draft.unlink()
