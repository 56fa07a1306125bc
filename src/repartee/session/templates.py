"""Prompts of the operator's, and what of them a session takes."""

from typing import Any

from msgspec import UNSET, Struct, structs

from repartee.protocol import errors
from repartee.protocol.config import Config, PromptReference
from repartee.protocol.errors import Refused
from repartee.protocol.items import InputText
from repartee.protocol.template import Prompts, render

_BROUGHT = (  # of a session, besides its voice
    "output_modalities",
    "instructions",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning",
    "max_output_tokens",
)
_VOICE = "voice"


def fill(prompts: Prompts, reference: PromptReference, path: str) -> Struct | Refused:
    """What the prompt named at `path` says of a response, its variables filled in."""
    versions = prompts.get(reference.id)
    if not versions:
        return errors.unknown_prompt(f"{path}.id", reference.id)
    version = reference.version or list(versions)[-1]
    template = versions.get(version)
    if template is None:
        return errors.unknown_prompt(f"{path}.version", version)
    given = _texts(reference)
    for name in sorted(template.variables - given.keys()):
        return errors.missing(f"{path}.variables.{name}")
    for name in sorted(given.keys() - template.variables):
        return errors.unknown(f"{path}.variables.{name}")
    return render(template, given)


def _texts(reference: PromptReference) -> dict[str, str]:
    """Variables as texts; pictures and files are refused before."""
    variables = reference.variables or {}
    return {
        name: value.text if isinstance(value, InputText) else str(value)
        for name, value in variables.items()
    }


class Prompted:
    """Remembers what the client said itself, which no prompt replaces."""

    def __init__(self, prompts: Prompts) -> None:
        self._prompts = prompts
        self._direct: frozenset[str] = frozenset()

    def said(self, said: Struct) -> None:
        """The client's update holds."""
        self._direct |= _named(said)

    def apply(self, config: Config, said: Struct, fresh: Config) -> Config | Refused:
        """`config` with what its prompt brings and neither `said` nor an older update says.

        What an earlier prompt brought goes back to `fresh`.
        """
        named = getattr(said, "prompt", UNSET)
        if named is UNSET:
            return config
        filled: Any = None
        if config.prompt is not None:
            filled = fill(self._prompts, config.prompt, "session.prompt")
            if isinstance(filled, Refused):
                return filled
        direct = self._direct | _named(said)
        changes = {
            name: _brought(filled, name, getattr(fresh, name))
            for name in _BROUGHT
            if name not in direct
        }
        config = structs.replace(config, **changes)
        if _VOICE in direct:
            return config
        voice = _brought(_output(filled), _VOICE, fresh.audio.output.voice)
        output = structs.replace(config.audio.output, voice=voice)
        return structs.replace(config, audio=structs.replace(config.audio, output=output))


def _brought(said: Any, name: str, otherwise: Any) -> Any:
    value = getattr(said, name, UNSET)
    return otherwise if value is UNSET or value is None else value


def _output(said: Any) -> Any:
    """What is said of the sound of answers, if anything is."""
    return getattr(getattr(said, "audio", None), "output", None)


def _named(said: Struct) -> frozenset[str]:
    """What of a prompt's fields `said` says itself."""
    named = {name for name in _BROUGHT if _brought(said, name, None) is not None}
    if _brought(_output(said), _VOICE, None) is not None:
        named.add(_VOICE)
    return frozenset(named)
