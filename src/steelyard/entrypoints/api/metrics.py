"""What the server counts, for Prometheus; cheap enough for every request."""

from __future__ import annotations

import logging
from collections import Counter as Tally
from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from steelyard.entrypoints.logs import REQUESTS

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class _Levels(Collector):
    """Gauges that are read only when somebody asks."""

    def __init__(self, levels: dict[str, tuple[str, Callable[[], float]]]) -> None:
        self._levels = levels

    def collect(self) -> list[Metric]:
        families: list[Metric] = []
        for name, (text, read) in self._levels.items():
            families.append(GaugeMetricFamily(name, text, value=read()))
        return families


class Metrics:
    """Counters of one server; `render` gives Prometheus' text form."""

    def __init__(self, levels: dict[str, tuple[str, Callable[[], float]]]) -> None:
        self._registry = CollectorRegistry()
        events = Counter(
            "steelyard_events",
            "Events that came in, by what became of them",
            ["outcome"],
            registry=self._registry,
        )
        self.accepted = events.labels("accepted")
        self.duplicate = events.labels("duplicate")
        self.refused = events.labels("refused")
        self._refused_by_code = Counter(
            "steelyard_events_refused",
            "Events that were refused, by the code of the refusal",
            ["code"],
            registry=self._registry,
        )
        self._durations = Histogram(
            "steelyard_request_seconds",
            "From request to answer",
            ["endpoint", "status"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._children: dict[tuple[str, int], Histogram] = {}
        self._registry.register(_Levels(levels))

    def observe(self, endpoint: str, status: int, seconds: float) -> None:
        """One request was answered: it is counted, and told in the log if that is written."""
        key = (endpoint, status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._durations.labels(endpoint, str(status))
        child.observe(seconds)
        if REQUESTS.isEnabledFor(logging.INFO):
            said = {"endpoint": endpoint, "status": status, "ms": round(seconds * 1000, 2)}
            REQUESTS.info("answered", extra=said)

    def refuse(self, codes: Iterable[str]) -> None:
        """Events were refused for these reasons, one code an event."""
        for code, count in Tally(codes).items():
            self._refused_by_code.labels(code).inc(count)

    def render(self) -> bytes:
        """All counts as Prometheus reads them."""
        return generate_latest(self._registry)
