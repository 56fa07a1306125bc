"""Language models behind a chat endpoint, played by a test."""

import socket

from engines.endpoint import Answer, Exchange, Request, lists


def in_turn(*answers: Answer) -> Answer:
    """A mind that knows one model, and gives these answers one after the other."""
    left = iter(answers)

    async def answer(request: Request, exchange: Exchange) -> None:
        next_one = lists("scripted") if request.method == "GET" else next(left)
        await next_one(request, exchange)

    return answer


def nobody() -> str:
    """A base URL at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}/v1"
