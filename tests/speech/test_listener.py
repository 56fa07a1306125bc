"""The way in: all sound, in order, judged together, and never late for what follows it."""

import asyncio
import heapq
import itertools
import logging
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recordings
from repartee.engines.protocols import EchoStream, Frames
from repartee.engines.silero import SileroVad
from repartee.protocol.audio import NoiseFilter, decoded_size
from repartee.session.commands import Listen
from repartee.session.inputs import Heard
from repartee.speech import g711
from repartee.speech.codec import Decoder
from repartee.speech.g711 import Law
from repartee.speech.listener import Listener, SpeechDetector
from repartee.speech.noise import NoiseReduction
from repartee.speech.stream import FRAME_BYTES

FRAME = 0.032  # s
JUDGING = Listen(judge=True)
NOT_JUDGING = Listen(judge=False)


class Timers:
    """An event loop's timers, on a clock that only the test moves; work may cost time too."""

    def __init__(self) -> None:
        self.now = 0.0
        self.turns = 0
        self._calls: list[tuple[float, int, Callable[[], None], Timer]] = []
        self._order = itertools.count()

    def call_later(self, delay: float, call: Callable[[], None]) -> "Timer":
        timer = Timer()
        heapq.heappush(self._calls, (self.now + delay, next(self._order), call, timer))
        return timer

    @property
    def armed(self) -> int:
        return sum(not timer.cancelled for _, _, _, timer in self._calls)

    def turn(self) -> None:
        """The next call that is due, after waiting for it."""
        when, _, call, timer = heapq.heappop(self._calls)
        if not timer.cancelled:
            self.now = max(self.now, when)
            self.turns += 1
            call()

    def settle(self) -> None:
        """Wait until nothing is armed."""
        while self._calls:
            self.turn()


class Timer:
    def __init__(self) -> None:
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class CountingVad:
    """Gives a stream's first frame the probability 0.001, its second 0.002, and so on.

    `seen` holds the level of every frame it was given, in order, `begun` the sample it began
    with, and `batches` how many came at a time.
    """

    state_size = 2

    def __init__(self, timers: Timers, cost: float = 0.0) -> None:
        self.batches: list[int] = []
        self.seen: list[int] = []
        self.begun: list[float] = []
        self._timers = timers
        self._cost = cost

    def __call__(self, frames: Frames, states: Frames) -> tuple[Frames, Frames]:
        self._timers.now += self._cost
        self.batches.append(len(frames))
        self.seen += np.rint(frames[:, 100:].mean(axis=1) * 32_768).astype(int).tolist()
        self.begun += frames[:, 0].tolist()
        return (states[:, 0] + 1) / np.float32(1_000), states + 1


class PlainEcho:
    """Cancels echo that comes at once and as loud as it was; 10 ms take it `cost` seconds."""

    def __init__(self, timers: Timers, cost: float) -> None:
        self._timers = timers
        self._cost = cost

    def stream(self) -> EchoStream:
        return self

    def cancel(self, near: bytes, far: bytes) -> bytes:
        self._timers.now += self._cost
        left = np.frombuffer(near, np.int16) - np.frombuffer(far, np.int16)
        return left.tobytes()


class Ears:
    """A detector on a virtual clock."""

    def __init__(self, cost: float = 0.0, echo: float | None = None) -> None:
        self.timers = Timers()
        self.vad = CountingVad(self.timers, cost)
        self.detector = SpeechDetector(
            self.vad,
            None if echo is None else PlainEcho(self.timers, echo),
            call_later=self.timers.call_later,
            clock=lambda: self.timers.now,
        )

    def judging(self) -> "tuple[Listener, list[Heard]]":
        told: list[Heard] = []
        listener = self.detector.listener(told.append)
        listener.configure(JUDGING)
        return listener, told


def sound(frames: float, level: int = 1_000) -> bytes:
    """This many frames of a constant level, which the VAD's double can tell apart."""
    return np.full(round(frames * 768), level, "<i2").tobytes()


