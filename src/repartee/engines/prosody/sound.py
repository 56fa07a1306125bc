"""How a pause sounds: three cues of its end that need no words, each from 0 to 1.

They are those of A. Gravano and J. Hirschberg, "Turn-taking cues in task-oriented dialogue" (2011),
that come through any microphone: before a change of speaker the last stretch of speech is longer,
the voice softer and its pitch lower than before a pause within a turn.  (Of their others, voice
quality needs a good microphone, a high rise is seldom told from a wrong octave, and of how final
syllables are drawn out S. Duncan, "Some signals and rules for taking speaking turns in
conversations" (1972), says the opposite.)

Pitch is found as by P. Boersma, "Accurate short-term analysis of the fundamental frequency" (1993):
by the autocorrelation of windowed sound over that of the window.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RATE = 16_000

Values = NDArray[np.float32]

# Where a cue begins, and where it is as strong as it gets.
_STRETCH_S = (0.5, 2.5)  # a word alone; a sentence
_SOFTER_DB = (0.0, 6.0)  # half the amplitude
_LOWER_SEMITONES = (0.0, 3.0)  # what statements fall by at their end, in most languages

_STEP = RATE // 100
_RECENT = 200  # steps: pitch and loudness are held against the speaker's own of the last 2 s
_LAST = 40  # steps: about two syllables
_PAUSE = 30  # steps: silence that parts stretches of speech; a closed [t] lasts half as long
_TRAILING = 15  # steps at the end that are silent for certain, or nobody would have asked

_RANGE_DB = 25  # how much softer than its loudest parts speech is still speech
_OVER_NOISE_DB = 6

_HALF_RATE = RATE // 2  # enough for pitch
_WINDOW = _HALF_RATE // 25  # 40 ms: three periods of the lowest voice
_SIZE = 1024
_LAGS = np.arange(_HALF_RATE // 400, _HALF_RATE // 70)  # 70 to 400 Hz
_PERIODIC = 0.6  # autocorrelation from which a sound is voiced
_VOICED_DB = 18
_LEAST_VOICED = 20  # steps: of less there is no melody


class Cues(NamedTuple):
    """How much each speaks for an end: 0 not at all, 1 fully."""

    long: float
    soft: float
    low: float


def cues(pcm: bytes) -> Cues | None:
    """What the end of `pcm` (mono s16 at 16 kHz, its last 200 ms silent) sounds like.

    None if there is no speech in it.
    """
    sound = np.frombuffer(pcm, "<i2").astype(np.float32)
    levels = _levels(sound)
    if len(levels) <= _TRAILING:
        return None
    loud = float(np.percentile(levels, 95))
    noise = float(np.median(levels[-_TRAILING:]))
    # In noise, what is softer than it is lost; the loudest parts are speech all the same.
    faintest = max(loud - _RANGE_DB, min(noise + _OVER_NOISE_DB, loud - _OVER_NOISE_DB))
    spoken = np.flatnonzero(levels > faintest)
    if loud <= 0 or len(spoken) < _TRAILING:
        return None
    end = int(spoken[-1]) + 1
    begin = max(0, end - _RECENT)
    recent = levels[begin:end]
    softer = np.percentile(recent, 95) - recent[-_LAST:].max()
    melody = _melody(sound[begin * _STEP : end * _STEP], recent > loud - _VOICED_DB)
    return Cues(
        long=_strength(_last_stretch(spoken) / 100, _STRETCH_S),
        soft=_strength(float(softer), _SOFTER_DB),
        low=_strength(_fall(melody), _LOWER_SEMITONES),
    )


def _strength(value: float, bounds: tuple[float, float]) -> float:
    nothing, everything = bounds
    return min(1.0, max(0.0, (value - nothing) / (everything - nothing)))


def _levels(sound: Values) -> Values:
    """Loudness of each step in dB; 0 is that of the faintest sample."""
    steps = sound[: len(sound) // _STEP * _STEP].reshape(-1, _STEP)
    levels: Values = 10 * np.log10(np.mean(steps * steps, axis=1) + np.float32(1e-9))
    return levels


def _last_stretch(spoken: NDArray[np.intp]) -> int:
    """Steps from the end back to the last pause."""
    pauses = np.flatnonzero(np.diff(spoken) > _PAUSE)
    begin = spoken[pauses[-1] + 1] if len(pauses) else spoken[0]
    return int(spoken[-1] - begin) + 1


def _fall(melody: Values) -> float:
    """How many semitones the last tenth of a second of voice lies below the rest."""
    if len(melody) < _LEAST_VOICED:
        return 0.0
    # An octave is the usual mistake about pitch; nobody leaves one within a sentence.
    folded = (melody - np.median(melody) + 6) % 12 - 6
    return float(np.median(folded) - np.mean(folded[-10:]))


def _melody(sound: Values, loud: NDArray[np.bool_]) -> Values:
    """The pitch of every voiced step, in semitones above nothing in particular."""
    halved = sound.reshape(-1, 2).mean(axis=1)
    if len(halved) < _WINDOW:
        return np.empty(0, np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(halved, _WINDOW)[:: _STEP // 2]
    windows = windows[loud[: len(windows)]]
    similar = _autocorrelation((windows - windows.mean(axis=1, keepdims=True)) * _HANN)
    # Twice a period fits as well as the period; the shorter is to be preferred, a little.
    similar = similar[:, _LAGS] / (similar[:, :1] * _OF_WINDOW + np.float32(1e-9)) - _PREFERENCE
    best = similar.argmax(axis=1)
    voiced = similar[np.arange(len(best)), best] > _PERIODIC
    return np.asarray(-12 * np.log2(_LAGS[best[voiced]]), np.float32)


def _autocorrelation(windows: Values) -> Values:
    spectra = np.fft.rfft(windows, _SIZE)
    products = np.fft.irfft(spectra.real**2 + spectra.imag**2, _SIZE)
    return np.asarray(products[:, : _LAGS[-1] + 1], np.float32)


_HANN = np.hanning(_WINDOW).astype(np.float32)
_OF_HANN = _autocorrelation(_HANN[np.newaxis])
_OF_WINDOW = _OF_HANN[:, _LAGS] / _OF_HANN[:, :1]
_PREFERENCE = (0.02 * np.log2(_LAGS / _LAGS[0])).astype(np.float32)
