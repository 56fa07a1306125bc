"""A receiver of OTLP over HTTP on loopback, in threads as exporters have it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


class Receiver:
    """Keeps what it is sent; one that is `deaf` takes every request and never answers."""

    def __init__(self, *, deaf: bool = False) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.asked = threading.Event()
        self._heard = threading.Event()
        if not deaf:
            self._heard.set()
        self.url = ""

    @contextmanager
    def serving(self) -> Iterator["Receiver"]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._answering())
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._heard.set()
            server.shutdown()
            server.server_close()
            thread.join()

    @property
    def spans(self) -> list[Any]:
        """All spans, as protobuf has them."""
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def _answering(receiver) -> type[BaseHTTPRequestHandler]:
        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.paths.append(self.path)
                receiver.headers.append({k.lower(): v for k, v in self.headers.items()})
                receiver.requests.append(ExportTraceServiceRequest.FromString(body))
                receiver.asked.set()
                receiver._heard.wait()
                told = ExportTraceServiceResponse().SerializeToString()
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, format: str, *arguments: Any) -> None:
                """Nobody reads it."""

        return Answering
