"""Reconciliations of record, usage store and warehouse feed."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from steelyard.entrypoints.api.shapes.base import Shape, Time


class ReconciliationIn(Shape, frozen=True, kw_only=True):
    """Compare everything now; with `dry_run` the result is not kept."""

    dry_run: bool = False


class Difference(Shape, frozen=True, kw_only=True):
    """One event that does not stand alike everywhere.

    `place` is where it is wrong: record, store or feed. `meter` is `*` for the event itself and `event` for
    its content.
    """

    index: int
    source: str
    id: str
    customer: str
    meter: str
    place: Annotated[str, Meta(description="record, store, feed")]
    fault: Annotated[str, Meta(description="missing, extra, doubled, different")]
    detail: str


class Reconciliation(Shape, frozen=True, kw_only=True):
    """One comparison. `feed_upto` is null where the workspace has no feed.

    `groups` are customers, meters and hours, compared by count, sum and hash. `differing` events differ, of
    which `differences` names some; `by_place` counts what is wrong where. `erased` events were erased from
    the record and are in the feed still, which is no mistake.
    """

    id: str
    at: Time
    seconds: str
    ok: bool
    upto: int
    feed_upto: int | None
    events: int
    groups: int
    differing: int
    by_place: dict[str, int]
    differences: list[Difference]
    problems: list[str]
    erased: int


class ReconciliationList(Shape, frozen=True, kw_only=True):
    """Reconciliations, newest first."""

    items: list[Reconciliation]
    next: str | None
