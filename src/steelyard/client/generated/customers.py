"""What can be asked about customers, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.
# ruff: noqa: PLR0913

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from typing import Literal, NotRequired, TypedDict

from steelyard.client.generated.events import ProblemItem
from steelyard.client.transport import Transport, follow, path_part, without_none


class Adjusted(TypedDict):
    """What an adjustment line brings up to date: what was billed of an earlier period, and what it is now."""

    period_name: str
    documents: builtins.list[str]
    billed_quantity: str | None
    billed_exact: str
    billed: str
    billed_events: int
    quantity: str | None
    amount_exact: str
    amount: str


class Attributes(TypedDict):
    """What holds of a customer from a moment on."""

    effective_from: str
    values: dict[str, str]


class Chain(TypedDict):
    """The part of the customer's chain that a document rests on, both ends included."""

    first_seq: int
    last_seq: int
    entries: int


class Customer(TypedDict):
    """Who is billed."""

    key: str
    name: str
    currency: str
    created_at: str
    parent: str | None
    timezone: str
    attributes: builtins.list[Attributes]
    subjects: builtins.list[str]
    tax: Tax | None
    email: str | None


class CustomerIn(TypedDict):
    """A customer to be made."""

    key: str
    name: str
    currency: str
    parent: NotRequired[str | None]
    timezone: NotRequired[str]
    attributes: NotRequired[dict[str, str]]
    subjects: NotRequired[builtins.list[str]]
    tax: NotRequired[TaxIn | None]
    email: NotRequired[str | None]


class CustomerList(TypedDict):
    """A page of customers, by key."""

    items: builtins.list[Customer]
    next: str | None


class CustomerUsage(TypedDict):
    """What a customer used in a month, by metric and day.

    `visible_from` stands where the customer's plan shows no usage before that time, and none is counted."""

    customer: str
    period: str
    events: int
    metrics: builtins.list[MetricUsage]
    visible_from: NotRequired[str]


class DayQuantity(TypedDict):
    """What was used on one day of the customer's calendar."""

    day: str
    quantity: str


class Draft(TypedDict):
    """What an invoice would say for a period as things stand; it has no number."""

    customer: str
    customer_name: str
    currency: str
    period: Span
    period_name: str
    lines: builtins.list[Line]
    subtotal: str
    tax: str
    total: str
    rounding_difference: str
    catalog_version: str
    subscriptions: builtins.list[str]
    chain: Chain
    known_at: str | None
    versions: dict[str, str]
    contracts: NotRequired[builtins.list[str]]
    changes: builtins.list[PeriodChange]
    problems: builtins.list[ProblemItem]
    status: str
    lot_versions: NotRequired[dict[str, int]]
    floor_room: NotRequired[builtins.list[FloorRoom]]


class FloorRoom(TypedDict):
    """What may still be given away of a subscription's charges before its contract year meets a floor."""

    floor: str
    subscription: str
    prices: builtins.list[str]
    room: str


class Line(TypedDict):
    """One line of an invoice: what, how much of it, at what price, resting on which events.

    `parts` divide the quantity where a price looks at them."""

    id: str
    group: str
    title: str
    period: Span
    amount_exact: str
    amount: str
    quantity: str | None
    unit: str
    price_key: str
    price_version: str
    metric: str
    meter: str
    dimension: dict[str, str]
    subscription: str
    reason: str
    steps: builtins.list[Step]
    events: int
    first_seq: int
    last_seq: int
    adjusts: Adjusted | None
    parts: NotRequired[builtins.list[LinePart]]
    draws: NotRequired[builtins.list[LotDraw]]


class LinePart(TypedDict):
    """One part of a line's quantity: the values of dimensions, or the window, that it is for."""

    at: builtins.list[str]
    quantity: str
    amount: str | None


class LotDraw(TypedDict):
    """What a lot of credit paid of one line; on an adjustment the difference, negative where given back."""

    lot: str
    line: str
    units: str
    amount: str
    cost: str


