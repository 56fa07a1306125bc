"""semantic-kernel: its realtime client as it speaks to Azure, in the GA shape."""

from functools import partial

from semantic_kernel.connectors.ai.open_ai import AzureRealtimeWebsocket

from clients.scene import KEY, Scene, play
from clients.semantic_kernel_socket import talking


def azure_client(scene: Scene) -> AzureRealtimeWebsocket:
    return AzureRealtimeWebsocket(
        endpoint=scene.origin, deployment_name="gpt-realtime", api_key=KEY
    )


if __name__ == "__main__":
    play(partial(talking, client=azure_client))
