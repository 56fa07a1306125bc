"""The schemas of the wire, where they are at hand.

They are read from the folder that REPARTEE_SHARED names, or from `../shared` beside the checkout.
"""

import functools
import json
import os
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SHARED = Path(
    os.environ.get("REPARTEE_SHARED") or Path(__file__).resolve().parents[2].parent / "shared"
)
_SCHEMAS = SHARED / "protocol" / "wire.schema.json"


def faults(direction: str, event: dict[str, Any], dialect: str = "ga") -> list[str]:
    """What the schema of an event finds wrong; nothing where the schemas are not at hand."""
    if not _SCHEMAS.exists():
        return []
    found = _validator(dialect, direction, event["type"]).iter_errors(event)
    return [f"{error.json_path}: {error.message}" for error in found]


@functools.cache
def _validator(dialect: str, direction: str, kind: str) -> Draft202012Validator:
    refs = [
        row["schema"]
        for row in _rows()
        if (row["dialect"], row["direction"], row["type"]) == (dialect, direction, kind)
    ]
    assert refs, f"{kind} is no {direction} event of {dialect}"
    return Draft202012Validator({"$defs": _definitions(), "$ref": refs[0]})


@functools.cache
def _rows() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((_SCHEMAS.parent / "events.json").read_text())
    return rows


@functools.cache
def _definitions() -> Any:
    return json.loads(_SCHEMAS.read_text())["$defs"]