def joined(told: list[Heard]) -> bytes:
    return b"".join(heard.pcm for heard in told)


def speeches(told: list[Heard]) -> list[float | None]:
    return [None if heard.speech is None else round(heard.speech, 6) for heard in told]


def test_without_judging_sound_is_told_at_once_as_it_came() -> None:
    ears, told = Ears(), list[Heard]()
    listener = ears.detector.listener(told.append)
    listener.hear(b"\1\2", "event_1")
    listener.hear(sound(3))
    listener.hear(b"")
    listener.flush()
    assert told == [Heard(b"\1\2", None, "event_1"), Heard(sound(3), None, None)]
    assert ears.vad.batches == []
    assert ears.timers.armed == 0


def test_judged_sound_is_told_in_frames_at_the_next_tick() -> None:
    ears = Ears()
    listener, told = ears.judging()
    listener.hear(sound(0.9))
    assert ears.timers.armed == 0
    listener.hear(sound(0.1))
    listener.hear(sound(1.5, 2_000))
    assert told == []
    assert ears.timers.armed == 1
    ears.timers.turn()
    assert ears.timers.now == pytest.approx(0.008)
    assert [len(heard.pcm) for heard in told] == [FRAME_BYTES, FRAME_BYTES]
    assert speeches(told) == [0.001, 0.002]
    assert ears.vad.seen == [1_000, 2_000]
    assert ears.timers.armed == 0
    assert joined(told) == sound(1) + sound(1, 2_000)


def test_a_frame_carries_the_id_of_the_event_that_completed_it() -> None:
    ears = Ears()
    listener, told = ears.judging()
    listener.hear(sound(0.6), "a")
    listener.hear(sound(0.6), "b")
    listener.hear(sound(1.8), "c")
    listener.hear(sound(0.5), "d")
    listener.hear(sound(0.25))
    listener.flush()
    assert [heard.event_id for heard in told] == ["b", "c", "c", None]


def test_all_sessions_are_judged_side_by_side() -> None:
    ears = Ears()
    sessions = [ears.judging() for _ in range(40)]
    for number, (listener, _) in enumerate(sessions):
        listener.hear(sound(1 + number % 2, 100 * number))
    assert ears.timers.armed == 1
    ears.timers.settle()
    assert ears.timers.turns == 1
    assert ears.vad.batches == [40, 20]
    assert ears.vad.seen[:40] == [100 * number for number in range(40)]
    for number, (_, told) in enumerate(sessions):
        assert speeches(told) == [0.001, 0.002][: 1 + number % 2]
        assert joined(told) == sound(1 + number % 2, 100 * number)


