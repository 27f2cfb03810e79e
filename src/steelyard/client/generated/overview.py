"""What can be asked about overview, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from typing import TypedDict

from steelyard.client.transport import Transport


class Check(TypedDict):
    """One question about the state of things, with its answer."""

    name: str
    ok: bool
    text: str


class CurrencyValue(TypedDict):
    """What the period is worth in one currency, before tax.

    `cost` is what the usage of the customers billed in this currency cost in this same currency; `margin` is
    value less cost, absent where some of that cost is in another currency."""

    billed: str
    unbilled: str
    cost: str
    margin: str | None


class DayCount(TypedDict):
    """Events of one day, UTC."""

    day: str
    events: int


class EventTotals(TypedDict):
    """How much came in."""

    total: int
    period: int
    today: int
    per_day: builtins.list[DayCount]


class InvoiceCounts(TypedDict):
    """Documents of the period."""

    invoices: int
    credit_notes: int
    totals: dict[str, str]


class Overview(TypedDict):
    """The workspace at a glance."""

    workspace: str
    period: str
    at: str
    events: EventTotals
    value: dict[str, CurrencyValue]
    costs: dict[str, str]
    unattributed: int
    unmatched: builtins.list[UnmatchedType]
    fold_lag: int
    invoices: InvoiceCounts
    record: RecordState
    checks: builtins.list[Check]
    top_customers: builtins.list[TopCustomer]


class RecordState(TypedDict):
    """The record's head, and when it was last verified."""

    size: int
    root: str
    origin: str
    verified_at: str | None
    verified_ok: bool | None


class TopCustomer(TypedDict):
    """A customer and what its period is worth before tax."""

    key: str
    name: str
    currency: str
    amount: str
    events: int


class UnmatchedType(TypedDict):
    """Events of a type that no meter reads."""

    type: str
    events: int


class OverviewApi:
    """What can be asked about overview."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def show(self, *, period: str | None = None) -> Overview:
        """The workspace at a glance: what came in, what it is worth, is all well."""
        return self._transport.json("GET", "/api/v1/overview", query={"period": period})
