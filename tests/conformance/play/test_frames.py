"""Frames in a report."""

from repartee.conformance.play.frames import Frame


def test_a_frame_is_one_line_with_its_direction() -> None:
    assert str(Frame("client", {"type": "response.cancel"})) == '→ {"type":"response.cancel"}'
    assert str(Frame("server", None)) == "← null"


def test_audio_is_left_out() -> None:
    append = {"type": "input_audio_buffer.append", "audio": "A" * 10}
    assert "(10 characters of audio)" in str(Frame("client", append))
    for kind in ("response.output_audio.delta", "response.audio.delta"):
        shown = str(Frame("server", {"type": kind, "delta": "A" * 10}))
        assert "AAAA" not in shown
    text = {"type": "response.output_text.delta", "delta": "AAAA"}
    assert "AAAA" in str(Frame("server", text))


def test_an_object_named_audio_is_shown() -> None:
    session = {"audio": {"input": {"format": {"type": "audio/pcm"}}}}
    assert "audio/pcm" in str(Frame("server", {"session": session}))


def test_what_is_long_is_cut() -> None:
    shown = str(Frame("client", {"items": ["x" * 1000]}))
    assert "(1000 characters)" in shown
    assert len(str(Frame("client", {"items": list(range(1000))}))) < 600
