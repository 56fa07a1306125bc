"""What an ONNX file says of itself: its metadata, read without loading the model.

The file is a protobuf message (`ModelProto` of onnx.proto3).  Its top level is walked: the graph,
which may be gigabytes, is stepped over, so that this takes no time and no memory.
"""

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from repartee.engines.protocols import EngineError

_METADATA = 14  # ModelProto.metadata_props, of StringStringEntryProto: key = 1, value = 2
_VARINT, _LONG, _BYTES, _SHORT = 0, 1, 2, 5  # wire types
_LONGEST = 10  # bytes of a number
_LARGEST = 1 << 20  # bytes of one piece of metadata that are still read

_POINTER = b"version https://git-lfs"


def metadata(path: Path) -> dict[str, str]:
    """The metadata of the model in `path`.  Raises EngineError: the file is no whole model."""
    try:
        with path.open("rb") as file:
            _refuse_pointer(file, path)
            entries = [dict(_fields(entry)) for entry in _entries(file)]
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise EngineError(f"{path} {error}: download it again.") from error
    return {entry.get(1, b"").decode(): entry.get(2, b"").decode() for entry in entries}


def _refuse_pointer(file: BinaryIO, path: Path) -> None:
    if file.read(len(_POINTER)) == _POINTER:
        raise EngineError(f"{path} only points to a file in git LFS: run git lfs pull in there.")
    file.seek(0)


def _entries(file: BinaryIO) -> Iterator[bytes]:
    size = os.fstat(file.fileno()).st_size
    if not size:
        raise ValueError("is empty")
    while file.tell() < size:
        field, wire = divmod(_number(file), 8)
        length = _length(file, wire)
        if file.tell() + length > size:
            raise ValueError("is cut off" if field <= 25 else "is no ONNX model")
        if field == _METADATA and wire == _BYTES and length <= _LARGEST:
            yield file.read(length)
        else:
            file.seek(length, os.SEEK_CUR)


def _length(file: BinaryIO, wire: int) -> int:
    """How many bytes are left of a field whose head was read."""
    if wire == _VARINT:
        _number(file)
        return 0
    if wire == _BYTES:
        return _number(file)
    if wire in (_LONG, _SHORT):
        return 8 if wire == _LONG else 4
    raise ValueError("is no ONNX model")


def _number(file: BinaryIO) -> int:
    """A number in base 128, least significant digit first."""
    value = 0
    for place in range(_LONGEST):
        digit = file.read(1)
        if not digit:
            raise ValueError("is cut off")
        value |= (digit[0] & 127) << 7 * place
        if digit[0] < 128:
            return value
    raise ValueError("is no ONNX model")


def _fields(entry: bytes) -> Iterator[tuple[int, bytes]]:
    file = BytesIO(entry)
    while file.tell() < len(entry):
        field, wire = divmod(_number(file), 8)
        yield field, file.read(_length(file, wire))