class MergerDone(TypedDict):
    """Whom the customer is under, which contract ended for it, which holds, which commitments moved."""

    customer: str
    parent: str | None
    ended: str | None
    joined: str | None
    commitments: builtins.list[str]
    dry_run: bool


class MetricUsage(TypedDict):
    """What was used of one value metric."""

    metric: str
    name: str
    unit: str
    total: str
    days: builtins.list[DayQuantity]


class PeriodChange(TypedDict):
    """How a billed period changed since; the next billing run puts the difference on a document."""

    period_name: str
    document: str
    added: int
    ended: int
    difference: str


class Span(TypedDict):
    """A half-open span of time."""

    start: str
    end: str


class Step(TypedDict):
    """One step of how a price was worked out."""

    text: str
    quantity: str
    unit_amount: str
    amount: str
    kind: str


class Tax(TypedDict):
    """The tax that a customer's invoices carry, in percent."""

    name: str
    percent: str


class TaxIn(TypedDict):
    """A tax to add to invoices."""

    name: str
    percent: str


class CustomersApi:
    """What can be asked about customers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        *,
        key: str,
        name: str,
        currency: str,
        parent: str | None = None,
        timezone: str | None = None,
        attributes: dict[str, str] | None = None,
        subjects: Sequence[str] | None = None,
        tax: TaxIn | None = None,
        email: str | None = None,
    ) -> Customer:
        """Make a customer."""
        return self._transport.json(
            "POST",
            "/api/v1/customers",
            body={
                "key": key,
                "name": name,
                "currency": currency,
                **without_none(
                    {
                        "parent": parent,
                        "timezone": timezone,
                        "attributes": attributes,
                        "subjects": subjects,
                        "tax": tax,
                        "email": email,
                    }
                ),
            },
        )

    def create_many(self, *, customers: Sequence[CustomerIn]) -> CustomerList:
        """Make many customers at once, all or none."""
        return self._transport.json("POST", "/api/v1/customers/batch", body={"customers": customers})

    def list(
        self, *, limit: int | None = None, cursor: str | None = None, parent: str | None = None
    ) -> CustomerList:
        """Customers, by key."""
        return self._transport.json(
            "GET", "/api/v1/customers", query={"limit": limit, "cursor": cursor, "parent": parent}
        )

    def each(self, *, limit: int | None = None, parent: str | None = None) -> Iterator[Customer]:
        """Customers, by key, page after page."""
        return follow(lambda cursor: self.list(limit=limit, parent=parent, cursor=cursor))

    def show(self, key: str | int) -> Customer:
        """One customer."""
        return self._transport.json("GET", f"/api/v1/customers/{path_part(key)}")

    def usage(self, key: str | int, *, period: str | None = None) -> CustomerUsage:
        """What a customer used in a month, by metric and day."""
        return self._transport.json(
            "GET", f"/api/v1/customers/{path_part(key)}/usage", query={"period": period}
        )

    def preview(self, key: str | int, *, period: str | None = None) -> Draft:
        """What the customer's bill of a month would say as things stand."""
        return self._transport.json(
            "GET", f"/api/v1/customers/{path_part(key)}/preview", query={"period": period}
        )

    def merge(
        self,
        key: str | int,
        *,
        into: str,
        effective_from: str,
        reason: str,
        commitments: Literal["keep", "transfer"] | None = None,
        dry_run: bool | None = None,
    ) -> MergerDone:
        """Put a customer under another from a moment on, with its contract and its commitments."""
        return self._transport.json(
            "POST",
            f"/api/v1/customers/{path_part(key)}/merge",
            body={
                "into": into,
                "effective_from": effective_from,
                "reason": reason,
                **without_none({"commitments": commitments, "dry_run": dry_run}),
            },
        )

    def part(
        self, key: str | int, *, effective_from: str, reason: str, dry_run: bool | None = None
    ) -> MergerDone:
        """Let a customer stand alone again from a moment on."""
        return self._transport.json(
            "POST",
            f"/api/v1/customers/{path_part(key)}/part",
            body={"effective_from": effective_from, "reason": reason, **without_none({"dry_run": dry_run})},
        )
