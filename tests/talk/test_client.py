"""Whole conversations with a scripted server: what is sent, shown, written and refused."""

import ssl
import struct
import wave
from pathlib import Path

import pytest

from repartee.talk import TalkError, client, wav
from repartee.talk.client import speak_file
from repartee.transports.client import Place, Unreachable
from talk.scripted import Line, ScriptedServer, serving, started, turn

LOUD = b"".join(struct.pack("<h", value) for value in [8000, -8000] * 2400)  # 200 ms at 24 kHz
QUIET = bytes(4800)  # 100 ms
ANSWER = struct.pack("<h", 7) * 12000

ONE = [
    Line(100, [started("a")]),
    Line(340, turn("a", 340, said="Hello.", answer="Hi!", pcm=ANSWER)),
]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_CALM_S", 0.3)
    monkeypatch.setattr(client, "_PATIENCE_S", 0.5)
    monkeypatch.setattr(client, "_OPENING_S", 0.5)


@pytest.fixture
def question(tmp_path: Path) -> Path:
    path = tmp_path / "question.wav"
    wav.write(path, wav.Sound(24000, QUIET + LOUD))
    return path


async def say(
    server: ScriptedServer, question: Path, answer: Path | None = None, *, key: str | None = None
) -> list[str]:
    shown: list[str] = []
    place = Place(server.url, key=key)
    await speak_file(place, question, answer, chunk_ms=20, show=shown.append)
    return shown


async def test_a_question_is_asked_and_its_answer_kept(question: Path, tmp_path: Path) -> None:
    async with serving(*ONE) as server:
        shown = await say(server, question, tmp_path / "answer.wav")
    assert server.sound.startswith(QUIET + LOUD + bytes(960))
    with wave.open(str(tmp_path / "answer.wav")) as answer:
        kind = (answer.getframerate(), answer.getsampwidth(), answer.getnchannels())
        assert kind == (24000, 2, 1)
        assert answer.readframes(12000) == ANSWER
    assert shown[0].startswith("question.wav, 0.3 s, to http://127.0.0.1:")
    assert shown[1].split() == ["turn", "1", "listening"]
    assert shown[-2].endswith("“Hi!” (0.5 s of sound)")
    assert shown[-1].endswith("answer.wav, 0.5 s")


async def test_an_answer_that_cannot_be_kept_is_not_asked_for(
    question: Path, tmp_path: Path
) -> None:
    with pytest.raises(TalkError, match=r"cannot write .*answer\.wav: there is no such folder"):
        await speak_file(
            Place("http://127.0.0.1:9/v1"),  # where nobody is
            question,
            tmp_path / "nowhere" / "answer.wav",
            chunk_ms=20,
            show=pytest.fail,
        )


async def test_time_is_told_from_the_last_loud_sample_by_the_clients_clock(question: Path) -> None:
    async with serving(*ONE) as server:
        shown = await say(server, question)
    (committed,) = (line for line in shown if line.endswith("committed"))
    # 300 ms of the file are followed by 40 ms of silence before the server says anything; a
    # loaded machine may add to that, but nothing can take away from it.
    assert 40 <= int(committed.split()[2]) < 1000


async def test_the_session_is_a_ga_session_with_a_transcript(question: Path) -> None:
    async with serving(*ONE) as server:
        await say(server, question)
    (update,) = server.heard
    session = update["session"]
    assert (update["type"], session["type"]) == ("session.update", "realtime")
    assert session["audio"]["input"]["transcription"]["model"]
    assert session["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 24000}
    assert "turn_detection" not in session["audio"]["input"]


async def test_every_turn_of_the_file_is_followed(tmp_path: Path) -> None:
    path, answer = tmp_path / "two.wav", tmp_path / "answer.wav"
    wav.write(path, wav.Sound(24000, LOUD + QUIET * 2 + LOUD))
    script = [
        Line(40, [started("a")]),
        Line(240, turn("a", 240, said="One?", answer="Two.", pcm=b"\1\0")),
        Line(440, [started("b")]),
        Line(640, turn("b", 640, said="Three?", answer="Four.", pcm=b"\2\0")),
    ]
    async with serving(*script) as server:
        shown = await say(server, path, answer)
    assert [line.split()[1] for line in shown[1:-1]] == ["1"] * 6 + ["2"] * 6
    assert wav.read(answer).pcm == b"\1\0\2\0"


async def test_a_refused_key_is_told(question: Path) -> None:
    refusal = {"type": "error", "error": {"message": "Incorrect API key provided: sk-…"}}
    bye = {"type": "close", "code": 3000, "reason": "invalid_request_error.invalid_api_key"}
    async with serving(opening=[refusal, bye]) as server:
        with pytest.raises(TalkError, match="the server refused: Incorrect API key"):
            await say(server, question, key="sk-1")


async def test_a_server_that_does_not_open_a_session_is_told(question: Path) -> None:
    async with serving(opening=[]) as server:
        with pytest.raises(TalkError, match=r"no session\.created"):
            await say(server, question)


async def test_a_file_without_speech_is_told(question: Path) -> None:
    async with serving() as server:
        with pytest.raises(TalkError, match=r"heard no speech in .*question\.wav"):
            await say(server, question)


async def test_an_answer_that_never_comes_is_told(question: Path) -> None:
    async with serving(ONE[0]) as server:
        with pytest.raises(TalkError, match="the server has said nothing for"):
            await say(server, question)


async def test_what_was_answered_is_kept_when_the_server_leaves(
    question: Path, tmp_path: Path
) -> None:
    bye = {"type": "close", "code": 1001, "reason": "drain"}
    half = turn("a", 340, said="Hello.", answer="Hi!", pcm=ANSWER)[:-1]
    async with serving(ONE[0], Line(340, [*half, bye])) as server:
        with pytest.raises(TalkError, match=r"closed the connection: drain \(1001\)"):
            await say(server, question, tmp_path / "answer.wav")
    assert wav.read(tmp_path / "answer.wav").pcm == ANSWER


async def test_a_failed_answer_is_an_error(question: Path) -> None:
    details = {"error": {"message": "the model is away"}}
    done = {"id": "resp_a", "status": "failed", "status_details": details}
    events = turn("a", 340, said="Hello.", answer="", pcm=b"")[:4]
    script = [ONE[0], Line(340, [*events, {"type": "response.done", "response": done}])]
    async with serving(*script) as server:
        with pytest.raises(TalkError, match="the model is away"):
            await say(server, question)


@pytest.mark.parametrize("way", ["ca", "insecure"])
async def test_a_certificate_of_ones_own_can_be_taken(
    question: Path, certificate: Path, certified: ssl.SSLContext, way: str
) -> None:
    async with serving(*ONE, tls=certified) as server:
        place = (
            Place(server.url, ca=certificate) if way == "ca" else Place(server.url, insecure=True)
        )
        await speak_file(place, question, None, chunk_ms=20, show=lambda line: None)
    assert not server.script


def test_what_is_no_certificate_is_told(question: Path, tmp_path: Path) -> None:
    for path in (question, tmp_path / "nowhere.pem"):
        with pytest.raises(Unreachable, match="is not a file of PEM certificates"):
            Place("https://127.0.0.1/v1", ca=path).trust()
