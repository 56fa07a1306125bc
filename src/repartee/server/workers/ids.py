"""Names that tell which worker has what they name, and that nobody else can make.

A name is its prefix and, in base 62, the number of a worker's process (4 bytes), 16 random ones,
and 8 of a signature.  One that was not made here leads nowhere: no other worker is asked for it.
"""

import secrets
import string
from typing import Protocol

_DIGITS = string.digits + string.ascii_letters
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
_NUMBER, _RANDOM, _SIGNATURE = 4, 16, 8
_CONTENT = _NUMBER + _RANDOM
_LENGTH = 38  # digits of base 62 for 28 bytes


class Signer(Protocol):
    """Signs with keys that all workers share: `keys.sealing.Sealer`."""

    def sign(self, content: bytes) -> bytes:
        """The signature of `content`, 32 bytes."""

    def signatures(self, content: bytes) -> list[bytes]:
        """Those of all keys, for what was signed by an older one."""


class WorkerIds:
    """Makes such names for the process of this number, and reads those of any."""

    def __init__(self, signer: Signer, number: int) -> None:
        self._signer = signer
        self._number = number.to_bytes(_NUMBER)

    def __call__(self, prefix: str) -> str:
        """A new name."""
        content = self._number + secrets.token_bytes(_RANDOM)
        signature = self._signer.sign(_signed(prefix, content))[:_SIGNATURE]
        return f"{prefix}_{_written(content + signature)}"

    def owner(self, name: str) -> int | None:
        """The number of the process that made it; None where none of ours did."""
        prefix, _, digits = name.partition("_")
        whole = _read(digits)
        if whole is None:
            return None
        content, signature = whole[:_CONTENT], whole[_CONTENT:]
        good = (each[:_SIGNATURE] for each in self._signer.signatures(_signed(prefix, content)))
        if not any(secrets.compare_digest(signature, each) for each in good):
            return None
        return int.from_bytes(content[:_NUMBER])


def _signed(prefix: str, content: bytes) -> bytes:
    return prefix.encode(errors="replace") + b"_" + content


def _written(whole: bytes) -> str:
    number, digits = int.from_bytes(whole), ""
    for _ in range(_LENGTH):
        number, value = divmod(number, len(_DIGITS))
        digits = _DIGITS[value] + digits
    return digits


def _read(digits: str) -> bytes | None:
    if len(digits) != _LENGTH or not _VALUES.keys() >= {*digits}:
        return None
    number = 0
    for digit in digits:
        number = number * len(_DIGITS) + _VALUES[digit]
    try:
        return number.to_bytes(_CONTENT + _SIGNATURE)
    except OverflowError:
        return None
