"""`repartee engines`: what is installed, from where, under which licence, and what is chosen."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from repartee.engines import registry
from repartee.settings import Settings
from repartee.settings.keys import MODEL_ROLES


def run(given: argparse.Namespace, settings: Settings) -> int:
    """Print it; the exit status."""
    mapped = settings.models.mapped
    rows = []
    for engine in registry.installed():
        role, name = engine.role, engine.name
        chosen = getattr(settings, role).engine == name
        own = [m for m in mapped if role in MODEL_ROLES]
        served = [m for m in own if getattr(mapped[m], role).engine == name]
        rows.append({"chosen": chosen, "models": served, **msgspec.structs.asdict(engine)})
    parts = [_table(rows), _mapping(settings) if mapped else "", _remarks(rows)]
    told = "\n\n".join(part for part in parts if part)
    sys.stdout.write(f"{msgspec.json.encode(rows).decode() if given.json else told}\n")
    return 0


def _mapping(settings: Settings) -> str:
    """Which model names are served by which engines."""
    cells = [("MODEL", "EARS", "MIND", "VOICE")]
    for name, model in [*settings.models.mapped.items(), ("any other", settings.model(None))]:
        cells.append((name, model.ears.engine, model.mind.engine, model.voice.engine))
    return _columns(cells)


def _table(rows: Sequence[dict[str, Any]]) -> str:
    """The engines, a star at the chosen one of each role."""
    cells = [("", "ROLE", "NAME", "FROM", "LICENCE", "WHAT IT DOES")]
    for row in rows:
        star = "*" if row["chosen"] else ""
        origin = f"{row['package']} {row['version']}"
        cells.append((star, row["role"], row["name"], origin, row["licence"], row["summary"]))
    return _columns(cells)


def _remarks(rows: Sequence[dict[str, Any]]) -> str:
    """What one should know of engines, or why one cannot be had."""
    remarks = ((row["name"], row["problem"] or row["notice"]) for row in rows)
    return "\n".join(f"{name}: {remark}" for name, remark in remarks if remark)


def _columns(cells: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
    return "\n".join(lines)
