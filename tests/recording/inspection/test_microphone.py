from repartee.recording.inspection.microphone import Microphone, Place

FRAME = 1536  # bytes of 32 ms


def hear(microphone: Microphone, *frames: float | None) -> None:
    for number, speech in enumerate(frames, 1):
        microphone.hear(number * 0.032, FRAME, speech)


def test_speech_is_where_its_probability_says() -> None:
    microphone = Microphone()
    microphone.configure(0.5)
    hear(microphone, 0.1, 0.9, 0.4, 0.2, 0.1)  # 0.4 is speech, once there is some
    assert microphone.began == Place(0.064, 32)
    assert microphone.ended == Place(0.096, 96)
    assert microphone.seconds == 0.16


def test_nothing_is_judged_without_a_threshold() -> None:
    microphone = Microphone()
    hear(microphone, 0.9, None)
    microphone.configure(0.5)
    hear(microphone, None)
    assert microphone.began is None
    assert microphone.ended is None


def test_a_pause_within_a_turn_is_no_beginning() -> None:
    microphone = Microphone()
    microphone.configure(0.5)
    hear(microphone, 0.9)
    microphone.announce()
    hear(microphone, 0.1, 0.9)
    assert microphone.began == Place(0.032, 0)
    microphone.over()
    hear(microphone, 0.4)  # no speech, where there was none before
    assert microphone.ended == Place(0.064, 96)
    hear(microphone, 0.9)
    assert microphone.began == Place(0.032, 128)
