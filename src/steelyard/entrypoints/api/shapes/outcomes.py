"""Outcomes: claimed, decided, listed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.problems import ProblemItem
from steelyard.entrypoints.api.shapes.base import Instant, Key, Shape, Time

OutcomeStatus = Literal["claimed", "confirmed", "contested", "accepted", "reversed"]
Text = Annotated[str, Meta(min_length=1, max_length=256)]


def _nothing() -> msgspec.Raw:
    return msgspec.Raw(b"{}")


class OutcomeIn(Shape, frozen=True, kw_only=True):
    """A result that was reached."""

    customer: Key
    type: Annotated[
        str, Meta(min_length=1, max_length=256, description="Of what kind; meters count events of it.")
    ]
    key: Annotated[str, Meta(min_length=1, max_length=256, description="Names the result within its type.")]
    occurred_at: Annotated[Instant, Meta(description="When it was reached.")]
    acted_at: Instant | None = None
    window_days: Annotated[int, Meta(ge=0, le=3660, description="The attribution window.")] = 30
    data: Annotated[
        msgspec.Raw,
        Meta(description="What meters read, such as a saving.", extra_json_schema={"type": "object"}),
    ] = msgspec.field(default_factory=_nothing)
    reason: Annotated[str, Meta(max_length=1000)] = ""
    dry_run: bool = False


class OutcomeStep(Shape, frozen=True, kw_only=True):
    """Something that somebody did about an outcome, and why."""

    action: Literal["claim", "confirm", "contest", "accept", "reverse"]
    at: Time
    by: str
    reason: str


class Outcome(Shape, frozen=True, kw_only=True):
    """A result and everything that was done about it; `has_event` tells that it is a usage event."""

    id: str
    customer: str
    type: str
    key: str
    occurred_at: Time
    acted_at: Time | None
    window_days: int
    decide_by: Time
    data: dict[str, Any]
    status: OutcomeStatus
    steps: list[OutcomeStep]
    has_event: bool


class OutcomeList(Shape, frozen=True, kw_only=True):
    """A page of outcomes, by id."""

    items: list[Outcome]
    next: str | None


class OutcomesQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which outcomes to list."""

    customer: str | None = None
    status: OutcomeStatus | None = None
    type: str | None = None


class OutcomeDecision(Shape, frozen=True, kw_only=True):
    """What is done about an outcome, and why."""

    reason: Annotated[str, Meta(max_length=1000)] = ""
    dry_run: bool = False


class SettleIn(Shape, frozen=True, kw_only=True):
    """For whom outcomes are settled whose window is over; for everybody where nobody is named."""

    customer: Key | None = None
    dry_run: bool = False


class Settled(Shape, frozen=True, kw_only=True):
    """The outcomes that were settled, or would be; `problems` say which could not, and why."""

    dry_run: bool
    outcomes: list[Outcome]
    problems: list[ProblemItem]