def test_flush_tells_what_waits_and_what_there_is_of_a_frame() -> None:
    ears = Ears()
    listener, told = ears.judging()
    other, _ = ears.judging()
    listener.hear(sound(2.5), "a")
    other.hear(sound(1))
    listener.flush()
    assert [len(heard.pcm) for heard in told] == [FRAME_BYTES, FRAME_BYTES, FRAME_BYTES // 2]
    assert speeches(told) == [0.001, 0.002, 0.002]
    assert ears.vad.batches == [1, 1]
    assert ears.timers.armed == 1
    other.flush()
    assert ears.timers.armed == 0
    listener.flush()
    assert len(told) == 3


def test_what_was_flushed_is_not_told_again_but_judged_in_its_frame() -> None:
    ears = Ears()
    listener, told = ears.judging()
    listener.hear(sound(0.5, 500))
    listener.flush()
    assert speeches(told) == [0.0]
    listener.hear(sound(0.25, 500), "a")
    listener.flush()
    listener.hear(sound(0.75, 500), "b")
    ears.timers.settle()
    assert [len(heard.pcm) for heard in told] == [768, 384, 384]
    assert speeches(told) == [0.0, 0.0, 0.001]
    assert ears.vad.seen == [500]
    listener.hear(sound(0.5, 500))
    ears.timers.settle()
    assert joined(told) == sound(2, 500)
    assert speeches(told)[-1] == 0.002


def test_long_work_is_spread_over_turns_and_keeps_nobody_waiting() -> None:
    ears = Ears(cost=0.001)
    patient, told = ears.judging()
    patient.hear(sound(300))
    ears.timers.turn()
    assert len(told) == 5
    latecomer, others = ears.judging()
    latecomer.hear(sound(2))
    started = ears.timers.now
    ears.timers.turn()
    assert len(others) == 2
    assert ears.timers.now - started == pytest.approx(0.005)
    ears.timers.settle()
    assert len(told) == 300
    assert ears.timers.turns == pytest.approx(60, abs=1)
    assert joined(told) == sound(300)


def test_a_session_that_fails_harms_no_other(caplog: pytest.LogCaptureFixture) -> None:
    ears = Ears()

    def fail(heard: Heard) -> None:
        raise LookupError

    broken = ears.detector.listener(fail)
    broken.configure(JUDGING)
    sound_one, told = ears.judging()
    for listener in (broken, sound_one):
        listener.hear(sound(2))
    with caplog.at_level(logging.ERROR):
        ears.timers.settle()
    assert speeches(told) == [0.001, 0.002]
    assert len(caplog.records) == 2
    broken.hear(sound(1))
    with pytest.raises(LookupError):
        broken.flush()
    assert ears.timers.armed == 0


def test_judging_begins_with_a_clean_memory() -> None:
    ears = Ears()
    listener, told = ears.judging()
    listener.hear(sound(2.5))
    listener.flush()
    listener.configure(JUDGING)
    listener.hear(sound(0.5))
    listener.configure(NOT_JUDGING)
    listener.hear(sound(1), "unjudged")
    listener.configure(JUDGING)
    listener.hear(sound(1, 0))
    ears.timers.settle()
    assert speeches(told) == [0.001, 0.002, 0.002, None, None, 0.001]
    assert [len(heard.pcm) // 768 for heard in told] == [2, 2, 1, 1, 2, 2]
    assert told[-2].event_id == "unjudged"
    assert (ears.vad.seen[-1], ears.vad.begun[-1]) == (0, 0.0)


def test_judging_anew_forgets_what_was_heard() -> None:
    ears = Ears()
    listener, told = ears.judging()
    listener.hear(sound(2))
    ears.timers.settle()
    listener.configure(Listen(judge=True, anew=True))
    listener.hear(sound(1, 0))
    ears.timers.settle()
    assert speeches(told) == [0.001, 0.002, 0.001]
    assert ears.vad.begun[-1] == 0.0


def test_sound_that_waits_while_judging_is_switched_off_and_on_is_judged() -> None:
    ears = Ears()
    listener, told = ears.judging()
    listener.hear(sound(2.5))
    listener.configure(NOT_JUDGING)
    assert ears.timers.armed == 0
    listener.configure(JUDGING)
    ears.timers.settle()
    assert speeches(told) == [0.001, 0.002]


def test_after_its_close_nothing_is_told() -> None:
    ears = Ears()
    listener, told = ears.judging()
    listener.hear(sound(2.5))
    listener.close()
    assert ears.timers.armed == 0
    listener.hear(sound(2))
    listener.configure(JUDGING)
    listener.hear(sound(2))
    listener.flush()
    listener.close()
    ears.timers.settle()
    assert told == []
    assert ears.vad.batches == []


def test_what_is_told_may_close_its_listener_and_others() -> None:
    ears, told = Ears(), list[str]()
    listeners: dict[str, Listener] = {}

    def close_all(name: str) -> Callable[[Heard], None]:
        def tell(heard: Heard) -> None:
            told.append(name)
            for listener in listeners.values():
                listener.close()

        return tell

    for name in ("first", "second"):
        listeners[name] = ears.detector.listener(close_all(name))
        listeners[name].configure(JUDGING)
        listeners[name].hear(sound(3))
    ears.timers.settle()
    assert told == ["first"]


def test_what_is_told_may_bring_more_sound_flush_and_switch() -> None:
    ears, told = Ears(), list[Heard]()

    def tell(heard: Heard) -> None:
        told.append(heard)
        if len(told) == 1:
            listener.hear(sound(0.5, 3))
            other.flush()  # which was judged in the same batch and is not told yet
            listener.flush()
        if len(told) == 5:
            listener.configure(NOT_JUDGING)

    listener = ears.detector.listener(tell)
    listener.configure(JUDGING)
    other, others = ears.judging()
    listener.hear(sound(1, 1))
    listener.hear(sound(1, 2))
    other.hear(sound(1, 8) + sound(0.5, 9))
    ears.timers.settle()
    assert speeches(told) == [0.001, 0.002, 0.002]
    assert joined(others) == sound(1, 8) + sound(0.5, 9)
    listener.hear(sound(5, 4))
    ears.timers.settle()
    assert speeches(told) == [0.001, 0.002, 0.002, 0.003, 0.004]
    listener.hear(sound(1, 5))
    assert speeches(told)[5:] == [None, None]
    assert joined(told) == sound(1, 1) + sound(1, 2) + sound(0.5, 3) + sound(5, 4) + sound(1, 5)


def configured(ears: Ears, listen: Listen) -> tuple[Listener, list[Heard]]:
    listener, told = ears.judging()
    listener.configure(listen)
    return listener, told


@pytest.mark.parametrize("law", ["audio/pcmu", "audio/pcma"])
def test_telephone_sound_is_heard_at_24_khz(law: Law) -> None:
    ears = Ears()
    listener, told = configured(ears, Listen(judge=True, encoding=law))
    codes = g711.encode(np.full(320, 1_000, np.int16), law)
    listener.hear(codes[:159], "a")
    assert listener.waiting == 159 * 6
    listener.hear(codes[159:], "b")
    listener.flush()
    assert joined(told) == Decoder(law)(codes)
    assert speeches(told) == [0.001, 0.001]
    listener.configure(Listen(judge=False, encoding=law))
    listener.hear(codes[:1])
    assert len(told[-1].pcm) == 6


def test_another_encoding_is_that_of_the_sound_after_it() -> None:
    ears = Ears()
    listener, told = ears.judging()
    listener.hear(sound(0.5))
    listener.configure(Listen(judge=True, encoding="audio/pcmu"))
    listener.hear(b"\xff" * 128)
    listener.configure(JUDGING)
    listener.hear(sound(0.5))
    ears.timers.settle()
    listener.flush()
    assert joined(told) == sound(0.5) + bytes(768) + sound(0.5)


NEAR = NoiseFilter("near_field")
NOISE = np.random.default_rng(3).integers(-900, 900, 50 * 768).astype("<i2").tobytes()


@pytest.mark.parametrize("judge", [True, False])
def test_the_noise_is_reduced_before_sound_is_judged_and_told(judge: bool) -> None:
    ears = Ears()
    listener, told = configured(ears, Listen(judge=judge, noise_reduction=NEAR))
    for start in range(0, len(NOISE), 1_000):
        listener.hear(NOISE[start : start + 1_000], f"event_{start}")
        if start % 3_000 == 0:
            listener.flush()
        elif start % 7_000 == 0:
            ears.timers.settle()
    listener.flush()
    assert joined(told) == NoiseReduction(NEAR)(NOISE)
    assert all((heard.speech is not None) == judge for heard in told)
    assert told[-1].event_id == "event_76000"
    assert ears.timers.armed == 0


def test_unjudged_sound_whose_noise_is_reduced_keeps_nobody_waiting() -> None:
    ears = Ears(cost=0.001)
    listener, told = configured(ears, Listen(judge=False, noise_reduction=NEAR))
    listener.hear(sound(300))
    assert told == []
    assert listener.waiting == len(sound(300))
    ears.timers.settle()
    assert speeches(told) == [None] * 300


LATE = bytes(478)  # by which sound is later whose echo was cancelled


@pytest.mark.parametrize("listen", [JUDGING, NOT_JUDGING], ids=["judged", "unjudged"])
def test_what_was_sent_is_taken_from_what_is_heard(listen: Listen) -> None:
    ears = Ears(echo=0.0)
    listener, told = configured(ears, listen)
    listener.hear(sound(2))
    listener.sent(sound(3, 300), "audio/pcm")
    listener.hear(sound(4))
    listener.hushed()
    listener.hear(sound(1))
    listener.flush()
    left = sound(2) + sound(3, 700) + sound(2)
    assert joined(told) == (LATE + left)[: len(left)]
    assert ears.vad.seen[3:5] == ([700, 700] if listen.judge else [])


def test_noise_is_reduced_where_the_echo_is_gone_already() -> None:
    listener, told = configured(Ears(echo=0.0), Listen(judge=False, noise_reduction=NEAR))
    listener.sent(NOISE, "audio/pcm")
    listener.hear(NOISE)
    listener.flush()
    assert joined(told) == bytes(len(NOISE))


def test_each_session_hears_its_own_echo() -> None:
    ears = Ears(echo=0.0)
    (one, heard_by_one), (other, heard_by_other) = ears.judging(), ears.judging()
    one.sent(sound(2), "audio/pcm")
    for listener in (one, other):
        listener.hear(sound(2))
        listener.flush()
    assert joined(heard_by_one) == bytes(len(sound(2)))
    assert joined(heard_by_other) == (LATE + sound(2))[: len(sound(2))]


def test_costly_cancelling_is_spread_over_turns_and_keeps_nobody_waiting() -> None:
    ears = Ears(echo=0.001)
    sessions = [ears.judging() for _ in range(20)]
    for listener, _ in sessions:
        listener.hear(sound(10))
    started = ears.timers.now
    ears.timers.turn()
    assert ears.timers.now - started < 0.008 + 0.005 + 0.004  # the tick, its budget, a last frame
    ears.timers.settle()
    assert ears.vad.batches[:2] == [2, 2]
    for _, told in sessions:
        assert len(joined(told)) == len(sound(10))


def test_another_noise_filter_is_for_the_sound_after_it() -> None:
    ears = Ears()
    listener, told = configured(ears, Listen(judge=True, noise_reduction=NEAR))
    listener.hear(NOISE[:2_000])
    listener.configure(Listen(judge=True, noise_reduction=NoiseFilter("far_field")))
    listener.hear(NOISE[2_000:5_000])
    listener.configure(JUDGING)
    listener.hear(NOISE[5_000:6_000])
    listener.configure(NOT_JUDGING)
    listener.hear(NOISE[6_000:])
    near = NoiseReduction(NEAR)(NOISE[:2_000])
    far = NoiseReduction(NoiseFilter("far_field"))(NOISE[2_000:5_000])
    assert joined(told) == near + far + NOISE[5_000:]


def test_the_same_noise_filter_goes_on_when_something_else_changes() -> None:
    ears = Ears()
    listener, told = configured(ears, Listen(judge=False, noise_reduction=NEAR))
    listener.hear(NOISE[:20_000])
    listener.configure(Listen(judge=True, noise_reduction=NoiseFilter("near_field", 1.0)))
    listener.hear(NOISE[20_000:])
    listener.flush()
    assert joined(told) == NoiseReduction(NEAR)(NOISE)
    assert told[0].speech == pytest.approx(0.001)


def test_a_noise_filter_without_strength_leaves_the_sound_alone() -> None:
    weak = NoiseFilter("far_field", 0.0)
    listener, told = configured(Ears(), Listen(judge=False, noise_reduction=weak))
    listener.hear(NOISE)
    assert told == [Heard(NOISE)]


def test_half_a_sample_is_refused() -> None:
    listener, _ = Ears().judging()
    with pytest.raises(ValueError, match="within a sample"):
        listener.hear(b"\0\0\0")


STEPS = st.one_of(
    st.tuples(st.just("hear"), st.integers(0, 4_000)),
    st.tuples(st.sampled_from(["flush", "tick", "on", "off"]), st.just(0)),
)
CHANGES = st.builds(
    Listen,
    judge=st.booleans(),
    encoding=st.sampled_from(["audio/pcm", "audio/pcmu"]),
    noise_reduction=st.sampled_from([None, NEAR, NoiseFilter("far_field", 0.5)]),
)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 2), STEPS), max_size=60))
def test_whatever_happens_each_session_hears_all_its_sound_once_in_order(
    script: list[tuple[int, tuple[str, int]]],
) -> None:
    ears = Ears()
    sessions = [ears.judging() for _ in range(3)]
    sent = [bytearray() for _ in sessions]
    numbers = np.arange(32_768, dtype="<i2").tobytes() * 8
    for session, (step, samples) in script:
        listener, told = sessions[session]
        if step == "hear":
            pcm = numbers[len(sent[session]) : len(sent[session]) + 2 * samples]
            sent[session] += pcm
            listener.hear(pcm)
        elif step == "tick":
            ears.timers.settle()
        elif step == "flush":
            listener.flush()
            assert joined(told) == sent[session]
        else:
            listener.configure(Listen(judge=step == "on"))
    for (listener, told), everything in zip(sessions, sent, strict=True):
        listener.flush()
        assert joined(told) == everything
        assert all(heard.pcm for heard in told)
        assert all(heard.speech is None or len(heard.pcm) <= FRAME_BYTES for heard in told)
    assert ears.timers.armed == 0


