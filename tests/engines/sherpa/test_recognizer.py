"""The recogniser as sessions use it, with its process."""

import asyncio
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from engines.processes import Held, is_idle, source
from engines.sherpa.conftest import Made
from engines.sherpa.models import RATE, said
from repartee.conformance.engines import problems
from repartee.engines.protocols import EngineError, Words
from repartee.engines.sherpa import hosting
from repartee.engines.sherpa.recognizer import SherpaRecognizer, hotwords
from repartee.protocol.prompt import Hints

STREAMING = ("streaming-nemo-ctc", "streaming-transducer", "streaming-nemo-transducer")
WHOLE = ("nemo-ctc", "sense-voice", "transducer", "nemo-transducer")
TRANSDUCERS = tuple(name for name in (*STREAMING, *WHOLE) if "transducer" in name)
SPEECH = said("", "HE", "LLO", "WORLD", "", "A", "", "B", "C", "")
TEXT = "HELLO WORLD A BC"
CHUNK = 3_200


@asynccontextmanager
async def ears(folder: Path, **options: Any) -> AsyncIterator[SherpaRecognizer]:
    recognizer = SherpaRecognizer(str(folder), threads=1, **options)
    await recognizer.open()
    try:
        yield recognizer
    finally:
        await recognizer.close()


def chunks(pcm: bytes = SPEECH) -> list[bytes]:
    return [pcm[start : start + CHUNK] for start in range(0, len(pcm), CHUNK)]


async def hear(
    recognizer: SherpaRecognizer, audio: AsyncIterator[bytes], hints: Hints | None = None
) -> list[Words]:
    async with aclosing(recognizer.recognize(audio, hints or Hints())) as told:
        return [words async for words in told]


@pytest.mark.parametrize("name", [*STREAMING, *WHOLE])
async def test_it_hears_what_is_said(made: Made, name: str) -> None:
    async with ears(made(name)) as recognizer:
        heard = await hear(recognizer, source(*chunks()))
    assert heard[-1].text == TEXT
    assert recognizer.logprobs is (name in TRANSDUCERS)


@pytest.mark.parametrize("name", ["streaming-nemo-ctc", "streaming-transducer", "transducer"])
async def test_it_keeps_every_rule(made: Made, name: str) -> None:
    async with ears(made(name)) as recognizer:
        assert await problems("ears", recognizer) == {}


@pytest.mark.parametrize("name", STREAMING)
async def test_words_stand_fast_while_more_is_said(made: Made, name: str) -> None:
    async with ears(made(name)) as recognizer:
        audio = Held(*chunks(said("", "HE", "LLO", "WORLD", "", "A", "A")))
        async with aclosing(recognizer.recognize(audio, Hints())) as told:
            heard = [await anext(told)]
            while not heard[-1].text.startswith("HELLO WORLD A"):
                heard.append(await anext(told))
            assert heard[-1].stable >= len("HELLO")
            audio.end()
            heard += [words async for words in told]
    for before, after in pairwise(heard):
        assert after.text.startswith(before.text[: before.stable])
    assert heard[-1].final


async def test_a_long_silence_makes_all_of_it_fast(made: Made) -> None:
    speech = chunks(said("HE", "LLO", "", "", "", "", "", ""))
    async with ears(made("streaming-transducer")) as recognizer:
        heard = await hear(recognizer, source(*speech, *chunks(said("WORLD", ""))))
    assert any(words.stable == len("HELLO") and not words.final for words in heard)
    assert heard[-1].text == "HELLO WORLD"


@pytest.mark.parametrize("name", TRANSDUCERS)
async def test_words_have_their_places_and_their_posteriors(made: Made, name: str) -> None:
    async with ears(made(name)) as recognizer:
        final = (await hear(recognizer, source(*chunks())))[-1]
    assert " ".join(word.text for word in final.words) == TEXT
    assert all(-1 < word.logprob < 0 for word in final.words)
    begun = [300, 900, 1500, 2100]  # ms: each token takes 300
    assert [word.start_ms for word in final.words] == pytest.approx(begun, abs=90)


