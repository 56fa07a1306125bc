"""What is known of a turn, put together from what its engines tell."""

from repartee.protocol.prompt import Prompt
from repartee.session.inputs import Called, Failed, Finished, Said, Sounded, Transcribed
from repartee.telemetry.turn import Answer, Recognition, Reply, Spoken, Tool, Turn


def test_a_recognition_has_its_first_words_and_its_last() -> None:
    heard = Recognition("item", asked=1)
    heard.learn(Transcribed("item", ""), 2)
    heard.learn(Transcribed("item", "I"), 3)
    heard.learn(Transcribed("item", "I am", final=True), 4)
    heard.learn(Transcribed("item", "late", final=True), 5)
    assert (heard.first, heard.ended, heard.text) == (3, 4, "I am")


def test_one_that_fails_is_over() -> None:
    heard = Recognition("item", asked=1)
    heard.learn(Failed("item", "transcription_timeout", "It hangs."), 2)
    assert (heard.ended, heard.error) == (2, "transcription_timeout")


def test_a_reply_is_written_and_spoken() -> None:
    reply = Reply("resp", 1, Prompt(()), wanted=1, speaks_as="marin")
    reply.learn(Said("resp", "Hi, "), 2)
    reply.learn(Sounded("resp", b"", 0, "Hi, "), 3)  # no sound yet
    reply.learn(Said("resp", "you."), 4)
    reply.learn(Sounded("resp", b"\0\0", 80.0), 5)
    reply.learn(Sounded("resp", b"\0\0", 20.0), 6)
    reply.learn(Finished("resp", stopped="max_output_tokens"), 7)
    reply.learn(Failed("resp", "late", "Late."), 8)
    voice = reply.voice
    assert voice is not None
    assert (reply.first, reply.last, reply.ended, reply.text) == (2, 4, 7, "Hi, you.")
    assert (reply.stopped, reply.error) == ("max_output_tokens", None)
    assert (voice.given, voice.first, voice.last) == (2, 5, 6)
    assert (voice.characters, voice.audio_ms) == (8, 100)


def test_a_call_is_written_too_and_nobody_speaks_it() -> None:
    reply = Reply("resp", 1, Prompt(()), wanted=1, speaks_as="marin")
    reply.learn(Called("resp", "0", "look", "{}"), 2)
    assert (reply.first, reply.voice) == (2, None)


def test_nothing_is_heard_of_an_early_reply_before_it_is_wanted() -> None:
    reply = Reply("early", 1, Prompt(()), early=True)
    reply.learn(Said("early", "Hi."), 2)
    assert (reply.first, reply.heard) == (2, None)
    reply.wanted = 4
    assert reply.heard == max(reply.first or 0, 4)
    prompt = Reply("resp", 1, Prompt(()), wanted=1)
    prompt.learn(Said("resp", "Hi."), 2)
    assert prompt.heard == 2


def test_of_an_answers_sound_what_was_cut_was_not_heard() -> None:
    answer = Answer("resp", 0, "conv")
    answer.sound(30)  # before there was an item
    answer.open("one")
    answer.sound(70)
    answer.open("two")
    answer.sound(50)
    answer.truncate("two", 20)
    answer.sound(10)
    assert answer.items == {"one": 100, "two": 60}
    assert (answer.audio_ms, answer.cut_ms) == (160, 40)


def test_how_a_turn_ended_is_how_its_last_answer_did() -> None:
    turn = Turn(1, "speech", began=0, spoken=Spoken(0, ended=1))
    assert (turn.end_reason, turn.ended) == ("completed", 1)
    turn.recognitions.append(Recognition("item", 0, ended=2, error="transcription_failed"))
    assert (turn.end_reason, turn.ended) == ("failed", 2)
    turn.answers.append(Answer("resp", 2, "conv", done=3, status="incomplete"))
    assert (turn.end_reason, turn.ended) == ("incomplete", 3)
    turn.tools.append(Tool("call", "look", 3, answered=4))
    turn.answers.append(Answer("resp", 4, "conv", done=5, status="completed"))
    assert (turn.end_reason, turn.ended) == ("completed", 5)
    turn.answers[-1].status = "cancelled"
    assert turn.end_reason == "cancelled"
    turn.interrupted = 6
    assert (turn.end_reason, turn.ended) == ("interrupted", 6)
