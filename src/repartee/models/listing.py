"""The catalogue as people and programs read it."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from repartee.engines.catalogue import Entry, place

_DOUBT = "?"  # behind what is from second hand


def chosen(models: Iterable[Entry], role: str | None, language: str | None) -> list[Entry]:
    """Those for a role that know a language."""
    return [
        model
        for model in models
        if role in (None, model.role) and (language is None or {language, "*"} & {*model.languages})
    ]


def table(models: Sequence[Entry]) -> str:
    """A line for each model, a star at those that are here, and what one should know of some."""
    cells = [("", "NAME", "ROLE", "KNOWS", "MB", "LATENCY", "ON", "CODE / WEIGHTS", "ENGINE")]
    for model in models:
        star = "*" if place(model) else ""
        known = (model.name, model.role, _languages(model), _size(model), model.latency)
        cells.append((star, *known, model.runs_on, _licences(model), _engine(model)))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
    return "\n".join([*lines, "", *_legend(models)])


def details(model: Entry) -> str:
    """One model, before it is fetched."""
    lines = [
        f"{model.name}: {model.summary}",
        f"  from     {model.repository}",
        f"  code     {_marked(model, 'code_licence', model.code_licence)}",
        f"  weights  {_weights(model)}",
    ]
    if model.commercial is None:
        lines.append("           whether they may be used commercially was not checked")
    if model.note:
        lines.append(f"  note     {model.note}")
    return "\n".join(lines)


def as_json(models: Sequence[Entry]) -> str:
    """All that is known of each, and where it lies."""
    rows: list[dict[str, Any]] = []
    for model in models:
        found = place(model)
        rows.append({**msgspec.structs.asdict(model), "path": str(found) if found else None})
    return msgspec.json.encode(rows).decode()


def _languages(model: Entry) -> str:
    if len(model.languages) > 4:
        return f"{len(model.languages)} languages"
    return "many" if "*" in model.languages else " ".join(model.languages)


def _size(model: Entry) -> str:
    return _DOUBT if model.size_mb is None else _marked(model, "size_mb", str(model.size_mb))


def _weights(model: Entry) -> str:
    return _marked(model, "weights_licence", model.weights_licence)


def _licences(model: Entry) -> str:
    return f"{model.code_licence.partition(' (')[0]} / {_weights(model)}"


def _engine(model: Entry) -> str:
    return f"{model.engine} [{model.extra}]" if model.extra else model.engine


def _marked(model: Entry, fact: str, text: str) -> str:
    return f"{text} {_DOUBT}" if fact in model.unverified else text


def _legend(models: Sequence[Entry]) -> list[str]:
    lines = [f"{model.name}: {model.note}" for model in models if model.note]
    lines.append(f"*: on this machine.  {_DOUBT}: not verified.")
    lines.append("[extra]: what the engine needs, `pip install 'repartee[extra]'`.")
    lines.append("`repartee models pull NAME` fetches one, once its licences are shown.")
    return lines
