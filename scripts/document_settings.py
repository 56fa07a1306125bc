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

MORE = """\
## Presets

`repartee serve --preset NAME` picks engines for those roles for which the settings name none, and
says which and why: `offline` is what there is without a preset, `laptop` and `gpu` take what is
installed and tell what would be better, `cloud` asks a server of others, and `bench` takes engines
that cost nothing, so that [a load](../howto/bench.md) measures the server alone. The option `model`
of an engine may be a name that `repartee models` lists. [How to get models](../howto/models.md)
tells more.

## Ends of turns

The engine `turn` tells, early in a pause, how likely it is that the speaker is done. `auto` takes
`smart-turn`, a model that listens to how something was said, where there are

* its extra: `pip install 'repartee[turn]'`;
* the model: the file that `turn.model` names, else one in the Hugging Face cache
  (`repartee models pull smart-turn-v3`), else that of an installed `pipecat-ai`.

A judgement costs some 50 ms of one core; `turn.threads` bounds how many run at a time. Elsewhere
`auto` takes `prosody`, a rule of thumb that needs no model, and 4 ms: how long, softly and deeply
the last words were said, and, in English, which words.

## Models

A client may ask for any model: its name is accepted, and told back as it was asked for. What stands
below `models` for a name, or for a pattern with `*` and `?`, holds for sessions of that model:
other engines, and anything that `[session]` has. What is not said there is as at the top. Where
several fit, the name itself counts, else the longest pattern.

```toml
[models]
default = "gpt-realtime"        # for a client that names none

[models."gpt-4o-*"]
mind.engine = "openai"          # an engine that is named here has only the options given here
mind.url = "http://127.0.0.1:8001/v1"
voice = "espeak-ng"
session.max_input_tokens = 128000
session.instructions = "You are a patient teacher."

[models."gpt-realtime-mini"]
mind.model = "qwen3:0.6b"       # no engine is named: that of the top, with another option
```

`--set` takes these keys, too, with quotes around a name that has dots
(`--set 'models."gpt-4.1".mind=openai'`); a variable can hold few such names. Engines of equal
choice and options are loaded once, and all models share one `echo`, one `vad` and one `turn`.
`repartee engines` shows which model has which engines.

## Prompts

`session.prompts` is a folder from which clients choose by `prompt` (`id`, `version`, `variables`):

```
greet.md            the instructions of prompt "greet", version "1"
quiz.toml           more than instructions
order/1.md          prompt "order" has two versions;
order/2.1.toml      who names none gets the newest
```

`{{name}}` in instructions is filled from `variables`. A `.toml` file is in the words of the API; it
may say `instructions`, `output_modalities`, `audio.output.voice`, `tools`, `tool_choice`,
`parallel_tool_calls`, `reasoning` and `max_output_tokens`. The folder is read once, at the start.

## Tokens

Where a language model's endpoint counts no tokens, `session.tokenizer` does: `"characters"`, or the
path of a `tokenizer.json`, which needs `pip install 'repartee[tokenizer]'`. Of a text longer than
16,000 characters the rest is estimated from its beginning.

## Usage

Before a client hears of the end of a response, or of a transcript, what it has cost is written to
`usage.database`: with which key, in which session, how many tokens of text and sound, and who
counted those of text (the endpoint, a tokenizer, or `characters`). The seconds of the user's sound
are counted with its transcription, whether or not the client asked for the words.

    repartee usage                          all of it
    repartee usage --by key --by day        a line for each; also: model, session
    repartee usage --since 2026-01-01 --until 2026-01-31 --json

Days are those of UTC. Where the database cannot be written, because the disk is full, say, sessions
go on, and up to 10,000 records wait until it can be again.
"""


def page() -> str:
    """The whole page."""
    lines = [HEAD.rstrip("\n")]
    lines += [f"| `{role}` | `{getattr(Settings(), role).engine}` |" for role in ROLES]
    lines += ["", "| built-in engine | licence | options |", "|---|---|---|", *engines()]
    lines += ["", MORE.rstrip("\n")]
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