@settings(max_examples=60)
@given(st.lists(st.one_of(CHANGES, st.integers(0, 2_000), st.sampled_from(["flush", "tick"]))))
def test_however_it_is_configured_as_much_is_told_as_was_heard(
    script: list[Listen | int | str],
) -> None:
    ears, sent, listen = Ears(), 0, JUDGING
    listener, told = ears.judging()
    for step in script:
        if isinstance(step, Listen):
            listen = step
            listener.configure(step)
        elif isinstance(step, int):
            sent += decoded_size(2 * step, listen.encoding)
            listener.hear(NOISE[: 2 * step])
        elif step == "tick":
            ears.timers.settle()
        else:
            listener.flush()
        assert len(joined(told)) + listener.waiting == sent
    listener.flush()
    assert len(joined(told)) == sent
    assert ears.timers.armed == 0


async def test_on_a_real_loop_frames_are_judged_by_themselves() -> None:
    told = asyncio.Queue[Heard]()
    listener = SpeechDetector(CountingVad(Timers())).listener(told.put_nowait)
    listener.configure(JUDGING)
    listener.hear(sound(2))
    async with asyncio.timeout(5):
        assert speeches([await told.get(), await told.get()]) == [0.001, 0.002]


def probabilities(samples: recordings.Samples, wanted: NoiseFilter | None = None) -> list[float]:
    """What the real net says of a microphone's sound, in 20 ms pieces, as clients send it."""
    timers, told = Timers(), list[Heard]()
    detector = SpeechDetector(SileroVad(), call_later=timers.call_later)
    listener = detector.listener(told.append)
    listener.configure(Listen(judge=True, noise_reduction=wanted))
    for start in range(0, len(samples), 480):
        listener.hear(samples[start : start + 480].tobytes())
        timers.settle()
    return [heard.speech for heard in told if heard.speech is not None]


