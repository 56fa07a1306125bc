"""A certificate of our own: its own authority, a file that clients can be told to trust.

It is kept and used again until shortly before its end.
"""

import fcntl
import ipaddress
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from repartee.settings import SettingsError

_VALID = timedelta(days=397)  # what browsers accept at most
_RENEW_BEFORE = timedelta(days=30)
_LOOPBACK = ("127.0.0.1", "::1")


def certificate_names(host: str) -> list[str]:
    """The names and addresses under which this machine is called, and the one we listen on."""
    names = ["localhost", *_LOOPBACK, socket.gethostname().lower()]
    if host not in ("0.0.0.0", "::"):
        names.append(host)
    return list(dict.fromkeys(names))


def self_signed(folder: Path, names: list[str]) -> tuple[Path, Path]:
    """The paths of a certificate for `names` and its key, made anew where needed.

    Raises SettingsError.
    """
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    if not _are_good(certificate, key, names):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (folder / "certificate.lock").open("w") as gate:
                fcntl.flock(gate, fcntl.LOCK_EX)
                if not _are_good(certificate, key, names):  # else another process was quicker
                    made, private = _make(names)
                    _write(key, private, 0o600)
                    _write(certificate, made, 0o644)
        except OSError as error:
            raise SettingsError(
                f"the certificate cannot be kept in {folder} ({error.strerror}): "
                "set XDG_STATE_HOME to a folder that can be written"
            ) from None
    return certificate, key


def _are_good(certificate: Path, key: Path, names: list[str]) -> bool:
    return key.is_file() and _still_good(certificate, names)


def _still_good(file: Path, names: list[str]) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError):
        return False
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    known = {str(name.value) for name in found}
    ends = certificate.not_valid_after_utc
    return known.issuperset(names) and ends - _RENEW_BEFORE > datetime.now(UTC)


def _make(names: list[str]) -> tuple[bytes, bytes]:
    """A certificate that is its own authority, and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        **dict.fromkeys(("digital_signature", "key_cert_sign"), True),
        **dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment"), False),
        **dict.fromkeys(("key_agreement", "crl_sign", "encipher_only", "decipher_only"), False),
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # for clocks that are late
        .not_valid_after(now + _VALID)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .add_extension(usage, True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .add_extension(identifier, False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return certificate.public_bytes(serialization.Encoding.PEM), private


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write(file: Path, content: bytes, mode: int) -> None:
    """Write a file whole or not at all, never readable by more than `mode` allows."""
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    fresh.replace(file)
