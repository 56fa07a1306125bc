"""The events of a call, as they stand on the wire."""

import json

import pytest

from repartee.protocol.beta import BETA
from repartee.protocol.call import OutputBufferCleared, OutputBufferStarted, OutputBufferStopped
from repartee.protocol.ga import GA, Dialect
from repartee.protocol.server import ServerEvent


@pytest.mark.parametrize("dialect", [GA, BETA], ids=["ga", "beta"])
@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (OutputBufferStarted(response_id="resp_1"), "output_audio_buffer.started"),
        (OutputBufferStopped(response_id="resp_1"), "output_audio_buffer.stopped"),
        (OutputBufferCleared(response_id="resp_1"), "output_audio_buffer.cleared"),
    ],
)
def test_they_are_the_same_in_both_dialects(
    event: ServerEvent, kind: str, dialect: Dialect
) -> None:
    event.event_id = "event_1"
    frame = dialect.encode(event)
    assert frame is not None
    assert json.loads(frame) == {"type": kind, "event_id": "event_1", "response_id": "resp_1"}
