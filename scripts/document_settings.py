"""Write docs/reference/settings.md from the settings themselves; with --check, compare only."""

import inspect
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

from msgspec import json

from repartee.engines import registry
from repartee.settings import Settings
from repartee.settings.keys import KEYS, ROLES, SECTIONS

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "settings.md"

HEAD = """\
# Settings

<!-- Written by scripts/document_settings.py: change the code, then run `make docs`. -->

Each setting is looked for in three places; the later wins:

1. the file `repartee.toml` in the working directory, or the one that `--config FILE` or
   `REPARTEE_CONFIG` names;
2. the environment: `server.port` is `REPARTEE_SERVER__PORT`, with two underscores for the dot.
   `REPARTEE_HOST`, `REPARTEE_PORT` and `REPARTEE_API_KEY` are short for the keys of `server`;
3. the command line: `--set server.port=8123`, or a flag of its own (`repartee serve --help`).

A key that does not exist, or a value of the wrong kind, stops the start with one line that says
where it came from.

```toml
voice = "espeak-ng"             # an engine by its name,

[mind]                          # or with its options
engine = "openai"
url = "http://127.0.0.1:11434/v1"
model = "qwen3"

[server]
port = 8123
```

## Engines

One engine for each role. Options are keys beside `engine`; naming another engine drops the
options of the one before. `repartee engines` lists what is installed, engines of other packages
included.

| role | default |
|---|---|
"""


def page() -> str:
    """The whole page."""
    lines = [HEAD.rstrip("\n")]
    lines += [f"| `{role}` | `{getattr(Settings(), role).engine}` |" for role in ROLES]
    lines += ["", "| built-in engine | licence | options |", "|---|---|---|", *engines()]
    for section, struct in SECTIONS.items():
        lines += ["", f"## `[{section}]`", "", *(struct.__doc__ or "").split("\n\n"), ""]
        lines += ["| key | takes | default | meaning |", "|---|---|---|---|"]
        lines += [row(name) for name in KEYS if name.startswith(f"{section}.")]
    return "\n".join(lines) + "\n"


def engines() -> Iterator[str]:
    """Each built-in engine as a row, with what its constructor takes."""
    entries = {each.name: each for each in entry_points(group=registry.GROUP)}
    for engine in registry.installed():
        name = f"{engine.role}.{engine.name}"
        if engine.package == "repartee":
            options = inspect.signature(entries[name].load()).parameters.values()
            taken = ", ".join(f"`{option.name}` ({default(option)})" for option in options)
            yield f"| `{name}` | {engine.licence} | {taken or 'none'} |"


def default(option: inspect.Parameter) -> str:
    """An option's default, as it would stand in the file."""
    if option.default is inspect.Parameter.empty:
        return "required"
    return "none" if option.default is None else f"`{json.encode(option.default).decode()}`"


def row(name: str) -> str:
    """One setting as a row of its section's table."""
    key = KEYS[name]
    default = "none" if key.default is None else f"`{json.encode(key.default).decode()}`"
    return f"| `{name}` | {key.expectation} | {default} | {key.description} |"


if __name__ == "__main__":
    if "--check" not in sys.argv[1:]:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(page(), encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page():
        sys.exit("docs/reference/settings.md is not what the settings are: run `make docs`")
