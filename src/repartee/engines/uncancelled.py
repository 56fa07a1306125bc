"""No echo cancellation: the choice for clients that hear no echo, or cancel it themselves."""

from repartee.engines.protocols import EchoStream


class Uncancelled:
    """Leaves the sound as it is: for headphones, telephones and browsers, which cancel echo."""

    licence = "Apache-2.0"

    def stream(self) -> EchoStream | None:
        """See `EchoCanceller`."""
        return None
