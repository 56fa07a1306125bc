"""Spans on their way out: to a receiver of OTLP over HTTP, by a thread of their own.

Nobody waits for that.  A receiver that is slow or down costs no more than a bounded queue; what
does not fit there is lost, and logged.
"""

import asyncio
import logging
import threading
from contextlib import suppress

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, Sampler, TraceIdRatioBased

from repartee import __version__
from repartee.settings import SettingsError, Tracing
from repartee.telemetry.genai import SCHEMA_URL

log = logging.getLogger(__name__)

FLUSH_S = 5.0  # what the server's end waits for spans to get out
_LONGEST_VALUE = 16_384  # characters of an attribute; answers and histories may be longer
_PATH = "/v1/traces"  # OTLP/HTTP: "the default URL path for requests that carry trace data"


class DrawnIds(IdGenerator):
    """Gives the ids that were drawn beforehand: engines were told of them before there were spans.

    Those drawn are as random as a hash is.
    """

    trace_id = span_id = 0

    def generate_trace_id(self) -> int:
        return self.trace_id

    def generate_span_id(self) -> int:
        return self.span_id

    def is_trace_id_random(self) -> bool:
        return True


class Exporting:
    """Takes spans from the event loop.  Raises SettingsError for an address that can be none."""

    def __init__(self, settings: Tracing, processor: SpanProcessor | None = None) -> None:
        """`processor` takes the place of the one that sends spans to a receiver."""
        self._provider = TracerProvider(
            sampler=_sampler(settings.sample_ratio),
            resource=_resource(),
            shutdown_on_exit=False,  # that could take as long as it likes
            id_generator=(ids := DrawnIds()),
            span_limits=SpanLimits(max_span_attribute_length=_LONGEST_VALUE),
        )
        self._exporter: SpanExporter | None = None
        if processor is None:
            self._exporter = OTLPSpanExporter(endpoint=_address(settings.endpoint))
            processor = BatchSpanProcessor(self._exporter)
        self._provider.add_span_processor(processor)
        self.ids = ids
        self.tracer = self._provider.get_tracer("repartee", __version__, schema_url=SCHEMA_URL)

    def samples(self, trace_id: int, parent: Context | None) -> bool:
        """Whether spans of this trace are told."""
        found = self._provider.sampler.should_sample(parent, trace_id, "")
        return found.decision is not Decision.DROP

    async def close(self, within_s: float = FLUSH_S) -> None:
        """Let the last spans out; those that take longer than `within_s` are lost."""
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def shut() -> None:
            self._provider.shutdown()
            with suppress(RuntimeError):  # the loop may be gone by then
                loop.call_soon_threadsafe(done.set)

        threading.Thread(target=shut, name="last spans", daemon=True).start()
        try:
            async with asyncio.timeout(within_s):
                await done.wait()
        except TimeoutError:
            log.warning("the receiver of spans did not take the last ones within %g s", within_s)
            if self._exporter is not None:
                self._exporter.shutdown()  # it would try again for a minute


def _address(base: str | None) -> str | None:
    """Where spans are sent; None for what the environment says.  Raises SettingsError."""
    if base is None:
        return None
    if not base.startswith(("http://", "https://")):
        raise SettingsError("tracing.endpoint must be the URL of a receiver of OTLP over HTTP")
    return base.rstrip("/").removesuffix(_PATH) + _PATH


def _sampler(ratio: float | None) -> Sampler | None:
    return None if ratio is None else ParentBased(TraceIdRatioBased(ratio))


def _resource() -> Resource:
    """Who we are, unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES say it."""
    told = Resource.create()
    ours = {"service.name": "repartee", "service.version": __version__}
    if not str(told.attributes["service.name"]).startswith("unknown_service"):
        del ours["service.name"]
    if "service.version" in told.attributes:
        del ours["service.version"]
    return told.merge(Resource(ours))
