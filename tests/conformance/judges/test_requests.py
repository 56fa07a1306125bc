"""The client's events that wait for their answer."""

from typing import Any

from repartee.conformance.judges.requests import Ask, Requests


def queue(needs_answer: bool = False) -> tuple[Requests, list[Ask]]:
    """Requests, and those that the server has read so far."""
    read: list[Ask] = []

    def arrive(ask: Ask) -> None:
        read.append(ask)
        ask.settled = ask.kind == "input_audio_buffer.append" and not needs_answer

    return Requests(arrive), read


def send(requests: Requests, *kinds: str, **fields: Any) -> list[Ask]:
    asks = [requests.send({"type": kind, **fields}) for kind in kinds]
    requests.read_on()
    return asks


def test_nothing_is_read_behind_an_unanswered_update() -> None:
    requests, read = queue()
    update, append = send(requests, "session.update", "input_audio_buffer.append")
    assert read == [update]
    requests.answer(update)
    requests.read_on()
    assert read == [update, append]
    assert not requests.waiting


def test_an_answer_shows_that_all_before_it_was_read() -> None:
    requests, read = queue()
    update, append, retrieve = send(
        requests, "session.update", "input_audio_buffer.append", "conversation.item.retrieve"
    )
    assert requests.oldest("conversation.item.retrieve") is retrieve
    assert read == [update, append, retrieve]


def test_events_are_answered_in_their_order() -> None:
    requests, _ = queue()
    first, second = send(requests, "response.create", "response.create")
    assert requests.oldest("response.create") is first
    requests.answer(first)
    assert requests.oldest("response.create") is second
    assert requests.oldest("response.create", lambda ask: ask is first) is None


def test_an_error_names_its_event() -> None:
    requests, _ = queue()
    (ask,) = send(requests, "response.cancel", event_id="mine")
    assert requests.named("mine") is ask
    requests.answer(ask)
    assert requests.named("mine") is ask
    assert requests.named("yours") is None


def test_an_anonymous_error_is_about_what_it_fits_best() -> None:
    requests, _ = queue(needs_answer=True)
    named, append, update = (
        requests.send({"type": "response.cancel", "event_id": "mine"}),
        requests.send({"type": "input_audio_buffer.append"}),
        requests.send({"type": "session.update"}),
    )

    def about(explains: Ask | None = None, **error: Any) -> Ask | None:
        return requests.anonymous(error, lambda ask: ask is explains)

    assert about(code="response_cancel_not_active") is named
    assert about(param="audio") is append
    assert about(param="session.tools[0]") is update
    assert about() is append
    assert about(explains=update) is update
    assert about(param="item.content[0].text") is None


def test_an_append_can_be_refused_after_it_was_read() -> None:
    requests, _ = queue()
    (append,) = send(requests, "input_audio_buffer.append")
    assert requests.anonymous({"param": "audio"}, lambda _: False) is append
    assert requests.anonymous({"param": "item_id"}, lambda _: False) is None


def test_what_is_no_object_has_no_kind() -> None:
    requests, _ = queue()
    assert requests.send("hello").kind == ""
    assert requests.send({"type": 7, "event_id": 7}).id is None
