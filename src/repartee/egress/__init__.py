"""What the server fetches because a client named it: where it may go, and how much it takes."""

from repartee.egress.client import EgressClient, Fetched, FetchError

__all__ = ["EgressClient", "FetchError", "Fetched"]
