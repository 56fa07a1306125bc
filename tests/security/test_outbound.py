"""Attacks 65 to 70 wait for what would fetch; until then nothing is fetched for a client at all."""

import asyncio
from pathlib import Path

import pytest

from security.wire import FAKES, session, started

pytestmark = pytest.mark.slow

TO_LOOPBACK = (
    "http://127.0.0.1:{port}/a.png",
    "http://127.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0:{port}/",
    "http://localhost.:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://public.example@127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_GET",
    "file:///etc/passwd",
    "data:image/svg+xml;base64,PHN2Zy8+",
)


async def test_addresses_that_a_client_names_are_refused_and_never_asked(tmp_path: Path) -> None:
    asked: list[object] = []

    def witness(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(writer.get_extra_info("peername"))
        writer.close()

    listener = await asyncio.start_server(witness, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with listener, started(tmp_path, *FAKES) as server, session(server) as client:
        for form in TO_LOOPBACK:
            url = form.format(port=port)
            image = {"type": "input_image", "image_url": url}
            item = {"type": "message", "role": "user", "content": [image]}
            client.say("conversation.item.create", item=item)
            assert (await client.refused())["param"] == "item.content[0].image_url", url
            tool = {"type": "mcp", "server_label": "a", "server_url": url}
            client.say("session.update", session={"type": "realtime", "tools": [tool]})
            assert "tools[0]" in (await client.refused())["param"], url
        await client.respond(output_modalities=["text"])
    assert asked == []
