"""Which addresses a host of engines has, and what requests to them may cost."""

from msgspec import Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from repartee.engines.protocols import Recognizer, Synthesizer
from repartee.hosting.speech import SpeechRoute
from repartee.hosting.transcription import TranscriptionRoute
from repartee.server.edge import MOST_BODY, Edge
from repartee.server.http_routes import json_answer, pages
from repartee.settings import Settings
from repartee.speech.patience import Patience

SPEECH = "/v1/audio/speech"
TRANSCRIPTIONS = "/v1/audio/transcriptions"


class Host(Struct, frozen=True):
    """The engines that are served, one or both."""

    settings: Settings
    voice: Synthesizer | None = None
    ears: Recognizer | None = None


def work(host: Host) -> dict[str, int]:
    """The addresses whose requests keep engines busy, and the longest body each takes, in bytes."""
    longest = {}
    if host.voice is not None:
        longest[SPEECH] = MOST_BODY
    if host.ears is not None:
        longest[TRANSCRIPTIONS] = host.settings.server.max_upload_bytes
    return longest


def application(edge: Edge, host: Host) -> Starlette:
    """The ASGI application behind the front door."""
    limits = host.settings.limits
    patience = Patience(ears_s=limits.ears_s, mind_s=limits.mind_s, voice_s=limits.voice_s)

    async def readiness(_: Request) -> Response:
        """Whether a request for sound or for words would be taken."""
        edge.check_work()
        return json_answer({"status": "ready"})

    routes, names = [Route("/readyz", readiness)], []
    if host.voice is not None:
        speech = SpeechRoute(edge.access, host.voice, patience)
        routes.append(Route(SPEECH, speech.answer, methods=["POST"]))
        names.append(host.settings.voice.engine)
    if host.ears is not None:
        transcription = TranscriptionRoute(edge.access, host.ears, patience)
        routes.append(Route(TRANSCRIPTIONS, transcription.answer, methods=["POST"]))
        names.append(host.settings.ears.engine)
    return pages(dict.fromkeys((*names, *host.settings.models.aliases)), *routes)
