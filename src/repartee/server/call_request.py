"""POST /v1/realtime/calls, as it is read: an SDP offer, and the session it is to begin with."""

from typing import NamedTuple

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from repartee.server.problems import Problem

SDP_TYPE = "application/sdp"
_FORM_TYPE = "multipart/form-data"
_MOST_PARTS = 8


class CallRequest(NamedTuple):
    """The offer, and the JSON that was said of the session, if any was."""

    offer: str
    session: bytes | None = None


async def read(request: Request) -> CallRequest:
    """What a request asks for.  Raises Problem (400, 415)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == SDP_TYPE:
        return CallRequest(_offer(await request.body()))
    if kind == _FORM_TYPE:
        return await _read_form(request)
    raise Problem(
        415,
        f"Send the offer as {SDP_TYPE}, or in the part 'sdp' of {_FORM_TYPE}.",
        code="unsupported_content_type",
    )


async def _read_form(request: Request) -> CallRequest:
    try:
        async with request.form(max_files=_MOST_PARTS, max_fields=_MOST_PARTS) as form:
            sdp, session = await _part(form, "sdp"), await _part(form, "session")
    except HTTPException as fault:
        raise Problem(400, f"The form cannot be read: {fault.detail}") from None
    if sdp is None:
        raise Problem(
            400,
            "Missing required parameter: 'sdp'.",
            code="missing_required_parameter",
            param="sdp",
        )
    return CallRequest(_offer(sdp), session)


async def _part(form: FormData, name: str) -> bytes | None:
    """A part, whether it came as a field or as a file: browsers send a typed one with a name."""
    part = form.get(name)
    if isinstance(part, UploadFile):
        return await part.read()
    return None if part is None else part.encode()


def _offer(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise bad_offer("The offer is not UTF-8.") from None


def bad_offer(message: str) -> Problem:
    """An offer that cannot be answered."""
    return Problem(400, message, code="invalid_offer", param="sdp")
