"""The home page's twin: what came in, what it is worth, is all well."""

from __future__ import annotations

from steelyard.entrypoints.api.shapes.base import Amount, Shape, Time


class DayCount(Shape, frozen=True, kw_only=True):
    """Events of one day, UTC."""

    day: str
    events: int


class EventTotals(Shape, frozen=True, kw_only=True):
    """How much came in."""

    total: int
    period: int
    today: int
    per_day: list[DayCount]


class CurrencyValue(Shape, frozen=True, kw_only=True):
    """What the period is worth in one currency, before tax.

    `cost` is what the usage of the customers billed in this currency cost in this same currency; `margin` is
    value less cost, absent where some of that cost is in another currency.
    """

    billed: Amount
    unbilled: Amount
    cost: Amount
    margin: Amount | None


class UnmatchedType(Shape, frozen=True, kw_only=True):
    """Events of a type that no meter reads."""

    type: str
    events: int


class InvoiceCounts(Shape, frozen=True, kw_only=True):
    """Documents of the period."""

    invoices: int
    credit_notes: int
    totals: dict[str, Amount]


class RecordState(Shape, frozen=True, kw_only=True):
    """The record's head, and when it was last verified."""

    size: int
    root: str
    origin: str
    verified_at: Time | None
    verified_ok: bool | None


class Check(Shape, frozen=True, kw_only=True):
    """One question about the state of things, with its answer."""

    name: str
    ok: bool
    text: str


class TopCustomer(Shape, frozen=True, kw_only=True):
    """A customer and what its period is worth before tax."""

    key: str
    name: str
    currency: str
    amount: Amount
    events: int


class Overview(Shape, frozen=True, kw_only=True):
    """The workspace at a glance."""

    workspace: str
    period: str
    at: Time
    events: EventTotals
    value: dict[str, CurrencyValue]
    costs: dict[str, Amount]
    unattributed: int
    unmatched: list[UnmatchedType]
    fold_lag: int
    invoices: InvoiceCounts
    record: RecordState
    checks: list[Check]
    top_customers: list[TopCustomer]
