"""Ephemeral keys: tokens that carry their own meaning, sealed, so that nothing need be kept.

A token is `ek_` and, in base64url: the length of the sealing key's id, that id, a random nonce,
and the compressed `Secret` under ChaCha20-Poly1305 (RFC 8439), which binds all that stands before.
Nonces of 96 random bits allow 2**32 tokens of one key (the bound of NIST SP 800-38D §8.3).
Whoever holds the sealing key can open it: another process, or this one after a restart.
"""

import hmac
import os
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from msgspec import Struct

PREFIX = "ek_"
SKEW_S = 5.0
"""Seconds by which the clocks of two nodes may differ."""

_LONGEST = 2048  # characters of a token: it has to fit into a header among others
_NONCE = 12
_TAG = 16
_REFERENCE = 16

Flaw = Literal["broken", "foreign", "expired", "early", "lost"]


class UnusableSecret(Exception):
    """A token that opens nothing.

    `flaw` says why, for counters and logs: `broken` was altered or cut; `foreign` was sealed by a
    key that is not known here, or no longer; `expired`; `early`, where it was made later than it is
    now, so that somebody's clock is wrong; `lost`, where its session was kept in a database and is
    not there.
    """

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(f"the ephemeral key is {flaw}")
        self.flaw = flaw


class SealingKey(Struct, frozen=True):
    """256 bits, and the id by which tokens name them, of 1 to 16 ASCII characters."""

    kid: str
    key: bytes

    def __repr__(self) -> str:  # never the key
        return f"SealingKey({self.kid!r})"


class Secret(Struct, frozen=True, kw_only=True, array_like=True):
    """What an ephemeral key stands for.

    `session` is the configuration bound to it, the JSON as it was said in `dialect`; the holder
    never reads it.  Times are Unix seconds.  `key_id` is the API key it was made with.
    """

    key_id: str
    issued: int
    expires: int
    kind: Literal["realtime", "transcription"] = "realtime"
    dialect: Literal["ga", "beta"] = "ga"
    session: bytes = b"{}"
    safety_identifier: str | None = None
    project: str | None = None

    def __repr__(self) -> str:  # a session holds instructions
        return f"Secret({self.key_id!r}, {self.kind!r}, expires={self.expires})"


class Shelf(Protocol):
    """Keeps sessions that are too long for a token, sealed."""

    def put(self, reference: bytes, sealed: bytes, expires: int) -> None:
        """Keep it until it expires.  Raises StoreError."""

    def get(self, reference: bytes) -> bytes | None:
        """What was kept, if it can be had; never raises."""


class _Sealed(Secret, frozen=True, kw_only=True, array_like=True):
    """A secret as it stands in a token; `reference` is where its session is kept, if not here."""

    reference: bytes = b""


_decode = msgspec.msgpack.Decoder(_Sealed).decode
_encode = msgspec.msgpack.Encoder().encode


class Sealer:
    """Makes tokens with the first of `keys`, and opens those of any.

    To change the key, put a new one before the old, everywhere, and take the old one away when its
    last token has expired.
    """

    def __init__(self, keys: Sequence[SealingKey], shelf: Shelf, *, skew_s: float = SKEW_S) -> None:
        self._sealing = keys[0].kid.encode("ascii")
        # What encrypts does not sign: keys of their own, as by HKDF (RFC 5869 §2.3).
        self._signing = [hmac.digest(key.key, b"signatures\x01", "sha256") for key in keys]
        self._ciphers = {key.kid.encode("ascii"): ChaCha20Poly1305(key.key) for key in keys}
        self._shelf = shelf
        self._skew_s = skew_s

    def seal(self, secret: Secret) -> str:
        """The token for `secret`, at most some 2,000 characters.

        Raises StoreError where its session had to be kept and could not be.
        """
        token = self._token(secret, b"")
        if len(token) <= _LONGEST:
            return token
        reference = os.urandom(_REFERENCE)
        self._shelf.put(reference, self._close(secret.session, reference), secret.expires)
        return self._token(msgspec.structs.replace(secret, session=b""), reference)

    def sign(self, content: bytes) -> bytes:
        """A signature of `content` that only holders of the sealing keys can make: 32 bytes."""
        return self.signatures(content)[0]

    def signatures(self, content: bytes) -> list[bytes]:
        """Those by every key, the newest first: what was signed by an older one holds as well."""
        return [hmac.digest(key, content, "sha256") for key in self._signing]

    def open(self, token: str, now: float) -> Secret:
        """What the token stands for at `now`.  Raises UnusableSecret, and nothing else."""
        try:
            sealed = _decode(self._open(_envelope(token), PREFIX.encode()))
        except msgspec.DecodeError:
            raise UnusableSecret("broken") from None
        if now >= sealed.expires + self._skew_s:
            raise UnusableSecret("expired")
        if now < sealed.issued - self._skew_s:
            raise UnusableSecret("early")
        fields = msgspec.structs.asdict(sealed)
        if reference := fields.pop("reference"):
            kept = self._shelf.get(reference)
            if kept is None:
                raise UnusableSecret("lost")
            fields["session"] = self._open(kept, reference)
        return Secret(**fields)

    def _token(self, secret: Secret, reference: bytes) -> str:
        fields = msgspec.structs.asdict(secret)
        envelope = self._close(_encode(_Sealed(**fields, reference=reference)), PREFIX.encode())
        return PREFIX + urlsafe_b64encode(envelope).decode("ascii").rstrip("=")

    def _close(self, content: bytes, purpose: bytes) -> bytes:
        head = bytes([len(self._sealing)]) + self._sealing + os.urandom(_NONCE)
        cipher = self._ciphers[self._sealing]
        packed = zlib.compress(content, wbits=-zlib.MAX_WBITS)
        return head + cipher.encrypt(head[-_NONCE:], packed, purpose + head)

    def _open(self, envelope: bytes, purpose: bytes) -> bytes:
        start = 1 + envelope[0] if envelope else 0
        end = start + _NONCE
        if not start or len(envelope) < end + _TAG:
            raise UnusableSecret("broken")
        cipher = self._ciphers.get(envelope[1:start])
        if cipher is None:
            raise UnusableSecret("foreign")
        try:
            packed = cipher.decrypt(envelope[start:end], envelope[end:], purpose + envelope[:end])
            return zlib.decompress(packed, wbits=-zlib.MAX_WBITS)
        except (InvalidTag, zlib.error):
            raise UnusableSecret("broken") from None


def _envelope(token: str) -> bytes:
    """The bytes of a token, of which there is one way to write them.  Raises UnusableSecret."""
    text = token.removeprefix(PREFIX)
    try:
        envelope = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise UnusableSecret("broken") from None
    written = PREFIX + urlsafe_b64encode(envelope).decode("ascii").rstrip("=")
    # Decoding passes over foreign characters and over bits that no byte has: both are forgeries.
    if written != token:
        raise UnusableSecret("broken")
    return envelope
