"""Telephone sound, G.711 at 8 kHz, both ways: heard, answered, cut off, kept and given back."""

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import recordings
from live.caller import Caller, calling
from live.engine_sets import HEARD
from live.relay import relaying
from live.server import Server, serving
from recordings import Samples, microphone, read, words_of
from repartee.speech.g711 import Law, decode, encode

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

MU: Law = "audio/pcmu"
A: Law = "audio/pcma"
BOTH_LAWS = pytest.mark.parametrize("law", [MU, A])
RATE = 8_000
BYTES_PER_MS = 8
MS_PER_CHARACTER = 60  # of the fake voice
CLIP = "lj_LJ001-0002"
BY_HAND = {"turn_detection": None}


def telephone(law: Law, clip: str = CLIP, before_s: float = 0.3, after_s: float = 1.0) -> bytes:
    """Somebody says a sentence into a telephone, and then nothing."""
    words = read(clip, RATE)
    before, after = (np.zeros(int(each * RATE), np.int16) for each in (before_s, after_s))
    return encode(np.concatenate([before, words, after]), law)


async def speak(caller: Caller, sound: bytes) -> None:
    """Append sound as it is, 100 ms at a time."""
    for start in range(0, len(sound), 100 * BYTES_PER_MS):
        piece = sound[start : start + 100 * BYTES_PER_MS]
        await caller.connection.input_audio_buffer.append(audio=base64.b64encode(piece).decode())


async def talk_in(caller: Caller, law: Law, **input: Any) -> Any:
    """From now on both sides use this format."""
    format = {"format": {"type": law}}
    return await caller.update(audio={"input": format | input, "output": format})


async def retrieved(caller: Caller, item_id: str) -> bytes:
    """The sound that the server keeps of an item."""
    await caller.connection.conversation.item.retrieve(item_id=item_id)
    kept = (await caller.until("conversation.item.retrieved")).item
    return base64.b64decode(kept.content[0].audio)


@BOTH_LAWS
async def test_a_spoken_turn(url: str, law: Law) -> None:
    async with calling(url) as caller:
        session = (await talk_in(caller, law, transcription={"model": "whisper-1"})).session
        assert session.audio.input.format.type == session.audio.output.format.type == law
        await speak(caller, telephone(law))
        done = await caller.until("response.done")

    (started,) = caller.all("input_audio_buffer.speech_started")
    (stopped,) = caller.all("input_audio_buffer.speech_stopped")
    assert started.audio_start_ms <= 500
    spoken_ms = len(read(CLIP, RATE)) / BYTES_PER_MS
    assert abs(stopped.audio_end_ms - (300 + spoken_ms + 500)) < 500

    (transcript,) = caller.all("conversation.item.input_audio_transcription.completed")
    assert transcript.transcript == HEARD
    said = done.response.output[0].content[0].transcript
    assert said.endswith(f"You said: {HEARD}")
    assert len(caller.sound()) == len(said) * MS_PER_CHARACTER * BYTES_PER_MS
    assert_one_tone(decode(caller.sound(), law))


def assert_one_tone(samples: Samples, rate: int = RATE) -> None:
    """The fake voice hums at a quarter of full scale; a wrong law or rate would make noise."""
    power = np.abs(np.fft.rfft(samples[:rate] / 32768)) ** 2
    peak = int(np.argmax(power))
    assert 180 <= peak <= 330
    assert power[peak - 2 : peak + 3].sum() > 0.99 * power.sum()
    assert 0.15 < np.sqrt(np.mean((samples / 32768) ** 2)) < 0.2


async def test_a_telephone_on_one_side_only(url: str) -> None:
    async with calling(url) as caller:
        await caller.update(audio={"input": {"format": {"type": MU}}})
        await speak(caller, telephone(MU))
        said = (await caller.until("response.done")).response.output[0].content[0].transcript
        assert len(caller.sound()) == len(said) * MS_PER_CHARACTER * 48
        await caller.update(
            audio={
                "input": {"format": {"type": "audio/pcm", "rate": 24000}},
                "output": {"format": {"type": A}},
            }
        )
        told = len(caller.told)
        await caller.speak(microphone([(0.3, read(CLIP))], 3.5))
        said = (await caller.until("response.done")).response.output[0].content[0].transcript
        deltas = [each for each in caller.told[told:] if each.type == "response.output_audio.delta"]
        sound = b"".join(base64.b64decode(each.delta) for each in deltas)
        assert len(sound) == len(said) * MS_PER_CHARACTER * BYTES_PER_MS
        assert_one_tone(decode(sound, A))


