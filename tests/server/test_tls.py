"""TLS, with our certificate and the operator's."""

import asyncio
import os
import ssl
import subprocess
from pathlib import Path

import pytest
from cryptography import x509

from repartee.server import tls
from repartee.server.certificate import self_signed
from repartee.settings import Server, SettingsError
from server.doorway import doorway, http, read_answer
from transports.raw_socket import TEXT, RawSocket, frame

NAMES = ["localhost", "127.0.0.1", "::1", "my-machine"]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "repartee"


def read(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def test_no_tls_unless_asked_for() -> None:
    assert tls.context(Server()) is None


@pytest.mark.parametrize("fault", ["missing", "nonsense", "another's"])
def test_an_operators_certificate_that_will_not_do_is_told(fault: str, tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path / "one", NAMES)
    if fault == "missing":
        key.unlink()
    elif fault == "nonsense":
        certificate.write_text("nonsense")
    else:
        _, key = self_signed(tmp_path / "two", NAMES)
    with pytest.raises(SettingsError, match=r"server\.tls_cert .* server\.tls_key"):
        tls.context(Server(tls_cert=str(certificate), tls_key=str(key)))


async def test_an_operators_certificate_is_used(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path, ["voice.example"])
    context = tls.context(Server(tls_cert=str(certificate), tls_key=str(key)))
    async with doorway(context=context) as door:
        trusting = ssl.create_default_context(cafile=certificate)
        client = await RawSocket.connect(door.port, ssl=trusting, server_hostname="voice.example")
        assert client.writer.get_extra_info("cipher") is not None
        await client.close()


async def test_python_trusts_our_certificate_on_one_port_for_all(
    state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    context = tls.context(Server(tls_self_signed=True))
    certificate = state / "certificate.pem"
    assert f"NODE_EXTRA_CA_CERTS={certificate}" in caplog.text
    trusting = ssl.create_default_context(cafile=certificate)
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
    async with doorway(context=context) as door:
        client = await RawSocket.connect(door.port, ssl=trusting, server_hostname="localhost")
        client.send(http("GET /v1/models"))
        assert (await read_answer(client)).status == 200
        assert "101" in await client.request()
        said = [b"x" * size for size in (1, 20_000, 3_000_000)]
        client.send(*[frame(TEXT, each) for each in said])
        for each in said:
            assert await client.text() == each
        client.send(frame(8, b"\x03\xe8"))
        assert await client.frame() == (8, b"\x03\xe8")
        assert await client.end() == b""
        await client.close()


@pytest.mark.slow
async def test_node_trusts_our_certificate(state: Path) -> None:
    context = tls.context(Server(tls_self_signed=True))
    script = (
        "fetch(process.argv[1]).then(answer => answer.text()).then(console.log)"
        ".catch(error => { console.log(String(error.cause)); process.exit(1) })"
    )
    async with doorway(context=context) as door:
        node = await asyncio.create_subprocess_exec(
            "node",
            "--eval",
            script,
            f"https://localhost:{door.port}/healthz",
            env={**os.environ, "NODE_EXTRA_CA_CERTS": str(state / "certificate.pem")},
            stdout=subprocess.PIPE,
        )
        told, _ = await node.communicate()
    assert told.decode().strip() == '{"status":"ok"}'
