"""livekit-plugins-openai: its realtime model in the beta shape, as it speaks to Azure."""

from functools import partial

import aiohttp
from livekit.plugins.openai.realtime import RealtimeModel

from clients.livekit_plugin import talking, turn_detection
from clients.scene import KEY, Scene, play


def azure_model(scene: Scene, http: aiohttp.ClientSession) -> RealtimeModel:
    return RealtimeModel.with_azure(
        azure_deployment="gpt-4o-realtime-preview",
        azure_endpoint=scene.origin,
        api_version="2024-10-01-preview",
        api_key=KEY,
        http_session=http,
        **turn_detection(scene),
    )


if __name__ == "__main__":
    play(partial(talking, model=azure_model))