async def test_an_answer_of_its_own_format(url: str) -> None:
    """What one response says of its format holds for that response."""
    own: Any = {"audio": {"output": {"format": {"type": MU}}}}
    async with calling(url) as caller:
        await caller.connection.response.create(response=own)
        (answer,) = (await caller.until("response.done")).response.output
        length_ms = len(answer.content[0].transcript) * MS_PER_CHARACTER
        assert len(caller.sound()) == length_ms * BYTES_PER_MS
        assert_one_tone(decode(caller.sound(), MU))
        before = len(caller.sound())
        await caller.connection.response.create()
        (answer,) = (await caller.until("response.done")).response.output
        length_ms = len(answer.content[0].transcript) * MS_PER_CHARACTER
        assert len(caller.sound()) - before == length_ms * 48


async def test_an_answer_under_way_keeps_its_format(unhurried_url: str) -> None:
    async with calling(unhurried_url) as caller:
        await caller.connection.response.create()
        await caller.until("response.output_audio.delta")
        await caller.update(audio={"output": {"format": {"type": MU}}})
        while len(caller.sound()) < 1500 * 48:
            await caller.until("response.output_audio.delta")
        assert_one_tone(np.frombuffer(caller.sound(), "<i2"), 24_000)
        await caller.connection.response.cancel()
        await caller.until("response.done")
        pcm = len(caller.sound())
        await caller.connection.response.create()
        while len(caller.sound()) < pcm + 1500 * BYTES_PER_MS:
            await caller.until("response.output_audio.delta")
        assert_one_tone(decode(caller.sound()[pcm:], MU))
        await caller.connection.response.cancel()
        await caller.until("response.done")


@BOTH_LAWS
async def test_speech_interrupts_and_what_was_heard_is_kept(unhurried_url: str, law: Law) -> None:
    async with calling(unhurried_url) as caller:
        await talk_in(caller, law)
        await caller.connection.response.create()
        item_id = (await caller.until("response.output_audio.delta")).item_id
        while len(caller.sound()) < 900 * BYTES_PER_MS:
            await caller.until("response.output_audio.delta")
        await speak(caller, telephone(law, after_s=0))
        done = (await caller.until("response.done")).response
        assert (done.status, done.status_details.reason) == ("cancelled", "turn_detected")
        assert "input_audio_buffer.speech_started" in caller.kinds()
        came_ms = len(caller.sound()) // BYTES_PER_MS

        item = caller.connection.conversation.item
        await item.truncate(item_id=item_id, content_index=0, audio_end_ms=700)
        assert (await caller.until("conversation.item.truncated")).audio_end_ms == 700
        assert await retrieved(caller, item_id) == caller.sound()[: 700 * BYTES_PER_MS]
        assert not caller.all("error")
        await item.truncate(item_id=item_id, content_index=0, audio_end_ms=came_ms + 1000)
        assert "700ms is already shorter" in (await caller.until("error")).error.message
        assert (await caller.until("conversation.item.truncated")).audio_end_ms == 700
        await caller.connection.input_audio_buffer.clear()


async def test_a_turn_is_given_back_as_it_came(url: str) -> None:
    """It was 24 kHz PCM in between; what is lost is less than what G.711 loses."""
    async with calling(url) as caller:
        await talk_in(caller, MU, **BY_HAND)
        sent = telephone(MU)
        await speak(caller, sent)
        await caller.connection.input_audio_buffer.commit()
        item_id = (await caller.until("conversation.item.done")).item.id
        back = await retrieved(caller, item_id)
        assert len(back) == len(sent)
        assert_same_speech(decode(sent, MU), decode(back, MU), RATE)

        await caller.update(audio={"input": {"format": {"type": "audio/pcm"}}})
        pcm = np.frombuffer(await retrieved(caller, item_id), "<i2")
        assert len(pcm) == 3 * len(sent)
        assert_same_speech(recordings.resampled(decode(sent, MU), RATE, 24_000), pcm, 24_000)


