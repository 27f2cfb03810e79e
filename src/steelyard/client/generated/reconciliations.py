"""What can be asked about reconciliations, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import TypedDict

from steelyard.client.transport import Transport, follow, path_part, without_none


class Difference(TypedDict):
    """One event that does not stand alike everywhere.

    `place` is where it is wrong: record, store or feed. `meter` is `*` for the event itself and `event` for
    its content."""

    index: int
    source: str
    id: str
    customer: str
    meter: str
    place: str
    fault: str
    detail: str


class Reconciliation(TypedDict):
    """One comparison. `feed_upto` is null where the workspace has no feed.

    `groups` are customers, meters and hours, compared by count, sum and hash. `differing` events differ, of
    which `differences` names some; `by_place` counts what is wrong where. `erased` events were erased from
    the record and are in the feed still, which is no mistake."""

    id: str
    at: str
    seconds: str
    ok: bool
    upto: int
    feed_upto: int | None
    events: int
    groups: int
    differing: int
    by_place: dict[str, int]
    differences: builtins.list[Difference]
    problems: builtins.list[str]
    erased: int


class ReconciliationList(TypedDict):
    """Reconciliations, newest first."""

    items: builtins.list[Reconciliation]
    next: str | None


class ReconciliationsApi:
    """What can be asked about reconciliations."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> ReconciliationList:
        """Comparisons of record, usage store and warehouse feed, newest first."""
        return self._transport.json(
            "GET", "/api/v1/reconciliations", query={"limit": limit, "cursor": cursor}
        )

    def each(self, *, limit: int | None = None) -> Iterator[Reconciliation]:
        """Comparisons of record, usage store and warehouse feed, newest first, page after page."""
        return follow(lambda cursor: self.list(limit=limit, cursor=cursor))

    def run(self, *, dry_run: bool | None = None) -> Reconciliation:
        """Compare record, usage store and feed now, by customer, meter and hour; name what differs."""
        return self._transport.json(
            "POST", "/api/v1/reconciliations", body={**without_none({"dry_run": dry_run})}
        )

    def show(self, id: str | int) -> Reconciliation:
        """One comparison with the events that differed."""
        return self._transport.json("GET", f"/api/v1/reconciliations/{path_part(id)}")