@pytest.mark.parametrize("name", ["streaming-transducer", "transducer"])
async def test_a_pause_is_answered_with_what_was_said(made: Made, name: str) -> None:
    first, rest = said("HE", "LLO", ""), said("WORLD", "", "A", "")
    async with ears(made(name)) as recognizer:
        heard = await hear(recognizer, source(first, b"", rest))
    assert recognizer.guesses
    assert [words.text for words in heard if words.complete] == ["HELLO"]
    assert heard[-1].text == "HELLO WORLD A"
    assert [word.start_ms for word in heard[-1].words] == pytest.approx([0, 900, 1500], abs=90)


async def test_a_turn_longer_than_the_model_takes_is_cut_in_a_pause(made: Made) -> None:
    word = chunks(said("HE", "LLO", "WORLD", "", "", each_s=0.5))
    async with ears(made("nemo-ctc")) as recognizer:
        heard = await hear(recognizer, source(*word * 20))  # 50 s
    assert [words.final for words in heard] == [False, True]
    assert heard[0].stable == len(heard[0].text) > 0
    assert heard[-1].text == " ".join(["HELLO WORLD"] * 20)


@pytest.mark.parametrize("name", ["streaming-nemo-ctc", "nemo-ctc"])
async def test_several_speak_at_once(made: Made, name: str) -> None:
    async with ears(made(name)) as recognizer:
        alone = (await hear(recognizer, source(*chunks())))[-1]
        together = await asyncio.gather(*(hear(recognizer, source(*chunks())) for _ in range(20)))
        assert [told[-1] for told in together] == [alone] * 20
        assert len(recognizer.pids) == 1


@pytest.mark.parametrize("name", ["streaming-transducer", "nemo-ctc"])
async def test_a_crash_is_told_and_the_next_turn_is_heard(made: Made, name: str) -> None:
    async with ears(made(name)) as recognizer:
        audio = Held(*chunks())
        listening = asyncio.create_task(hear(recognizer, audio))
        await audio.asked.wait()
        os.kill(recognizer.pids[0], signal.SIGKILL)
        with pytest.raises(EngineError, match=r"sherpa-onnx crashed \(Killed\)"):
            await listening
        assert (await hear(recognizer, source(*chunks())))[-1].text == TEXT


@pytest.mark.parametrize("name", ["streaming-transducer", "nemo-ctc"])
async def test_leaving_a_turn_stops_the_work(made: Made, name: str) -> None:
    async with ears(made(name)) as recognizer:
        async with aclosing(recognizer.recognize(source(SPEECH * 100), Hints())) as told:
            await anext(told)
        await hear(recognizer, source())  # its end shows that the cancel was worked off
        assert is_idle(recognizer.pids[0])


async def test_what_is_said_is_not_logged(made: Made, capfd: pytest.CaptureFixture[str]) -> None:
    async with ears(made("transducer"), hotwords=False) as recognizer:
        await hear(recognizer, source(*chunks()), Hints(keywords=("Schibboleth",)))
    written = capfd.readouterr()
    assert "Schibboleth" not in written.out + written.err
    assert "HELLO" not in written.out + written.err


async def test_hints_are_let_be_and_the_log_says_so_once(
    made: Made, caplog: pytest.LogCaptureFixture
) -> None:
    hints = Hints(language="de", prompt="Frau Müller", keywords=("Müller",))
    async with ears(made("nemo-ctc")) as recognizer:
        with caplog.at_level(logging.WARNING):
            for _ in range(2):
                assert (await hear(recognizer, source(), hints))[-1].final
    assert [record.getMessage() for record in caplog.records] == [
        f"sherpa-onnx (nemo-ctc) cannot use the hint {hint}: it is ignored"
        for hint in ("language", "prompt", "keywords")
    ]


async def test_a_language_it_knows_is_expected(made: Made) -> None:
    speech = said("HE", "", "A")
    async with ears(made("sense-voice"), language="zh") as recognizer:
        assert (await hear(recognizer, source(speech)))[-1].text == "LLOS"
        english = Hints(language="en")
        assert (await hear(recognizer, source(speech), english))[-1].text == "HE A"
        assert (await hear(recognizer, source(speech)))[-1].text == "LLOS"
    with pytest.raises(EngineError, match="language xx: it knows zh, en, ja, ko, yue"):
        SherpaRecognizer(str(made("sense-voice")), language="xx")
    with pytest.raises(EngineError, match="language de: it knows one only"):
        SherpaRecognizer(str(made("nemo-ctc")), language="de")


