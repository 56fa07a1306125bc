"""Spans get out to a receiver, and one that is slow or down is nobody's trouble."""

import logging
import threading
from collections.abc import Iterator

import pytest
from opentelemetry.context import Context

from repartee.settings import SettingsError, Tracing
from repartee.telemetry.exporting import Exporting
from telemetry.receiver import Receiver

SECRET = "swordfish-991"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_SERVICE_NAME", "OTEL_TRACES_SAMPLER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = {*threading.enumerate()}
    yield
    for thread in {*threading.enumerate()} - before:
        thread.join(10)
        assert not thread.is_alive(), thread.name


def tell(exporting: Exporting, name: str = "turn", number: int = 1) -> None:
    exporting.ids.trace_id, exporting.ids.span_id = 7, number
    exporting.tracer.start_span(name, context=Context(), start_time=1_000).end(2_000)


@pytest.mark.parametrize("path", ["", "/", "/v1/traces"])
async def test_a_receiver_gets_protobuf_with_the_ids_that_were_drawn(path: str) -> None:
    with Receiver().serving() as receiver:
        exporting = Exporting(Tracing(endpoint=receiver.url + path))
        tell(exporting)
        await exporting.close()
    (span,) = receiver.spans
    assert (span.name, span.start_time_unix_nano, span.end_time_unix_nano) == ("turn", 1_000, 2_000)
    assert (span.trace_id, span.span_id) == ((7).to_bytes(16), (1).to_bytes(8))
    assert receiver.paths == ["/v1/traces"]
    (resource,) = receiver.requests[0].resource_spans
    named = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert named["service.name"] == "repartee"
    assert "/schemas/gen-ai/" in resource.scope_spans[0].schema_url


async def test_the_environment_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver().serving() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"x-key={SECRET}")
        monkeypatch.setenv("OTEL_SERVICE_NAME", "front desk")
        monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
        sampling = Exporting(Tracing())
        assert not sampling.samples(7, None)
        await sampling.close()
        exporting = Exporting(Tracing(sample_ratio=1))
        tell(exporting)
        await exporting.close()
    assert [headers["x-key"] for headers in receiver.headers] == [SECRET]
    (resource,) = receiver.requests[0].resource_spans
    named = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert named["service.name"] == "front desk"


async def test_a_receiver_that_never_answers_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "8")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"x-key={SECRET}")
    with Receiver(deaf=True).serving() as receiver:
        exporting = Exporting(Tracing(endpoint=receiver.url))
        tell(exporting)
        assert receiver.asked.wait(10)
        for number in range(100):
            tell(exporting, number=number + 2)
        await exporting.close(within_s=0.05)
        assert len(receiver.requests) == 1
    assert "did not take the last ones" in caplog.text
    assert SECRET not in caplog.text


async def test_a_receiver_that_is_not_there_holds_nobody_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Receiver().serving() as gone:
        endpoint = gone.url
    exporting = Exporting(Tracing(endpoint=endpoint))
    tell(exporting)
    with caplog.at_level(logging.CRITICAL):
        await exporting.close(within_s=0.05)


def test_an_address_that_can_be_none_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"tracing\.endpoint"):
        Exporting(Tracing(endpoint="127.0.0.1:4318"))


@pytest.mark.parametrize(("ratio", "sampled"), [(0, False), (1, True), (None, True)])
async def test_a_part_of_the_traces_may_do(ratio: float | None, sampled: bool) -> None:
    with Receiver().serving() as receiver:
        exporting = Exporting(Tracing(endpoint=receiver.url, sample_ratio=ratio))
        assert exporting.samples(7, None) is sampled
        await exporting.close()


async def test_no_attribute_is_longer_than_what_a_reader_wants() -> None:
    with Receiver().serving() as receiver:
        exporting = Exporting(Tracing(endpoint=receiver.url))
        exporting.tracer.start_span("turn", attributes={"said": "x" * 20_000}).end()
        await exporting.close()
    (span,) = receiver.spans
    assert [len(each.value.string_value) for each in span.attributes] == [16_384]
