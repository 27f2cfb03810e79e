"""What can be asked about health, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# A request's fields are arguments, however many they are.

from __future__ import annotations

from typing import TypedDict

from steelyard.client.transport import Transport


class Health(TypedDict):
    """The process answers."""

    status: str
    version: str


class Readiness(TypedDict):
    """Whether requests can be served now, and how far the projections are behind."""

    status: str
    fold_lag: int
    writer: str


class HealthApi:
    """What can be asked about health."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def live(self) -> Health:
        """Whether the process answers."""
        return self._transport.json("GET", "/healthz")

    def ready(self) -> Readiness:
        """Whether the record takes writes, and how far the usage store is behind."""
        return self._transport.json("GET", "/readyz")

    def metrics(self) -> bytes:
        """Counts and durations, for Prometheus."""
        return self._transport.raw("GET", "/metrics")

    def openapi(self) -> bytes:
        """This interface as an OpenAPI 3.1 document."""
        return self._transport.raw("GET", "/openapi.json")
