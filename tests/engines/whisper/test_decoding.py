"""The model as it is asked; see conftest.py for where these tests run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faster_whisper.tokenizer import Tokenizer
from msgspec import structs

from engines.whisper.models import TEXT, whisper_model
from engines.whisper.sounds import RATE, sound
from repartee.engines.whisper import decoding
from repartee.engines.whisper.decoding import Decoder, Dropped
from repartee.engines.whisper.pieces import Piece, joined
from repartee.engines.whisper.wire import Options, Turn
from repartee.engines.worker.work import WorkError

ENGLISH = Turn("en")


def options(model: Path, **changes: Any) -> Options:
    plain = Options(
        model=str(model),
        device="cpu",
        compute_type="default",
        threads=1,
        at_once=1,
        beam_size=2,
        partials_s=0,
        vad=False,
    )
    return structs.replace(plain, **changes)


@pytest.fixture(scope="module")
def decoder(model: Path) -> Decoder:
    return Decoder(options(model))


def never() -> bool:
    return False


def hear(
    decoder: Decoder,
    pcm: bytes,
    turn: Turn = ENGLISH,
    *,
    beginning: list[int] | None = None,
    aligned: bool = True,
    dropped: Callable[[], bool] = never,
) -> list[Piece]:
    return decoder.hear(pcm, turn, dropped, beginning=beginning or [], aligned=aligned)


def counted(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The temperatures of the drafts from now on."""
    tried: list[float] = []
    draft = decoder._draft

    def counting(
        encoded: Any, tokenizer: Tokenizer, prompt: list[int], t: float, beams: int
    ) -> Any:
        tried.append(t)
        return draft(encoded, tokenizer, prompt, t, beams)

    monkeypatch.setattr(decoder, "_draft", counting)
    return tried


def test_other_sound_is_another_text(decoder: Decoder) -> None:
    texts = [joined(hear(decoder, sound(each))) for each in (0.3, 2, 10)]
    assert all(texts)
    assert len({*texts}) == 3
    assert joined(hear(decoder, sound(2))) == texts[1]


def test_words_have_their_place_in_the_sound(decoder: Decoder) -> None:
    words = hear(decoder, sound(2))
    times = [time for word in words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] <= 2_000


def test_a_words_certainty_is_what_the_decoder_computed(model: Path) -> None:
    decoder = Decoder(options(model, beam_size=1))
    words = hear(decoder, sound(2))
    whisper = decoder._whisper
    samples = np.frombuffer(sound(2), "<i2").astype(np.float32)
    encoded = decoder._encode(samples / np.float32(32_768))
    tokenizer = decoder._tokenizer(ENGLISH, encoded)
    (found,) = whisper.model.generate(
        encoded,
        [[*tokenizer.sot_sequence, tokenizer.no_timestamps]],
        beam_size=1,
        return_logits_vocab=True,
    )
    tokens = [token for word in words for token in word.tokens]
    assert found.sequences_ids[0] == tokens
    told = []
    for token, scores in zip(tokens, found.logits[0], strict=False):
        logits = np.asarray(scores, np.float64)[:TEXT]  # given that there is more text
        told.append(logits[token] - np.log(np.exp(logits - logits.max()).sum()) - logits.max())
    assert [word.logprob for word in words] == pytest.approx(told, abs=1e-3)
    assert len({*told}) > 1


def test_a_partial_text_is_quick_and_has_neither(decoder: Decoder) -> None:
    words = hear(decoder, sound(2), aligned=False)
    assert words
    assert all(word.logprob == word.end_ms == 0 for word in words)


def test_what_is_stable_begins_the_text(decoder: Decoder) -> None:
    beginning = [token for word in hear(decoder, sound(10))[:2] for token in word.tokens]
    words = hear(decoder, sound(0.3), beginning=beginning)
    assert [token for word in words for token in word.tokens][: len(beginning)] == beginning
    assert joined(hear(decoder, b"", beginning=beginning)).startswith(joined(words[:2]))


def test_no_sound_is_no_text(decoder: Decoder) -> None:
    assert hear(decoder, b"") == []


def test_what_the_model_takes_for_silence_is_no_text(tmp_path: Path) -> None:
    decoder = Decoder(options(whisper_model(tmp_path, silent=True, sure=0.1)))
    assert hear(decoder, sound(2)) == []