def assert_same_speech(sent: Samples, back: Samples, rate: int) -> None:
    """Equal but for noise 25 dB below it; what came in may be some samples late.

    The uppermost 10 % of telephone frequencies are left out, where filters begin to bite.
    """

    count = len(sent) - rate // 200
    window = np.hanning(count)

    def spectrum(samples: Samples) -> Any:
        return np.fft.rfft(samples[:count] * window)[: int(0.9 * 4000 * count / rate)]

    first = sent[:count].astype(np.float64)
    late = max(range(rate // 200), key=lambda shift: np.dot(first, back[shift:][:count]))
    difference = spectrum(back[late:]) - spectrum(sent)
    noise, speech = (float(np.sum(np.abs(each) ** 2)) for each in (difference, spectrum(sent)))
    assert 10 * np.log10(noise / speech) < -25


async def test_too_little_is_counted_in_the_format_of_the_session(url: str) -> None:
    async with calling(url) as caller:
        await talk_in(caller, MU, **BY_HAND)
        await speak(caller, telephone(MU)[:799])
        await caller.connection.input_audio_buffer.commit()
        refused = (await caller.until("error")).error
        assert refused.code == "input_audio_buffer_commit_empty"
        assert "99.88ms" in refused.message
        await speak(caller, telephone(MU)[799:800])
        await caller.connection.input_audio_buffer.commit()
        await caller.until("conversation.item.done")


async def test_the_format_changes_in_mid_sentence(url: str) -> None:
    """PCM, then mu-law, then A-law: it is one turn, and all of it is kept."""
    words, wide = read(CLIP, RATE), read(CLIP)
    third = len(words) // 3 // 80 * 80
    async with calling(url) as caller:
        await caller.update(audio={"input": BY_HAND | {"transcription": {"model": "whisper-1"}}})
        await caller.speak(wide[: 3 * third])
        await talk_in(caller, MU)
        await speak(caller, encode(words[third : 2 * third], MU))
        await talk_in(caller, A)
        await speak(caller, encode(words[2 * third : 3 * third], A))
        await caller.connection.input_audio_buffer.commit()
        item_id = (await caller.until("input_audio_buffer.committed")).item_id
        await caller.until("conversation.item.input_audio_transcription.completed")
        back = await retrieved(caller, item_id)
        assert len(back) == 3 * third
        for start in range(0, 3 * third, third):  # PCM is not as late as the others
            part = slice(start + RATE // 50, start + third - RATE // 50)
            assert_same_speech(words[part], decode(back, A)[part], RATE)
        assert not caller.all("error")


async def test_an_utterance_goes_on_in_another_format(url: str) -> None:
    """Detection loses neither the turn nor its place over a change of format."""
    async with calling(url) as caller:
        await caller.speak(microphone([(0.3, read("librivox_austen_0890"))], 6.0)[: 2 * 24_000])
        started = await caller.until("input_audio_buffer.speech_started")
        await talk_in(caller, MU)
        rest = read("librivox_austen_0890", RATE)[int(1.7 * RATE) :]
        await speak(caller, encode(np.concatenate([rest, np.zeros(RATE, np.int16)]), MU))
        stopped = await caller.until("input_audio_buffer.speech_stopped")
        await caller.until("response.done")
        assert stopped.item_id == started.item_id
        assert len(caller.all("input_audio_buffer.speech_started")) == 1
        end_ms = 2000 + len(rest) / BYTES_PER_MS
        assert abs(stopped.audio_end_ms - (end_ms + 500)) < 500


@BOTH_LAWS
async def test_a_message_with_sound(url: str, law: Law) -> None:
    sound = telephone(law)
    message: Any = {
        "type": "message",
        "role": "user",
        "content": [{"type": "input_audio", "audio": base64.b64encode(sound).decode()}],
    }
    async with calling(url) as caller:
        await talk_in(caller, law)
        await caller.connection.conversation.item.create(item=message)
        item_id = (await caller.until("conversation.item.done")).item.id
        assert await retrieved(caller, item_id) == sound
        await caller.connection.response.create(response={"output_modalities": ["text"]})
        done = (await caller.until("response.done")).response
        assert done.output[0].content[0].text.endswith(HEARD)
        heard_ms = len(sound) / BYTES_PER_MS
        assert done.usage.input_token_details.audio_tokens == -(-heard_ms // 100)


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    engines = ("--ears", "pocketsphinx", "--mind", "repartee-echo", "--voice", "espeak-ng")
    with serving(tmp_path_factory.mktemp("telephone"), *engines) as server:
        yield server


@BOTH_LAWS
async def test_real_ears_and_a_real_voice(offline: Server, law: Law) -> None:
    clip = "librivox_austen_0890"
    async with relaying(offline.url) as url, calling(url) as caller:
        await talk_in(caller, law, transcription={"model": "whisper-1"})
        await speak(caller, telephone(law, clip))
        done = await caller.until("response.done")
        assert done.response.status == "completed"
        (heard,) = caller.all("conversation.item.input_audio_transcription.completed")
        (text,) = (each.text for each in recordings.clips() if each.name == clip)
        assert len(words_of(heard.transcript) & words_of(text)) >= 3
    samples = decode(caller.sound(), law) / 32768
    assert 0.02 < np.sqrt(np.mean(samples**2)) < 0.4
    assert np.mean(np.abs(samples) > 0.97) < 0.001
    # Speech is made of pauses and of voiced sounds, which lie low; a wrong law makes hiss of it.
    power = np.abs(np.fft.rfft(samples)) ** 2
    low = np.fft.rfftfreq(len(samples), 1 / RATE) < 2000
    assert power[low].sum() > 0.7 * power.sum()
    levels = np.sqrt(np.mean(samples[: len(samples) // 400 * 400].reshape(-1, 400) ** 2, axis=1))
    assert np.percentile(levels, 5) < 0.1 * np.percentile(levels, 90)
