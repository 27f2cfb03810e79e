"""Value metrics judged side by side, and the templates from which new ones are made."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from steelyard.entrypoints.api.shapes.base import Amount, Month, Shape, Time
from steelyard.entrypoints.api.shapes.definitions import MetricIn

Names = Annotated[list[str], Meta(max_length=200)]


class ScoresQuery(Shape, frozen=True, kw_only=True):
    """Which published metrics to judge (without names: all), when, and beside which outcome.

    Without `outcome` each metric is held beside the one that it names itself.
    """

    period: Month | None = None
    outcome: Annotated[str, Meta(max_length=256)] = ""
    metric: Names = []


class ScoresAsk(ScoresQuery, frozen=True, kw_only=True):
    """The same, with candidates that nobody published, as a catalog writes metrics."""

    candidates: Annotated[list[MetricIn], Meta(max_length=50)] = []


class ScoreCheck(Shape, frozen=True, kw_only=True):
    """One question of a gate, answered."""

    ok: bool
    text: str


class ScoreGate(Shape, frozen=True, kw_only=True):
    """One rule that a metric passes or not; the score is between 0 and 1."""

    name: str
    passed: bool
    score: Amount
    checks: list[ScoreCheck]


class ScoreCorrelated(Shape, frozen=True, kw_only=True):
    """How the metric ranks customers beside its outcome; `rho` is null where that cannot be said."""

    outcome: str
    rho: Amount | None
    customers: int
    text: str


class MetricScore(Shape, frozen=True, kw_only=True):
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
    newest: Time | None
    gates: list[ScoreGate]
    correlated: ScoreCorrelated


class MetricScores(Shape, frozen=True, kw_only=True):
    """Candidates side by side, the best first; `text` says what that comes to."""

    period: str
    outcome: str
    items: list[MetricScore]
    text: str


class MetricTemplate(Shape, frozen=True, kw_only=True):
    """A value metric with blanks; `metric` is what a catalog would write, its owner left to be filled in."""

    key: str
    name: str
    from_playbook: bool
    outcome: str
    advice: str
    published: bool
    metric: dict[str, Any]


class MetricTemplates(Shape, frozen=True, kw_only=True):
    """All templates, those of the consumption playbook first."""

    items: list[MetricTemplate]
    next: str | None
