"""The library of espeak-ng by its C interface (speak_lib.h).  Only a worker process loads it."""

import ctypes
from collections.abc import Callable

import espeakng_loader  # type: ignore[import-untyped]

from repartee.engines.espeak.wire import RATE, Voice
from repartee.engines.worker.work import WorkError

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: sound goes to the callback only
_BUFFER_MS = 60  # between two calls of it
_DONT_EXIT = 0x8000  # espeakINITIALIZE_DONT_EXIT: an error is returned
_UTF8 = 1  # espeakCHARS_UTF8, and nothing else: neither SSML nor phonemes in [[ ]] are read
_BY_CHARACTER = 1  # POS_CHARACTER
_IPA = 2  # espeakPHONEMES_IPA
_OK = 0

_WORD = 1  # espeakEVENT_WORD
_SPEED, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4  # espeakRATE, …

WORDS_PER_MINUTE = 175  # whatever a voice file says


class _Event(ctypes.Structure):  # espeak_EVENT
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),  # from 1
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


class _Voice(ctypes.Structure):  # espeak_VOICE
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event)
)  # t_espeak_callback


class Library:
    """The one espeak-ng of this process: its voice and its parameters are global."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self._declare()
        data = espeakng_loader.get_data_path().encode()
        rate = self._library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, data, _DONT_EXIT)
        if rate != RATE:
            raise WorkError(f"espeak-ng gives {rate} samples a second instead of {RATE}")
        self._pcm = bytearray()
        self._words: list[tuple[int, int]] = []
        self._stopped: Callable[[], bool] = lambda: False
        self._callback = _Callback(self._take)  # to be kept: the library does not
        self._library.espeak_SetSynthCallback(self._callback)

    def _declare(self) -> None:
        size, text, number = ctypes.c_size_t, ctypes.c_char_p, ctypes.c_uint
        synth = (text, size, number, ctypes.c_int, number, number, ctypes.c_void_p, ctypes.c_void_p)
        self._library.espeak_Synth.argtypes = synth
        self._library.espeak_Initialize.argtypes = (ctypes.c_int, ctypes.c_int, text, ctypes.c_int)
        self._library.espeak_SetVoiceByName.argtypes = (text,)
        self._library.espeak_TextToPhonemes.argtypes = (
            *(ctypes.POINTER(ctypes.c_void_p), ctypes.c_int, ctypes.c_int),
        )
        self._library.espeak_TextToPhonemes.restype = text
        self._library.espeak_ListVoices.argtypes = (ctypes.c_void_p,)
        self._library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))

    def languages(self) -> dict[str, str]:
        """The voice file of each language, by its lower-case tag ("en-us": "gmw/en-US").

        Of several files for a language it is the one that claims it most, and among equals the
        one with the shortest name.
        """
        claims: dict[str, tuple[int, int, str]] = {}
        listed = self._library.espeak_ListVoices(None)
        index = 0
        while listed[index]:
            file = listed[index].contents.identifier.decode()
            for tag, priority in _claims(listed[index].contents.languages):
                claim = (priority, len(file), file)
                claims[tag] = min(claim, claims.get(tag, claim))
            index += 1
        return {tag: file for tag, (_, _, file) in claims.items()}

    def choose(self, file: str, voice: Voice) -> None:
        """Speak with this voice from now on.  Raises WorkError."""
        if self._library.espeak_SetVoiceByName(f"{file}+{voice.variant}".encode()) != _OK:
            raise WorkError(f"espeak-ng has no voice {file}")
        parameters = {
            _SPEED: WORDS_PER_MINUTE,
            _PITCH: voice.pitch,
            _RANGE: voice.range,
            _VOLUME: voice.volume,
        }
        for parameter, value in parameters.items():
            self._library.espeak_SetParameter(parameter, value, 0)

    def read_in(self, language: str) -> None:
        """Take text for this language ("en-us") from now on.  Raises WorkError."""
        if self._library.espeak_SetVoiceByName(language.encode()) != _OK:
            raise WorkError(f"espeak-ng does not know the language {language}")

    def phonemes(self, text: str) -> str:
        """How the text is pronounced, in the signs of the IPA, with blanks between words."""
        data = ctypes.create_string_buffer(text.encode())
        place = ctypes.c_void_p(ctypes.addressof(data))
        clauses = []
        while place.value:  # None behind the last clause
            told = self._library.espeak_TextToPhonemes(ctypes.byref(place), _UTF8, _IPA)
            clauses.append(told.decode())
        return " ".join(filter(None, clauses))

    def speak(self, text: str, stopped: Callable[[], bool]) -> tuple[bytes, list[tuple[int, int]]]:
        """The sound of the text, and its words as (first sample, place in the text).

        `stopped` is asked 16 times or more for a second of sound, and ends it.  Raises WorkError.
        """
        self._pcm.clear()
        self._words = []
        self._stopped = stopped
        data = text.encode()
        result = self._library.espeak_Synth(
            data, len(data) + 1, 0, _BY_CHARACTER, 0, _UTF8, None, None
        )
        if result != _OK:
            raise WorkError(f"espeak-ng cannot speak this (error {result})")
        return bytes(self._pcm), self._words

    def _take(self, samples: int | None, count: int, events: "ctypes._Pointer[_Event]") -> int:
        if self._stopped():
            return 1
        index = 0
        while kind := events[index].type:
            if kind == _WORD:
                self._words.append((events[index].sample, events[index].text_position - 1))
            index += 1
        if samples:
            self._pcm += ctypes.string_at(samples, count * 2)
        return 0


def _claims(listed: int | None) -> list[tuple[str, int]]:
    """The tags in a voice's list: each a byte of priority, lower is better, and a C string."""
    claims = []
    at = listed or 0
    while at and (priority := ctypes.string_at(at, 1)[0]):
        tag = ctypes.string_at(at + 1)
        claims.append((tag.decode().lower(), priority))
        at += len(tag) + 2
    return claims
