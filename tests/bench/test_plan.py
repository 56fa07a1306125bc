"""What a load may be."""

import msgspec
import pytest

from repartee.bench.plan import Plan


def test_a_chunk_in_seconds() -> None:
    assert Plan(chunk_ms=40).chunk_s == 0.04


@pytest.mark.parametrize("said", [{"sessions": 0}, {"seconds": 0}, {"chunk_ms": 1}, {"turns": 0}])
def test_what_is_no_load_is_refused(said: dict[str, int]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(said, Plan)
