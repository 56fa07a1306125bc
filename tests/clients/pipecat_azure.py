"""pipecat-ai: its realtime service as it speaks to Azure, in the GA shape."""

from functools import partial

from pipecat.services.azure.realtime.llm import AzureRealtimeLLMService

from clients.pipecat_service import settings, talking
from clients.scene import KEY, Scene, play


def azure_service(scene: Scene) -> AzureRealtimeLLMService:
    return AzureRealtimeLLMService(
        api_key=KEY,
        base_url=f"{scene.origin.replace('http', 'ws', 1)}/openai/v1/realtime",
        settings=AzureRealtimeLLMService.Settings(
            session_properties=settings(scene).session_properties,
            system_instruction="Be brief.",
        ),
    )


if __name__ == "__main__":
    play(partial(talking, service=azure_service))
