"""A chat endpoint on loopback that does what a test tells it to, faults included."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from email import message_from_bytes
from email.policy import HTTP
from typing import Any

from msgspec import Struct

from repartee.engines.echo.model import EchoModel
from repartee.engines.protocols import Text, ToolCall
from repartee.protocol.prompt import Call, CallOutput, Line, Message, Prompt, Tool

EVENT_STREAM = "Content-Type: text/event-stream\r\n"


class Request(Struct):
    """What the client asked; header names are in lower case, a form's file is bytes."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class Endpoint:
    """Each request is answered by the next of `answers`; the last one answers all others too."""

    def __init__(self, *answers: "Answer") -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []
        self.moments: list[float] = []  # when each request came
        self.connections = 0
        self.gone = asyncio.Event()  # set when a client leaves
        self.url = ""
        self._asked = asyncio.Event()
        self._change = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Endpoint"]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def asked(self) -> None:
        """Wait for the first request."""
        async with asyncio.timeout(5):
            await self._asked.wait()

    async def came(self) -> None:
        """Wait for the next request."""
        async with self._change:
            await self._change.wait()

    async def all_gone(self) -> None:
        """Wait until every client that came has left."""
        await asyncio.wait(self._tasks)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._serve(Exchange(reader, writer)))
        self._tasks.add(task)

    async def _serve(self, exchange: "Exchange") -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while request := await exchange.receive():
                    self.requests.append(request)
                    self.moments.append(asyncio.get_running_loop().time())
                    self._asked.set()
                    async with self._change:
                        self._change.notify_all()
                    answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                    await answer(request, exchange)
        finally:
            self.gone.set()
            exchange.writer.close()


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Exchange:
    """One connection, from the server's side."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def receive(self) -> Request | None:
        head = await self.reader.readuntil(b"\r\n\r\n") if not self.reader.at_eof() else b""
        if not head:
            return None
        first, *lines = head.decode().split("\r\n")[:-2]
        method, path, _ = first.split()
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        form = headers.get("content-type", "").startswith("multipart/")
        fields = _form(headers, body) if form else json.loads(body or b"{}")
        return Request(method, path, headers, fields)

    async def begin(self, status: str = "200 OK", headers: str = EVENT_STREAM) -> None:
        head = f"HTTP/1.1 {status}\r\n{headers}Transfer-Encoding: chunked\r\n\r\n"
        await self.write(head.encode())

    async def send(self, data: bytes) -> None:
        await self.write(b"%x\r\n%b\r\n" % (len(data), data))

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def until_gone(self) -> None:
        """Say nothing until the client has left."""
        await self.reader.read()


def _form(headers: dict[str, str], body: bytes) -> dict[str, Any]:
    head = f"Content-Type: {headers['content-type']}\r\n\r\n".encode()
    fields: dict[str, Any] = {}
    for part in message_from_bytes(head + body, policy=HTTP).iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        name = str(part.get_param("name", header="content-disposition"))
        fields[name] = content if part.get_filename() else content.decode()
    return fields


Answer = Callable[[Request, Exchange], Awaitable[None]]


def event(data: Any) -> bytes:
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"data: {text}\n\n".encode()


def delta(finish: str | None = None, **fields: Any) -> bytes:
    """An event with one chunk of an answer."""
    return event({"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]})


def counts(given: int, taken: int, cached: int | None = None) -> bytes:
    """The event with the token counts, which has no choice."""
    details = {"prompt_tokens_details": {"cached_tokens": cached}}
    usage = {"prompt_tokens": given, "completion_tokens": taken, "total_tokens": given + taken}
    return event({"choices": [], "usage": usage | details})


DONE = event("[DONE]")


def says(*parts: bytes, headers: str = EVENT_STREAM) -> Answer:
    """An event stream of these parts, or another, each in a packet of its own."""

    async def answer(request: Request, exchange: Exchange) -> None:
        await exchange.begin(headers=headers)
        for part in parts:
            await exchange.send(part)
        await exchange.write(b"0\r\n\r\n")

    return answer


def says_text(*words: str) -> Answer:
    return says(*(delta(content=word) for word in words), delta("stop"), DONE)


def falls_silent(*parts: bytes, headers: str = EVENT_STREAM) -> Answer:
    """Begins to answer, and then sends nothing more."""

    async def answer(request: Request, exchange: Exchange) -> None:
        await exchange.begin(headers=headers)
        for part in parts:
            await exchange.send(part)
        await exchange.until_gone()

    return answer


def hangs_up(*parts: bytes, headers: str = EVENT_STREAM) -> Answer:
    """Begins to answer, and then ends the connection in the middle of the response."""

    async def answer(request: Request, exchange: Exchange) -> None:
        await exchange.begin(headers=headers)
        for part in parts:
            await exchange.send(part)
        raise ConnectionResetError

    return answer


def refuses(status: str, body: Any = None, headers: str = "") -> Answer:
    text = json.dumps(body) if body is not None else ""

    async def answer(request: Request, exchange: Exchange) -> None:
        length = len(text.encode())
        head = f"HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{text}"
        await exchange.write(head.encode())

    return answer


def gives_json(body: Any) -> Answer:
    return refuses("200 OK", body, "Content-Type: application/json\r\n")


def lists(*models: str) -> Answer:
    return gives_json({"object": "list", "data": [{"id": model} for model in models]})


async def thinks(request: Request, exchange: Exchange) -> None:
    """A real model's part, played by the built-in mind: what it is asked is understood."""
    if request.method == "GET":
        await lists("echo")(request, exchange)
        return
    calls, finish = 0, "stop"
    await exchange.begin()
    async for result in EchoModel().reply(_prompt(request.body)):
        match result:
            case Text(text=text):
                await exchange.send(delta(content=text))
            case ToolCall(name=name, arguments=arguments):
                calls += bool(name)
                function = {"name": name or None, "arguments": arguments}
                piece = {"index": calls - 1, "id": f"call_{calls}" if name else None}
                await exchange.send(delta(tool_calls=[{**piece, "function": function}]))
            case _:
                finish = "length"
    await exchange.send(delta(finish))
    await exchange.send(counts(9, 3))
    await exchange.send(DONE)
    await exchange.write(b"0\r\n\r\n")


def _prompt(body: dict[str, Any]) -> Prompt:
    choice = body.get("tool_choice", "auto" if body.get("tools") else "none")
    functions = [tool["function"] for tool in body.get("tools", ())]
    return Prompt(
        lines=tuple(line for message in body["messages"] for line in _lines(message)),
        tools=tuple(Tool(each["name"], parameters=each["parameters"]) for each in functions),
        tool_choice=choice if isinstance(choice, str) else f"={choice['function']['name']}",
        max_output_tokens=body.get("max_tokens"),
    )


def _lines(message: dict[str, Any]) -> list[Line]:
    if message["role"] == "tool":
        return [CallOutput(message["tool_call_id"], message["content"])]
    calls: list[Line] = [
        Call(call["id"], call["function"]["name"], call["function"]["arguments"])
        for call in message.get("tool_calls", ())
    ]
    return ([Message(message["role"], message["content"])] if message["content"] else []) + calls
