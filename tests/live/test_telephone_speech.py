"""Human speech over G.711, through the engines that come with the package, by both stock clients.

What a telephone says is compared with the same speech, as narrow, in 24 kHz PCM.
"""

import asyncio
import base64
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray

import recordings
from live.beta_telephone import CUT_MS
from live.caller import Caller, calling
from live.relay import relaying
from live.server import Server, serving
from recordings import CHECKOUT, FULL_SCALE, words_of
from repartee.protocol.audio import Encoding, bytes_per_ms, sample_rate
from repartee.speech.codec import expanded
from repartee.speech.g711 import Law, encode

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

Client = Literal["ga", "beta"]
TESTS = Path(__file__).parents[1]
CLIENT_1X = CHECKOUT / ".clients" / "openai_beta" / "bin" / "python"
BETA_NAMES = {"audio/pcm": "pcm16", "audio/pcmu": "g711_ulaw", "audio/pcma": "g711_alaw"}
CLIP = "librivox_austen_0890"
WIDE: Encoding = "audio/pcm"
LAWS: tuple[Law, ...] = ("audio/pcmu", "audio/pcma")
FRAME_MS = 32  # of sound that is judged at once
MARGIN = 100  # samples at 8 kHz, at both ends, where a spectrum tells of an edge


@dataclass(frozen=True)
class Call:
    """What a caller was told, who said one sentence; sounds are in the formats of the call."""

    started_ms: int
    stopped_ms: int
    heard: str
    answered: str
    answer: bytes
    answer_kept: bytes
    answer_cut: bytes  # to CUT_MS
    turn_kept: bytes


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    engines = ("--ears", "pocketsphinx", "--mind", "repartee-echo", "--voice", "espeak-ng")
    with serving(tmp_path_factory.mktemp("telephone"), *engines) as server:
        yield server


def narrow(encoding: Encoding) -> bytes:
    """Somebody says a sentence into a telephone, and then nothing."""
    words = recordings.read(CLIP, 8_000)
    still = np.zeros(8_000, np.int16)
    said = np.concatenate([still, words, still])
    if encoding == "audio/pcm":
        return recordings.resampled(said, 8_000, 24_000).tobytes()
    return encode(said, encoding)


async def call_ga(url: str, taken: Encoding, given: Encoding) -> Call:
    async with calling(url) as caller:
        transcription = {"model": "whisper-1"}
        input = {"format": {"type": taken}, "transcription": transcription}
        await caller.update(audio={"input": input, "output": {"format": {"type": given}}})
        sound = narrow(taken)
        for start in range(0, len(sound), 960):
            piece = base64.b64encode(sound[start : start + 960]).decode()
            await caller.connection.input_audio_buffer.append(audio=piece)
        (item,) = (await caller.until("response.done")).response.output
        answer = caller.sound()
        (turn,) = caller.all("input_audio_buffer.committed")
        whole, said = await kept(caller, item.id), await kept(caller, turn.item_id)
        await caller.connection.conversation.item.truncate(
            item_id=item.id, content_index=0, audio_end_ms=CUT_MS
        )
        await caller.until("conversation.item.truncated")
        (started,) = caller.all("input_audio_buffer.speech_started")
        (stopped,) = caller.all("input_audio_buffer.speech_stopped")
        (heard,) = caller.all("conversation.item.input_audio_transcription.completed")
        return Call(
            started_ms=started.audio_start_ms,
            stopped_ms=stopped.audio_end_ms,
            heard=heard.transcript,
            answered=item.content[0].transcript,
            answer=answer,
            answer_kept=whole,
            answer_cut=await kept(caller, item.id),
            turn_kept=said,
        )


async def kept(caller: Caller, item_id: str) -> bytes:
    """The sound that the server keeps of an item."""
    await caller.connection.conversation.item.retrieve(item_id=item_id)
    item = (await caller.until("conversation.item.retrieved")).item
    return base64.b64decode(item.content[0].audio)


