"""Corrections of single events, and everything that was said about one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.shapes.base import Amount, Shape, Time

Reason = Annotated[str, Meta(min_length=1, max_length=1000, description="Why; it stands in the record.")]
Action = Literal["amend", "void", "hold", "release"]


def _nothing() -> msgspec.Raw:
    return msgspec.Raw(b"{}")


class CorrectionIn(Shape, frozen=True, kw_only=True):
    """Which event counts otherwise from now on, how, and why."""

    action: Action
    id: Annotated[str, Meta(min_length=1, max_length=256, description="The event's id.")]
    source: Annotated[str, Meta(min_length=1, max_length=256, description="The event's source.")] = "default"
    reason: Reason
    event: Annotated[
        msgspec.Raw,
        Meta(
            description="For `amend`: the attributes that change, as an event has them; others stay.",
            extra_json_schema={"type": "object"},
        ),
    ] = msgspec.field(default_factory=_nothing)
    again: Annotated[str, Meta(description="The backfill whose event of this id is meant.")] = ""
    dry_run: bool = False


class QuantityChange(Shape, frozen=True, kw_only=True):
    """What a meter measures for a customer in a month, before and after."""

    customer: str
    meter: str
    period: str
    before: Amount
    after: Amount
    difference: Amount


class Correction(Shape, frozen=True, kw_only=True):
    """A correction as it stands in the record, or would (`dry_run`)."""

    action: Action
    source: str
    id: str
    customer: str
    of: int
    by: str
    reason: str
    changed: bool
    dry_run: bool
    quantities: list[QuantityChange]


class CorrectionsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose corrections to list."""

    customer: str | None = None


class Saying(Shape, frozen=True, kw_only=True):
    """One entry that says something about an event: that it happened, whose it is, how it counts."""

    index: int
    action: Literal["sent", "attribute", "amend", "void", "hold", "release"]
    customer: str
    seq: int
    recorded_at: Time
    source: str
    id: str
    leaf: str
    of: int | None
    by: str
    reason: str
    rule: str
    event: Any


class CorrectionList(Shape, frozen=True, kw_only=True):
    """A page of corrections, newest first."""

    items: list[Saying]
    next: str | None


class HistoryQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which event."""

    id: Annotated[str, Meta(min_length=1, max_length=256)]
    source: str = "default"
    again: str = ""


class EventHistory(Shape, frozen=True, kw_only=True):
    """Everything that was said about one event by itself, newest first, and whether it counts now.

    `reasons` say why it does not count: `held`, `voided`, `quarantined`, or what a backfill did to it.
    """

    source: str
    id: str
    customer: str
    counts: bool
    reasons: list[str]
    carrier: int
    items: list[Saying]
