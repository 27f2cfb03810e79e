"""What can be asked about metrics, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

from steelyard.client.transport import Transport, without_none


class MetricIn(TypedDict):
    """A value metric as a catalog's `metrics` section writes it; `meter` has the fields of its meter.

    `outcome` is the key of a published metric with which it should correlate."""

    key: str
    name: str
    owner: str
    definition: str
    unit: str
    meter: dict[str, Any]
    outcome: NotRequired[str]


class MetricScore(TypedDict):
    """One candidate judged; `rank` counts among those that pass all gates, null for the others."""

    key: str
    name: str
    unit: str
    owner: str
    definition: str
    published: bool
    passed: bool
    rank: int | None
    events: int
    newest: str | None
    gates: builtins.list[ScoreGate]
    correlated: ScoreCorrelated


class MetricScores(TypedDict):
    """Candidates side by side, the best first; `text` says what that comes to."""

    period: str
    outcome: str
    items: builtins.list[MetricScore]
    text: str


class MetricTemplate(TypedDict):
    """A value metric with blanks; `metric` is what a catalog would write, its owner left to be filled in."""

    key: str
    name: str
    from_playbook: bool
    outcome: str
    advice: str
    published: bool
    metric: dict[str, Any]


class MetricTemplates(TypedDict):
    """All templates, those of the consumption playbook first."""

    items: builtins.list[MetricTemplate]
    next: str | None


class ScoreCheck(TypedDict):
    """One question of a gate, answered."""

    ok: bool
    text: str


class ScoreCorrelated(TypedDict):
    """How the metric ranks customers beside its outcome; `rho` is null where that cannot be said."""

    outcome: str
    rho: str | None
    customers: int
    text: str


class ScoreGate(TypedDict):
    """One rule that a metric passes or not; the score is between 0 and 1."""

    name: str
    passed: bool
    score: str
    checks: builtins.list[ScoreCheck]


class MetricsApi:
    """What can be asked about metrics."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def scores(
        self, *, period: str | None = None, outcome: str | None = None, metric: Sequence[str] | None = None
    ) -> MetricScores:
        """Value metrics side by side: measurable, auditable, observable, correlated with an outcome."""
        return self._transport.json(
            "GET", "/api/v1/metrics/scores", query={"period": period, "outcome": outcome, "metric": metric}
        )

    def compare(
        self,
        *,
        period: str | None = None,
        outcome: str | None = None,
        metric: Sequence[str] | None = None,
        candidates: Sequence[MetricIn] | None = None,
    ) -> MetricScores:
        """The same beside candidates that nobody published; nothing is written."""
        return self._transport.json(
            "POST",
            "/api/v1/metrics/scores",
            body={
                **without_none(
                    {"period": period, "outcome": outcome, "metric": metric, "candidates": candidates}
                )
            },
        )

    def templates(self) -> MetricTemplates:
        """Templates of value metrics, ready to be taken into the catalog."""
        return self._transport.json("GET", "/api/v1/metrics/templates")
