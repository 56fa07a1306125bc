"""Under what names a session is told of."""

from repartee.protocol.beta import BETA
from repartee.protocol.config import Config, TranscriptionConfig
from repartee.runtime.watching import Arrival, Step
from repartee.settings import Models
from repartee.telemetry.facts import Began, Who
from repartee.telemetry.journal import Counts
from repartee.telemetry.journals import Journals, who
from telemetry.watched import Notes, opening

TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_a_session_of_a_client_that_says_much() -> None:
    config = Config(id="sess_1", expires_at=3600, model="my secret")
    arrival = Arrival(
        transport="webrtc",
        call_id="rtc_1",
        safety_identifier="somebody",
        traceparent=f"00-{TRACE}-b7ad6b7169203331-01",
    )
    told = who(opening(config=config, dialect=BETA, arrival=arrival, key_id="key_1"), Models())
    assert told == Who(
        session="sess_1",
        model="other",
        transport="webrtc",
        api="beta",
        call="rtc_1",
        key_id="key_1",
        trace=TRACE,
    )


def test_a_trace_that_is_none_is_not_told() -> None:
    for text in ("hello", f"00-{'0' * 32}-b7ad6b7169203331-01", f"00-{TRACE.upper()}-1-01", ""):
        assert who(opening(arrival=Arrival(traceparent=text)), Models()).trace is None


def test_a_session_that_transcribes_has_the_model_of_those_who_name_none() -> None:
    config = TranscriptionConfig(id="sess_1", expires_at=3600)
    told = who(opening(config=config), Models(default="mine"))
    assert (told.model, told.kind) == ("mine", "transcription")


def test_each_session_has_a_journal() -> None:
    notes, journals = Notes(), None
    journals = Journals(Models(), [notes], Counts())
    for _ in range(2):
        journals.watch(opening()).stepped(Step(None, [], 0.0))
    assert notes.facts == [Began(), Began()]
