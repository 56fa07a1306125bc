"""openai 1.x: the beta shape of the API, as Azure has it."""

from functools import partial
from typing import Any

from openai import AsyncAzureOpenAI

from clients.openai_beta import talking
from clients.scene import KEY, Scene, play


def connected(scene: Scene) -> Any:
    client = AsyncAzureOpenAI(
        azure_endpoint=scene.origin, api_key=KEY, api_version="2024-10-01-preview"
    )
    return client.beta.realtime.connect(model="gpt-4o-realtime-preview")


if __name__ == "__main__":
    play(partial(talking, connected=connected))
