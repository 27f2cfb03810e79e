"""What can be asked about billing, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Literal, NotRequired, TypedDict

from steelyard.client.generated.impact import ProblemItem
from steelyard.client.transport import Transport, follow, without_none


class LateChange(TypedDict):
    """A billed month of a customer that changed since: events added and ended, and what that is worth.

    `difference` includes tax and is in `currency`; the customer's next document adjusts `document` by it."""

    customer: str
    customer_name: str
    currency: str
    period_name: str
    document: str
    added: int
    ended: int
    difference: str


class LateList(TypedDict):
    """All billed months that changed since, by customer and month."""

    items: builtins.list[LateChange]
    next: str | None


class Run(TypedDict):
    """What a billing run did; `previewed` wrote nothing, `unchanged` found all billed already."""

    id: str
    period: str
    at: str
    status: Literal["completed", "incomplete", "previewed", "unchanged"]
    counts: RunCounts
    totals: dict[str, RunTotals]
    record_size: int
    problems: builtins.list[ProblemItem]


class RunCounts(TypedDict):
    """What a run did with each customer, and which usage no document contains."""

    customers: int
    invoices: int
    credit_notes: int
    already_billed: int
    nothing_to_bill: int
    refused: int
    entries: int
    adjustments: int
    late_events: int
    uncontracted_events: int
    held_events: NotRequired[int]


class RunList(TypedDict):
    """A page of billing runs, newest first."""

    items: builtins.list[Run]
    next: str | None


class RunTotals(TypedDict):
    """Money of a run in one currency; credited amounts are positive."""

    invoiced: str
    credited: str
    net: str
    tax: str
    rounding_difference: str
    adjusted: str


class BillingApi:
    """What can be asked about billing."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def run(self, *, period: str, dry_run: bool | None = None) -> Run:
        """Bill a month; what is billed already stays as it is."""
        return self._transport.json(
            "POST", "/api/v1/billing/runs", body={"period": period, **without_none({"dry_run": dry_run})}
        )

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> RunList:
        """Billing runs, by id."""
        return self._transport.json("GET", "/api/v1/billing/runs", query={"limit": limit, "cursor": cursor})

    def each(self, *, limit: int | None = None) -> Iterator[Run]:
        """Billing runs, by id, page after page."""
        return follow(lambda cursor: self.list(limit=limit, cursor=cursor))

    def changes(self) -> LateList:
        """Billed months whose usage changed since, and what the next document adjusts."""
        return self._transport.json("GET", "/api/v1/billing/changes")
