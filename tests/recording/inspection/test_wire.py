import pytest

from repartee.recording.inspection.wire import Sound, Vad, configured, name

GA = {"audio": {"input": {"turn_detection": None}, "output": {"format": {"type": "audio/pcmu"}}}}


def test_beta_has_other_names_for_some_events() -> None:
    assert name("response.audio.delta") == "response.output_audio.delta"
    assert name("response.done") == "response.done"


@pytest.mark.parametrize(
    ("session", "vad"),
    [
        (GA, Vad()),
        ({"turn_detection": {"type": "semantic_vad"}}, Vad("semantic_vad", 0.5, None, False)),
        (
            {
                "turn_detection": {
                    "type": "server_vad",
                    "threshold": 0.3,
                    "silence_duration_ms": 200,
                    "interrupt_response": True,
                }
            },
            Vad("server_vad", 0.3, 200, True),
        ),
    ],
)
def test_a_configuration_says_how_turns_are_found(session: dict[str, object], vad: Vad) -> None:
    assert configured(session, Sound()) == vad


def test_the_agents_sound_is_as_long_as_its_format_says() -> None:
    sound = Sound()
    configured(GA, sound)
    sound.begin({"id": "a", "audio": {"output": {"format": {"type": "audio/pcm"}}}})
    sound.begin({"id": "b", "output": [], "output_audio_format": "g711_alaw"})
    sound.begin({"id": "c", "output": []})
    assert [sound.of(each) for each in "abc"] == ["audio/pcm", "audio/pcma", "audio/pcmu"]
    assert sound.seconds("a", 48_000) == 1
    assert sound.seconds("c", 8_000) == 1