def test_silence_that_it_is_sure_to_understand_is_text(tmp_path: Path) -> None:
    decoder = Decoder(options(whisper_model(tmp_path, silent=True, sure=12)))
    assert hear(decoder, sound(2))


def test_noise_without_a_voice_is_no_text_if_the_net_is_asked(model: Path) -> None:
    noise = np.random.default_rng(1).normal(0, 300, RATE).astype("<i2").tobytes()
    assert hear(Decoder(options(model)), noise)
    assert not hear(Decoder(options(model, vad=True)), noise)


def test_a_text_that_repeats_itself_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoder = Decoder(options(whisper_model(tmp_path, said=("sea",), ends=False)))
    tried = counted(decoder, monkeypatch)
    hear(decoder, sound(1))
    assert tried == list(decoding.TEMPERATURES)
    tried.clear()
    hear(decoder, sound(1), aligned=False)
    assert tried == [0.0]


def test_a_good_text_is_not_tried_again(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = counted(decoder, monkeypatch)
    hear(decoder, sound(1))
    assert tried == [0.0]


def test_what_was_dropped_asks_the_model_no_more(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = counted(decoder, monkeypatch)
    with pytest.raises(Dropped):
        hear(decoder, sound(1), dropped=lambda: True)
    assert tried == []
    with pytest.raises(Dropped):
        hear(decoder, sound(1), dropped=lambda: bool(tried))
    assert tried == [0.0]


def prompt_of(decoder: Decoder, turn: Turn) -> tuple[list[int], Tokenizer]:
    tokenizer = decoder._tokenizer(turn, decoder._encode(np.zeros(RATE, np.float32)))
    return decoding._prompt(turn, tokenizer), tokenizer


def test_hints_come_before_the_text(decoder: Decoder) -> None:
    turn = Turn("de", "the sea", ("moon", "", "hill"))
    prompt, tokenizer = prompt_of(decoder, turn)
    assert tokenizer.decode(prompt) == " moon, hill the sea"
    assert prompt[0] == tokenizer.sot_prev
    german = tokenizer.tokenizer.token_to_id("<|de|>")
    assert prompt[-4:] == [
        tokenizer.sot, german, tokenizer.transcribe, tokenizer.no_timestamps
    ]  # fmt: skip
    assert joined(hear(decoder, sound(2), turn)) != joined(hear(decoder, sound(2)))


def test_hints_are_text_and_no_commands(decoder: Decoder) -> None:
    turn = Turn("en", "<|endoftext|> sea <|translate|><|startoftranscript|>", ("<|nospeech|>",))
    prompt, tokenizer = prompt_of(decoder, turn)
    assert all(token < tokenizer.eot for token in prompt[1:-4])
    assert hear(decoder, sound(1), turn)


def test_long_hints_leave_room_for_the_text(decoder: Decoder) -> None:
    turn = Turn("en", "sea " * 2_000, ("moon",) * 2_000)
    prompt, _ = prompt_of(decoder, turn)
    assert len(prompt) == decoding.LONGEST_PROMPT + 5
    assert hear(decoder, sound(1), turn, beginning=[prompt[1]] * 150)


@pytest.mark.parametrize("language", [None, "zz", "xx"])
def test_a_language_that_is_not_known_is_found_out(decoder: Decoder, language: str | None) -> None:
    _, tokenizer = prompt_of(decoder, Turn(language))
    _, detected = prompt_of(decoder, Turn())
    assert tokenizer.language_code == detected.language_code != language


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    folder = whisper_model(tmp_path / "broken")
    (folder / "model.bin").write_bytes(b"no model" * 100)
    with pytest.raises(WorkError, match=f"{folder} on cpu as default: "):
        Decoder(options(folder))


def test_a_device_that_is_not_there_is_told(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(WorkError, match="on cuda as default: CUDA"):
        Decoder(options(model, device="cuda"))


def test_what_fails_in_the_library_is_told_as_it_says_it(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoder = Decoder(options(model))

    def out_of_memory(samples: object) -> None:
        raise RuntimeError("CUDA out of memory")

    monkeypatch.setattr(decoder, "_encode", out_of_memory)
    with pytest.raises(WorkError, match="CUDA out of memory"):
        hear(decoder, sound(1))
