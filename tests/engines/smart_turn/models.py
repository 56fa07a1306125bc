"""Models of smart-turn's shape: the real one where it is at hand, else a tiny one.

The real one is the file that REPARTEE_SMART_TURN names, or that of the stock client pipecat, which
`make clients` installs.  The tiny one is written here byte by byte, as the format of ONNX has it.
"""

import os
from pathlib import Path

from recordings import CHECKOUT

_FLOAT, _INT, _INTS = 1, 2, 7  # of onnx.proto's TensorProto.DataType and AttributeProto.Type


def real_model() -> Path | None:
    """The real model, if there is one."""
    if named := os.environ.get("REPARTEE_SMART_TURN"):
        return Path(named)
    found = (CHECKOUT / ".clients" / "pipecat").glob("lib/*/site-packages/**/smart-turn-v3*.onnx")
    return next(found, None)


def tiny_model(
    folder: Path, name: str = "input_features", steps: int = 800, last: str = "Sigmoid"
) -> Path:
    """A model that says how bright the picture is, the mean of all its points, by `last`."""
    nodes = [
        _node("ReduceMean", name, "rows", axes=[2], keepdims=0),
        _node("ReduceMean", "rows", "mean", axes=[1], keepdims=1),
        _node(last, "mean", "logits"),
    ]
    graph = b"".join(_field(1, node) for node in nodes) + _field(2, b"tiny")
    graph += _field(11, _tensor(name, [80, steps])) + _field(12, _tensor("logits", [1]))
    path = folder / "smart-turn-v3.2-cpu.onnx"
    path.write_bytes(_number(1, 8) + _field(7, graph) + _field(8, _number(2, 13)))
    return path


def any_model(folder: Path) -> Path:
    """The real one, or a tiny one in `folder`."""
    return real_model() or tiny_model(folder)


def _node(kind: str, source: str, result: str, **attributes: int | list[int]) -> bytes:
    node = _field(1, source.encode()) + _field(2, result.encode()) + _field(4, kind.encode())
    for name, value in attributes.items():
        if isinstance(value, int):
            attribute = _number(3, value) + _number(20, _INT)
        else:
            attribute = b"".join(_number(8, each) for each in value) + _number(20, _INTS)
        node += _field(5, _field(1, name.encode()) + attribute)
    return node


def _tensor(name: str, sizes: list[int]) -> bytes:
    shape = _field(1, _field(2, b"n")) + b"".join(_field(1, _number(1, size)) for size in sizes)
    kind = _number(1, _FLOAT) + _field(2, shape)
    return _field(1, name.encode()) + _field(2, _field(1, kind))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    low, high = value & 127, value >> 7
    return bytes([low | 128]) + _varint(high) if high else bytes([low])
