"""WAV files: PCM of any width, floats and G.711 in, 16-bit mono out, piece by piece."""

import struct
from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from repartee.speech import g711

_PCM, _FLOAT, _A_LAW, _MU_LAW = 1, 3, 6, 7  # wFormatTag (RFC 2361); …
_EXTENSIBLE = 0xFFFE  # … "extensible" names the true one in a GUID
_WIDTHS = {_PCM: (8, 16, 24, 32), _FLOAT: (32, 64), _A_LAW: (8,), _MU_LAW: (8,)}
_UNKNOWN_SIZES = (0, 0xFFFFFFFF)  # a program that writes to a pipe leaves one of these
_PIECE_S = 1.0


class NotWav(ValueError):
    """These bytes are no WAV file that can be read; the message ends "…a WAV file" or so."""


class Recording(Struct, frozen=True):
    """The sound of a WAV file as it stands there, `rate` frames a second of `channels` samples."""

    rate: int
    channels: int
    tag: int
    bits: int
    data: memoryview

    @property
    def seconds(self) -> float:
        return self._frames / self.rate

    @property
    def _frames(self) -> int:
        return len(self.data) // self._frame_bytes

    @property
    def _frame_bytes(self) -> int:
        return self.channels * self.bits // 8

    def pieces(self) -> Iterator[bytes]:
        """Its channels averaged: mono s16 little-endian PCM at `rate`, a second at a time."""
        step = max(1, round(self.rate * _PIECE_S)) * self._frame_bytes
        end = self._frames * self._frame_bytes
        for begin in range(0, end, step):
            samples = _samples(self.data[begin : min(begin + step, end)], self.tag, self.bits)
            yield to_pcm(samples.reshape(-1, self.channels).mean(axis=1))


def parse(content: bytes) -> Recording:
    """What a WAV file holds.  Raises NotWav."""
    form, data = None, None
    for name, chunk in _chunks(content):
        if name == b"fmt " and len(chunk) >= 16:
            form = chunk
        elif name == b"data":
            data = chunk
    if form is None or data is None:
        raise NotWav("is not a WAV file")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", form)
    if tag == _EXTENSIBLE and len(form) >= 26:
        (tag,) = struct.unpack_from("<H", form, 24)
    if bits not in _WIDTHS.get(tag, ()) or not channels or not rate:
        raise NotWav("is compressed: convert it to a PCM WAV file first")
    return Recording(rate, channels, tag, bits, data)


def endless_header(rate: int) -> bytes:
    """The beginning of a 16-bit mono WAV file whose length nobody knows yet."""
    form = struct.pack("<HHIIHH", _PCM, 1, rate, 2 * rate, 2, 16)
    unknown = struct.pack("<I", 0xFFFFFFFF)
    return b"RIFF%sWAVEfmt %s%sdata%s" % (unknown, struct.pack("<I", len(form)), form, unknown)


def to_pcm(samples: NDArray[np.float64]) -> bytes:
    """Samples on the scale of 16 bits, rounded and clipped."""
    whole: NDArray[np.int16] = np.clip(np.rint(samples), -32768, 32767).astype("<i2")
    return whole.tobytes()


def _chunks(content: bytes) -> Iterator[tuple[bytes, memoryview]]:
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        return
    whole, position = memoryview(content), 12
    while position + 8 <= len(content):
        name = content[position : position + 4]
        (size,) = struct.unpack_from("<I", content, position + 4)
        if name == b"data" and size in _UNKNOWN_SIZES:
            size = len(content)
        yield name, whole[position + 8 : position + 8 + size]
        position += 8 + size + size % 2


def _samples(data: memoryview, tag: int, bits: int) -> NDArray[np.float64]:
    """Samples on the scale of 16 bits, channels interleaved."""
    if tag == _FLOAT:
        return np.nan_to_num(np.frombuffer(data, f"<f{bits // 8}").astype(np.float64)) * 32768
    if tag in (_A_LAW, _MU_LAW):
        law: g711.Law = "audio/pcma" if tag == _A_LAW else "audio/pcmu"
        return g711.decode(bytes(data), law).astype(np.float64)
    if bits == 8:  # the one unsigned width
        return (np.frombuffer(data, np.uint8).astype(np.float64) - 128) * 256
    if bits == 24:
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        return np.frombuffer(wide.tobytes(), "<i4").astype(np.float64) / (1 << 16)
    return np.frombuffer(data, f"<i{bits // 8}").astype(np.float64) / (1 << bits - 16)