async def call_beta(url: str, taken: Encoding, given: Encoding, folder: Path) -> Call:
    assert CLIENT_1X.exists(), "run `make clients`"
    file = folder / "turn"
    file.write_bytes(narrow(taken))
    process = await asyncio.create_subprocess_exec(
        *(CLIENT_1X, "-m", "live.beta_telephone", url, BETA_NAMES[taken], BETA_NAMES[given], file),
        cwd=TESTS,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, complaints = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, complaints.decode()
    told: dict[str, Any] = json.loads(out)
    for name in ("answer", "answer_kept", "answer_cut", "turn_kept"):
        told[name] = base64.b64decode(told[name])
    return Call(**told)


@pytest.fixture(scope="module")
def wide(offline: Server) -> Call:
    """The call in 24 kHz PCM that others are compared with."""
    return asyncio.run(call_ga(offline.url, WIDE, WIDE))


@pytest.mark.parametrize("client", ["ga", "beta"])
@pytest.mark.parametrize(
    ("taken", "given"),
    [
        ("audio/pcmu", "audio/pcmu"),
        ("audio/pcma", "audio/pcma"),
        ("audio/pcma", "audio/pcm"),
        ("audio/pcm", "audio/pcmu"),
    ],
)
async def test_a_call(
    offline: Server, wide: Call, client: Client, taken: Encoding, given: Encoding, tmp_path: Path
) -> None:
    async with relaying(offline.url) as url:
        if client == "ga":
            call = await call_ga(url, taken, given)
        else:
            call = await call_beta(url, taken, given, tmp_path)

    assert abs(call.started_ms - wide.started_ms) <= 2 * FRAME_MS
    assert abs(call.stopped_ms - wide.stopped_ms) <= 2 * FRAME_MS
    turn_ms = len(call.turn_kept) / bytes_per_ms(taken)
    assert abs(turn_ms - (call.stopped_ms - call.started_ms)) <= FRAME_MS

    (text,) = (each.text for each in recordings.clips() if each.name == CLIP)
    right, right_when_wide = (
        len(words_of(heard) & words_of(text)) for heard in (call.heard, wide.heard)
    )
    assert right >= right_when_wide
    assert call.answered.endswith(call.heard)

    assert call.answer_kept == call.answer
    assert call.answer_cut == call.answer[: CUT_MS * bytes_per_ms(given)]
    assert_speech(telephone_band(call.answer, given))


async def answer(url: str, given: Encoding) -> bytes:
    """What is answered to a certain question."""
    async with calling(url) as caller:
        await caller.update(audio={"output": {"format": {"type": given}}})
        await caller.write("Is there a train to Paris this evening, and where do I change?")
        await caller.respond()
        assert len(caller.all("response.output_audio.delta")) > 5
        return caller.sound()


@pytest.mark.parametrize("law", LAWS)
async def test_an_answer_is_as_long_as_in_pcm(offline: Server, law: Law) -> None:
    """Espeak-ng never says a sentence twice in the same way, but for its length."""
    async with relaying(offline.url) as url:
        wide, narrow = await answer(url, WIDE), await answer(url, law)
    assert abs(len(wide) / bytes_per_ms(WIDE) - len(narrow) / bytes_per_ms(law)) < 2
    assert_speech(telephone_band(narrow, law))


@pytest.mark.parametrize("law", LAWS)
async def test_an_answer_is_the_one_in_pcm_made_narrow(url: str, law: Law) -> None:
    """A voice that says the same each time, in a delta for each word."""
    wide, narrow = await answer(url, WIDE), await answer(url, law)
    assert len(wide) / bytes_per_ms(WIDE) == len(narrow) / bytes_per_ms(law)
    expected, come = (
        telephone_band(sound, encoding)[MARGIN:-MARGIN]
        for sound, encoding in ((wide, WIDE), (narrow, law))
    )
    # A step of G.711 is a sixteenth of its sample at most, and what is lost half of it.  A sample
    # lost between two deltas, or a filter that began anew, would make a louder click.
    assert np.abs(come - expected).max() < np.abs(expected).max() / 32
    assert 10 * np.log10(np.sum(expected**2) / np.sum((come - expected) ** 2)) > 35


def telephone_band(sound: bytes, encoding: Encoding) -> NDArray[np.float64]:
    """The samples at 8 kHz, -1...1, without what lies above 3.4 kHz."""
    samples = np.frombuffer(expanded(sound, encoding), "<i2")
    narrow = recordings.resampled(samples, sample_rate(encoding), 8_000) / FULL_SCALE
    spectrum = np.fft.rfft(narrow)
    spectrum[np.fft.rfftfreq(len(narrow), 1 / 8_000) > 3_400] = 0
    return np.fft.irfft(spectrum, len(narrow))


def assert_speech(samples: NDArray[np.float64]) -> None:
    """Not too loud, mostly of low tones, and with pauses: a wrong law makes hiss of it."""
    assert 0.02 < np.sqrt(np.mean(samples**2)) < 0.4
    power = np.abs(np.fft.rfft(samples)) ** 2
    low = np.fft.rfftfreq(len(samples), 1 / 8_000) < 2_000
    assert power[low].sum() > 0.7 * power.sum()
    frames = samples[: len(samples) // 400 * 400].reshape(-1, 400)
    levels = np.sqrt(np.mean(frames**2, axis=1))
    assert np.percentile(levels, 5) < 0.1 * np.percentile(levels, 90)
