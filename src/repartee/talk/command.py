"""`repartee talk`: one conversation, spoken from a WAV file or by microphone."""

import argparse
import asyncio
import os
import sys

from repartee import settings
from repartee.talk import TalkError, client, live
from repartee.talk.local import local_server
from repartee.transports.client import Place


def run(given: argparse.Namespace) -> int:
    """Have it; the exit status.  Raises TalkError and Unreachable."""
    if given.question is None and given.output is not None:
        raise TalkError("-o keeps the answers to a WAV file: name one, or leave -o out")
    try:
        asyncio.run(_converse(given))
    except KeyboardInterrupt:
        if given.question is not None:
            raise
    return 0


async def _converse(given: argparse.Namespace) -> None:
    if not given.local:
        key = given.api_key or os.environ.get("REPARTEE_API_KEY")
        await _speak(given, Place(given.url, given.model, key, given.ca, given.insecure))
        return
    key = given.api_key or settings.load().server.api_key
    async with local_server() as url:
        # Who starts a server need not ask who vouches for its certificate.
        await _speak(given, Place(url, given.model, key, insecure=True))


async def _speak(given: argparse.Namespace, place: Place) -> None:
    if given.question is None:
        await live.speak_live(place, show=_say)
    else:
        await client.speak_file(
            place, given.question, given.output, chunk_ms=given.chunk_ms, show=_say
        )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()  # times are told as they happen, also through a pipe
