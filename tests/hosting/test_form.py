"""Forms are read whole, in memory, and what is none is refused."""

import random

import pytest

from hosting.house import upload
from repartee.hosting import form
from repartee.server.problems import Problem

TYPE = "multipart/form-data; boundary=edge"


def part(name: str, value: bytes = b"x", more: str = "") -> bytes:
    head = f'--edge\r\nContent-Disposition: form-data; name="{name}"{more}\r\n'
    return head.encode() + b"Content-Type: text/plain\r\n\r\n" + value + b"\r\n"


END = b"--edge--\r\n"


@pytest.mark.parametrize("size", [0, 1, 100_000])
def test_a_file_of_any_bytes(size: int) -> None:
    file = random.Random(size).randbytes(size) + b"\r\n--edg\r\n--"
    _, body = upload(file, model="whisper-1")
    read = form.read(TYPE, body)
    assert read.file == file
    assert read.fields == {"model": ["whisper-1"]}


def test_fields_may_be_repeated_and_are_utf_8() -> None:
    body = part("include[]", "é".encode()) + part("include[]", b"\xff") + END
    assert form.read(TYPE, body).fields == {"include[]": ["é", "\ufffd"]}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (None, END),
        ("application/json", END),
        ("multipart/form-data", END),
        ("multipart/form-data; boundary=", END),
        (f"multipart/form-data; boundary={'e' * 300}", END),
        (TYPE, b""),
        (TYPE, b"nothing of the kind"),
        (TYPE, part("model")),
        (TYPE, part("model") * 65 + END),
        (TYPE, part("prompt", b"a" * 65_537) + END),
        (TYPE, b"--edge\r\n\r\nnameless\r\n" + END),
        (TYPE, b"--edge\r\nContent-Disposition: attachment\r\n\r\nx\r\n" + END),
        (TYPE, b"--edge\r\n" + b"A: b\r\n" * 100 + b"\r\nx\r\n" + END),
        (TYPE, b"--edge\r\nA: " + b"b" * 100_000 + b"\r\n\r\nx\r\n" + END),
        (TYPE, b"--edge\r\nA b\x00: c\r\n\r\nx\r\n" + END),
    ],
)
def test_what_is_no_form(kind: str | None, body: bytes) -> None:
    with pytest.raises(Problem, match="cannot be read as a form") as refused:
        form.read(kind, body)
    assert refused.value.status == 400
