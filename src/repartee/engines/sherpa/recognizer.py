"""Ears with the models that sherpa-onnx publishes, in worker processes."""

import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path

from repartee.engines.protocols import EngineError, Words
from repartee.engines.sherpa import hosting
from repartee.engines.sherpa.ears_models import ANY, TRANSDUCERS, Model, find
from repartee.engines.sherpa.folder import Folder
from repartee.engines.sherpa.hosting import AtLeastOne, Hosted, Provider, Seconds
from repartee.engines.sherpa.wire import Ears, Turn
from repartee.engines.worker.link import START_S
from repartee.protocol.prompt import Hints

log = logging.getLogger(__name__)

TURNS = 16  # at once in a process

LEAST_TAIL_MS = 700  # what the Zipformers look ahead, and a little more
HOTWORDS = 100  # further ones are left out: each costs time at every step
LONGEST_HOTWORD = 4  # words of a prompt; more of them are no name, but a sentence

_BYTES = re.compile(r"^<0x[0-9A-F]{2}> ", re.MULTILINE)  # tokens that are pieces of a letter
_CONTROLS = re.compile(r"[\x00-\x1f\x7f/:]")  # `/` and `:` have a meaning among hotwords


class SherpaRecognizer:
    """Understands speech with a model that sherpa-onnx publishes: `model` is its folder.

    What kind of model it is, its files and what they say of themselves tell; where they do not,
    `family` does.  Streaming ones tell words while they are said; those said stand fast when
    another begins.  The others tell them at pauses and at the end.

    `language` is what a model of several is to expect where a session names none.  With
    `hotwords` a transducer searches wider, at some cost, and finds the keywords of a session, and
    the names in its prompt, more often.  A process serves `at_once` turns with one model, its
    arithmetic on `threads` cores; up to `processes` are started, each with a model of its own,
    which it has `start_s` seconds to load.
    """

    licence = hosting.LICENCE
    guesses = True
    rate = 16_000

    def __init__(
        self,
        model: str,
        family: str | None = None,
        language: str = "",
        hotwords: bool = False,
        provider: Provider = "cpu",
        threads: AtLeastOne | None = None,
        processes: AtLeastOne = 1,
        at_once: AtLeastOne = TURNS,
        start_s: Seconds = START_S,
    ) -> None:
        folder = Folder(model, small=provider == "cpu")
        self._model = find(folder, family)
        self._tokens = _text(self._model.files["tokens"])
        _check_language(language, self._model)
        files = dict(self._model.files)
        if hotwords:
            files["vocabulary"] = _vocabulary(folder, self._model, self._tokens)
        self.licence = hosting.licence(folder)
        self.logprobs = self._model.family in TRANSDUCERS and not self._spells(folder)
        options = Ears(
            family=self._model.family,
            files=files,
            threads=hosting.threads(threads),
            provider=provider,
            language=language,
            hotwords=hotwords,
            tail_ms=max(LEAST_TAIL_MS, self._model.window_ms + 100),
            posteriors=self.logprobs,
        )
        work = "repartee.engines.sherpa.hearing:Hearing"
        self._hosted = Hosted(folder, work, options, Words, processes, at_once, start_s)
        self._hotwords = hotwords
        self._warned: set[str] = set()

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of its worker processes."""
        return self._hosted.workers.pids

    async def open(self) -> None:
        """Load the model in the first process."""
        await self._hosted.open()

    async def close(self) -> None:
        await self._hosted.workers.close()

    async def recognize(
        self, audio: AsyncIterator[bytes], hints: Hints
    ) -> AsyncGenerator[Words, None]:
        """See `Recognizer`.  Hints that the model cannot use are ignored; the log says so once."""
        async with aclosing(self._hosted.workers.run(self._turn(hints), audio)) as hypotheses:
            async for words in hypotheses:
                yield words

    def _spells(self, folder: Folder) -> bool:
        """Whether tokens are bytes, of which no words can be made one by one."""
        return bool(folder.file("bbpe.model") or _BYTES.search(self._tokens))

    def _turn(self, hints: Hints) -> Turn:
        known = self._model.languages
        language = hints.language or ""
        if language and ANY not in known and language not in known:
            self._warn("language")
            language = ""
        if not self._hotwords:
            for hint, given in (("prompt", hints.prompt), ("keywords", hints.keywords)):
                if given:
                    self._warn(hint)
            return Turn(language)
        return Turn(language, hotwords(hints, upper=not re.search("[a-z]", self._tokens)))

    def _warn(self, hint: str) -> None:
        if hint not in self._warned:
            self._warned.add(hint)
            family = self._model.family
            log.warning("sherpa-onnx (%s) cannot use the hint %s: it is ignored", family, hint)


def hotwords(hints: Hints, upper: bool) -> tuple[str, ...]:
    """What is likely to be said: the keywords, and of the prompt what may be a name or a term."""
    parts = re.split(r"[,;.!?\n]+", hints.prompt or "")
    names = [part for part in parts if len(part.split()) <= LONGEST_HOTWORD]
    cleaned = (" ".join(_CONTROLS.sub(" ", each).split()) for each in [*hints.keywords, *names])
    found = dict.fromkeys(each.upper() if upper else each for each in cleaned if each)
    return tuple(found)[:HOTWORDS]


def _check_language(language: str, model: Model) -> None:
    if language and ANY not in model.languages and language not in model.languages:
        choice = (
            f"it knows {', '.join(model.languages)}" if model.languages else "it knows one only"
        )
        raise EngineError(f"The model cannot be told to expect the language {language}: {choice}.")


def _vocabulary(folder: Folder, model: Model, tokens: str) -> str:
    """The file by which hotwords are cut into tokens; empty where they are cut into letters."""
    if model.family not in TRANSDUCERS:
        raise EngineError(
            f"A model of the family {model.family} cannot look for hotwords: leave the option "
            f"hotwords out, or choose one of {', '.join(TRANSDUCERS)}."
        )
    return folder.need("bpe.vocab") if "\u2581" in tokens else ""


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EngineError(f"{path} cannot be read as text: download it again.") from error
