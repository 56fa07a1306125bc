"""What a request for a call says, in whichever of its forms."""

import pytest
from starlette.requests import Request

from repartee.server.call_request import CallRequest, read
from repartee.server.problems import Problem

BOUNDARY = "----formdata"


def request(body: bytes, kind: str) -> Request:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", kind.encode())]
    scope = {"type": "http", "method": "POST", "headers": headers, "app": None}
    return Request(scope, receive)


def form(**parts: tuple[str, str]) -> Request:
    """A form with parts: what stands behind the name in their head, and what they hold."""
    body = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{head}\r\n\r\n{text}\r\n'
        for name, (head, text) in parts.items()
    )
    return request(
        f"{body}--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}"
    )


@pytest.mark.parametrize("kind", ["application/sdp", "Application/SDP; charset=utf-8"])
async def test_the_body_is_the_offer(kind: str) -> None:
    assert await read(request(b"v=0\r\n", kind)) == CallRequest("v=0\r\n")


@pytest.mark.parametrize(
    ("sdp", "session"),
    [
        ("", ""),
        ("\r\nContent-Type: application/sdp", "\r\nContent-Type: application/json"),
        ('; filename="blob"\r\nContent-Type: application/sdp', '; filename="blob"'),
    ],
)
async def test_a_form_has_both_typed_or_not(sdp: str, session: str) -> None:
    """B146"""
    asked = await read(form(sdp=(sdp, "v=0\r\na=b\r\n"), session=(session, '{"type":"realtime"}')))
    assert asked == CallRequest("v=0\r\na=b\r\n", b'{"type":"realtime"}')


async def test_a_form_may_be_without_a_session() -> None:
    assert await read(form(sdp=("", "v=0"))) == CallRequest("v=0")


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        (request(b"v=0", "application/json"), 415, "unsupported_content_type"),
        (request(b"v=0", ""), 415, "unsupported_content_type"),
        (request(b"\xff", "application/sdp"), 400, "invalid_offer"),
        (form(session=("", "{}")), 400, "missing_required_parameter"),
        (form(**{f"x{n}": ("", "1") for n in range(20)}), 400, None),
        (request(b"no form", "multipart/form-data; boundary=x"), 400, None),
        (request(b"no form", "multipart/form-data"), 400, None),
    ],
)
async def test_what_cannot_be_read_is_refused(asked: Request, status: int, code: str) -> None:
    with pytest.raises(Problem) as refused:
        await read(asked)
    assert refused.value.status == status
    assert code is None or refused.value.code == code
    assert refused.value.message.endswith(".")
