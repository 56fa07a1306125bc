"""The voice inside its process: which nets it takes, and what it makes of text.

espeak-ng stays out of the process of the tests: these nets read letters.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from engines.piper.voices import NAMES, RATE, SIGN_S, SIGNS, piper
from engines.smart_turn.models import tiny_model
from repartee.engines.piper.speaking import Speaking
from repartee.engines.piper.wire import Voice
from repartee.engines.sherpa.wire import Sound, Utterance
from repartee.engines.worker.work import WorkError


def voice(net: Path) -> Voice:
    return Voice(
        model=str(net),
        ids={sign: (number,) for number, sign in enumerate(SIGNS)},
        language="",
        rate=RATE,
        noise=0.6,
        length=1.0,
        rhythm=0.8,
        voices={},
        speakers=NAMES,
        count=len(NAMES),
        threads=1,
        provider="cpu",
    )


def spoken(speaking: Speaking, text: str) -> list[Sound]:
    def results() -> Iterator[msgspec.Struct | None]:
        piece = speaking.begin(Utterance("p3"), lambda: False)
        yield from piece.feed(text.encode())
        yield from piece.finish()
        piece.close()

    return [each for each in results() if isinstance(each, Sound)]


def test_letters_are_spoken_as_they_are_where_the_net_reads_text(net: Path) -> None:
    sounds = spoken(Speaking(voice(net)), "Low.")
    seconds = sum(len(each.pcm) for each in sounds) / 2 / RATE
    assert seconds == pytest.approx((2 * len("^low.$") - 1) * SIGN_S)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"voices": {"nova": 20}}, "voices.nova is 20: there are the speakers 0 to 19"),
        ({"voices": {"nova": "bella"}}, "voices.nova is bella"),
        ({"provider": "cuda"}, "this onnxruntime has no cuda: install onnxruntime-gpu"),
        ({"ids": {"_": (999,), "^": (1,), "$": (2,), "w": (3,)}}, "it speaks nothing"),
    ],
)
def test_what_cannot_be_is_told(net: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(WorkError) as refused:
        Speaking(msgspec.structs.replace(voice(net), **changes))
    assert said in str(refused.value)


def test_another_net_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorkError, match="takes input_features, not input, input_lengths, scales"):
        Speaking(voice(tiny_model(tmp_path)))
    net = piper(tmp_path)
    net.write_bytes(net.read_bytes()[:500])
    with pytest.raises(WorkError, match="onnxruntime cannot read"):
        Speaking(voice(net))
