"""A certificate of our own."""

import ipaddress
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from repartee.server import certificate as certificate_module
from repartee.server.certificate import certificate_names, self_signed
from repartee.settings import SettingsError

NAMES = ["localhost", "127.0.0.1", "::1", "my-machine"]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "repartee"


def read(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def test_a_certificate_names_this_machine(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path / "new" / "folder", NAMES)
    made = read(certificate)
    known = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert known.get_values_for_type(x509.DNSName) == ["localhost", "my-machine"]
    assert known.get_values_for_type(x509.IPAddress) == [
        ipaddress.ip_address("127.0.0.1"),
        ipaddress.ip_address("::1"),
    ]
    assert made.not_valid_after_utc - datetime.now(UTC) > timedelta(days=365)
    authority = made.extensions.get_extension_for_class(x509.BasicConstraints)
    assert authority.critical
    assert authority.value.ca  # of its own, and of nothing else
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.parent.stat().st_mode & 0o777 == 0o700
    assert b"PRIVATE" not in certificate.read_bytes()
    assert sorted(os.listdir(certificate.parent)) == [
        "certificate.lock",
        "certificate.pem",
        "key.pem",
    ]


def test_a_certificate_is_kept(tmp_path: Path) -> None:
    first = read(self_signed(tmp_path, NAMES)[0])
    assert read(self_signed(tmp_path, NAMES[:2])[0]) == first


def test_a_certificate_is_made_anew_where_it_would_not_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = self_signed(tmp_path, NAMES)
    seen = {read(certificate).serial_number}
    self_signed(tmp_path, [*NAMES, "other-machine"])
    seen.add(read(certificate).serial_number)
    certificate.write_bytes(b"not a certificate")
    self_signed(tmp_path, NAMES)
    seen.add(read(certificate).serial_number)
    key.unlink()
    self_signed(tmp_path, NAMES)
    seen.add(read(certificate).serial_number)
    monkeypatch.setattr(certificate_module, "_VALID", timedelta(days=29))
    self_signed(tmp_path, [*NAMES, "x"])  # which is about to end from the first …
    seen.add(read(certificate).serial_number)
    self_signed(tmp_path, NAMES)
    seen.add(read(certificate).serial_number)
    assert len(seen) == 6


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match="XDG_STATE_HOME"):
        self_signed(tmp_path / "file" / "folder", NAMES)


def test_the_names_of_this_machine() -> None:
    names = certificate_names("voice.example")
    assert names[:3] == ["localhost", "127.0.0.1", "::1"]
    assert names[-1] == "voice.example"
    assert "0.0.0.0" not in certificate_names("0.0.0.0")
    assert len(set(names)) == len(names)