@pytest.mark.parametrize("name", ["transducer", "streaming-transducer"])
async def test_hotwords_are_taken_by_a_wider_search(made: Made, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(made(name), folder)
    pieces = ["<unk>", "▁HE", "LLO", "▁WORLD", "▁A", "S", "▁B", "C", "▁", "W", "E", "R"]
    (folder / "bpe.vocab").write_text(
        "".join(f"{piece}\t{-place}\n" for place, piece in enumerate(pieces)), encoding="utf-8"
    )
    async with ears(folder, hotwords=True) as recognizer:
        assert (await hear(recognizer, source(*chunks())))[-1].text.startswith("HELLO WORLD A")
        hints = Hints(keywords=("hello", "/:"), prompt="a world, and a sentence that is no name")
        assert (await hear(recognizer, source(*chunks()), hints))[-1].text.startswith("HELLO")


def test_tokens_that_are_bytes_promise_no_words(made: Made, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(made("transducer"), folder)
    assert SherpaRecognizer(str(folder)).logprobs
    with (folder / "tokens.txt").open("a") as tokens:
        tokens.write("<0xE4> 8\n")
    assert not SherpaRecognizer(str(folder)).logprobs


def test_hotwords_need_a_model_that_looks_for_them(made: Made) -> None:
    with pytest.raises(EngineError, match="family nemo-ctc cannot look for hotwords"):
        SherpaRecognizer(str(made("nemo-ctc")), hotwords=True)
    with pytest.raises(EngineError, match=r"bpe\.vocab is missing"):
        SherpaRecognizer(str(made("transducer")), hotwords=True)


def test_hotwords_are_keywords_and_the_names_in_the_prompt() -> None:
    hints = Hints(
        keywords=("Anna", "a/b:c", " "), prompt="Zoë Müller, Anna. This is one of those sentences!"
    )
    assert hotwords(hints, upper=False) == ("Anna", "a b c", "Zoë Müller")
    assert hotwords(hints, upper=True) == ("ANNA", "A B C", "ZOË MÜLLER")
    assert len(hotwords(Hints(keywords=tuple(map(str, range(500)))), upper=False)) == 100


async def test_a_model_that_the_library_cannot_use_is_told(made: Made, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(made("transducer"), folder)
    shutil.copy(made("nemo-ctc") / "model.onnx", folder / "decoder.onnx")
    recognizer = SherpaRecognizer(str(folder))
    with pytest.raises(EngineError, match=r"sherpa-onnx cannot use .*model of the family transd"):
        await recognizer.open()
    await recognizer.close()


async def test_tokens_that_are_none_are_told(made: Made, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(made("nemo-ctc"), folder)
    (folder / "tokens.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EngineError, match=r"tokens\.txt cannot be read as text"):
        SherpaRecognizer(str(folder))


async def test_a_model_larger_than_the_memory_is_told(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosting, "free_mb", lambda: 0.001)
    with pytest.raises(EngineError, match="MB of memory are free: choose a smaller model"):
        await SherpaRecognizer(str(made("nemo-ctc"))).open()


async def test_a_missing_wheel_is_told_with_its_remedy(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosting, "find_spec", lambda name: None)
    with pytest.raises(EngineError) as failure:
        await SherpaRecognizer(str(made("nemo-ctc"))).open()
    assert str(failure.value) == "sherpa-onnx is not installed: pip install 'repartee[sherpa]'"


def test_it_is_loaded_only_in_its_process() -> None:
    script = (
        "import sys, repartee.engines.sherpa.recognizer, repartee.engines.sherpa.synthesizer; "
        "print('sherpa_onnx' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


def test_it_names_the_licence_of_the_weights(made: Made, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(made("nemo-ctc"), folder)
    assert SherpaRecognizer(str(folder)).licence == SherpaRecognizer.licence
    (folder / "LICENSE.txt").touch()
    assert str(folder / "LICENSE.txt") in SherpaRecognizer(str(folder)).licence
    assert SherpaRecognizer.rate == RATE