def loud(samples: recordings.Samples) -> tuple[float, float]:
    """From when to when a clip is loud, s: a reference that knows nothing of speech.

    Loud are 50 ms on end whose power, 150 to 3500 Hz, is within 30 dB of the clip's greatest and
    well above its noise.
    """
    hertz = np.fft.rfftfreq(len(samples), 1 / recordings.RATE)
    spectrum = np.where((hertz > 150) & (hertz < 3_500), np.fft.rfft(samples), 0)
    voice = np.fft.irfft(spectrum)
    power = np.square(voice[: len(voice) // 240 * 240]).reshape(-1, 240).mean(axis=1)
    above = power > max(power.max() / 1_000, 4 * np.percentile(power, 10))
    runs = np.flatnonzero(np.convolve(above, np.ones(5), "valid") > 4.5)
    return runs[0] / 100, (runs[-1] + 5) / 100


@pytest.mark.parametrize("clip", recordings.clips(), ids=lambda clip: clip.name)
def test_speech_is_noticed_where_it_begins_and_ends(clip: recordings.Clip) -> None:
    samples = recordings.read(clip.name)
    seconds = len(samples) / recordings.RATE
    told = probabilities(recordings.microphone([(1.0, samples)], seconds + 2, noise_dbfs=-70))
    speech = np.flatnonzero(np.array(told) >= 0.5)
    first, last = speech[0] * FRAME - 1, (speech[-1] + 1) * FRAME - 1
    begin, end = loud(samples)
    assert -0.06 < first - begin < 0.2
    assert last - end > -0.06
    assert last < seconds + 0.2


@pytest.mark.parametrize("clip", recordings.clips("nonspeech"), ids=lambda clip: clip.name)
def test_noise_is_not_speech(clip: recordings.Clip) -> None:
    assert max(probabilities(recordings.read(clip.name))) < 0.5


@pytest.mark.parametrize("wanted", [NEAR, NoiseFilter("far_field")], ids=lambda wanted: wanted.kind)
def test_speech_is_noticed_with_its_noise_reduced(wanted: NoiseFilter) -> None:
    samples = recordings.read("jfk")
    seconds = len(samples) / recordings.RATE
    microphone = recordings.microphone([(1.0, samples)], seconds + 2, noise_dbfs=-45)
    plain, told = np.array(probabilities(microphone)), np.array(probabilities(microphone, wanted))
    assert (told[:28] < 0.5).all()
    assert (told >= 0.5).sum() > 0.9 * (plain >= 0.5).sum()


def test_sound_is_late_that_waits_beyond_the_next_tick() -> None:
    """Two batches of the net take longer than a turn: the second waits for another."""
    ears = Ears(cost=0.02)
    assert ears.detector.late_s == 0
    for _ in range(160):
        ears.judging()[0].hear(sound(1))
    ears.timers.now = 0.008
    assert ears.detector.late_s == 0
    ears.timers.turn()
    assert ears.detector.late_s == pytest.approx(0.02)
    ears.timers.settle()
    assert ears.detector.late_s == 0


def test_frames_that_change_nothing_are_told_as_one() -> None:
    ears, told = Ears(), list[Heard]()
    limit = [0.5]
    listener = ears.detector.listener(told.append, lambda: limit[0])
    listener.configure(JUDGING)
    listener.hear(sound(6), "event_1")
    ears.timers.settle()
    assert [len(heard.pcm) // FRAME_BYTES for heard in told] == [4]
    assert told[0].speech == pytest.approx(0.004)
    assert told[0].event_id == "event_1"
    listener.hear(sound(0.5, 2_000))
    listener.flush()
    assert [len(heard.pcm) / FRAME_BYTES for heard in told] == [4, 2, 0.5]
    listener.hear(sound(1.5, 2_000))
    ears.timers.settle()
    limit[0] = 0.0  # somebody speaks
    listener.hear(sound(1))
    ears.timers.settle()
    assert [len(heard.pcm) / FRAME_BYTES for heard in told][3:] == [1.5, 1]
    assert joined(told) == sound(6) + sound(2, 2_000) + sound(1)


def test_what_is_held_back_can_be_asked_for() -> None:
    ears, told = Ears(), list[Heard]()
    listener = ears.detector.listener(told.append, lambda: 0.5)
    listener.configure(JUDGING)
    listener.hear(sound(2))
    ears.timers.settle()
    assert told == []
    listener.tell_held()
    listener.tell_held()
    assert joined(told) == sound(2)
