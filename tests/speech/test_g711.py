"""G.711: the tables of the Recommendation, every sample and every code."""

from hashlib import sha256

import numpy as np
import pytest

from repartee.speech.g711 import Law, decode, encode

MU: Law = "audio/pcmu"
A: Law = "audio/pcma"
EVERY_CODE = bytes(range(256))
EVERY_SAMPLE = np.arange(65_536, dtype=np.uint16).view(np.int16)


@pytest.mark.parametrize(
    ("law", "code", "sample"),
    [
        (MU, 0xFF, 0),
        (MU, 0x7F, 0),
        (MU, 0xFE, 8),
        (MU, 0x7E, -8),
        (MU, 0xF0, 120),
        (MU, 0xEF, 132),
        (MU, 0x80, 32_124),
        (MU, 0x00, -32_124),
        (A, 0xD5, 8),
        (A, 0x55, -8),
        (A, 0xD4, 24),
        (A, 0xDA, 248),
        (A, 0xC5, 264),
        (A, 0xF5, 528),
        (A, 0xAA, 32_256),
        (A, 0x2A, -32_256),
    ],
)
def test_codes_stand_for_the_values_of_the_recommendation(law: Law, code: int, sample: int) -> None:
    assert decode(bytes([code]), law).tolist() == [sample]


@pytest.mark.parametrize(
    ("law", "codes"),
    [
        (MU, "617fa4850d68d3906597e949f7625fb2fc46db479e29707f33159b3d131721cb"),
        (A, "f77c76aa923ee25617453f87514828a12896227f82ff383bf3bb53d6ac7c2a0f"),
    ],
)
def test_every_sample_has_the_code_that_other_software_gives_it(law: Law, codes: str) -> None:
    """The digest is of what Python's audioop made of all samples: 0…32767, -32768…-1."""
    assert sha256(encode(EVERY_SAMPLE, law)).hexdigest() == codes


@pytest.mark.parametrize(
    ("law", "samples"),
    [
        (MU, "3dab54339e520bb2c924826e3b72a917a2b612e9fd12fc867500f1d983a75827"),
        (A, "e04788d110e58ff8c70c93b8480190d973e3b67876b6119abbaec766cc75c174"),
    ],
)
def test_every_code_has_the_sample_that_other_software_gives_it(law: Law, samples: str) -> None:
    assert sha256(decode(EVERY_CODE, law).astype("<i2").tobytes()).hexdigest() == samples


@pytest.mark.parametrize("law", [MU, A])
def test_a_code_comes_back_from_its_sample(law: Law) -> None:
    again = encode(decode(EVERY_CODE, law), law)
    # Mu-law has a second zero, below the first, which no sample needs.
    assert {(code, back) for code, back in enumerate(again) if code != back} == (
        {(0x7F, 0xFF)} if law == MU else set()
    )


@pytest.mark.parametrize("law", [MU, A])
def test_a_sample_comes_back_within_half_a_step(law: Law) -> None:
    """A step is at most a sixteenth of its sample, but for the quietest; a few bits are dropped."""
    error = np.abs(decode(encode(EVERY_SAMPLE, law), law).astype(int) - EVERY_SAMPLE)
    size = np.abs(EVERY_SAMPLE.astype(int))
    assert (error <= (size + 132) / 32 + 8)[size <= 32_124].all()
    assert error.max() <= 644


@pytest.mark.parametrize("law", [MU, A])
def test_no_sound_is_no_codes(law: Law) -> None:
    assert encode(np.zeros(0, np.int16), law) == b""
    assert len(decode(b"", law)) == 0
