"""What can be asked about customers, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.
# ruff: noqa: PLR0913

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from typing import Literal, NotRequired, TypedDict

from steelyard.client.generated.impact import ProblemItem
from steelyard.client.generated.migrations import Draft
from steelyard.client.transport import Transport, follow, path_part, without_none


class Attributes(TypedDict):
    """What holds of a customer from a moment on."""

    effective_from: str
    values: dict[str, str]
    reason: NotRequired[str]


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


class Hierarchy(TypedDict):
    """A customer and everybody below it; `above` are those over it, the nearest first.

    `totals` are by currency. `left_off` customers of a very large tree are not in it."""

    customer: str
    period: str
    above: builtins.list[str]
    items: builtins.list[HierarchyNode]
    totals: dict[str, str]
    shared: builtins.list[SharedPrice]
    left_off: int


class HierarchyNode(TypedDict):
    """One customer of the tree; `total` is its month as known now, with tax, before credit.

    `depth` counts from the customer that was asked about. `document` billed the month, if any did."""

    customer: str
    name: str
    parent: str | None
    depth: int
    plans: builtins.list[str]
    currency: str
    subtotal: str
    total: str
    document: str | None
    number: str | None
    problems: builtins.list[ProblemItem]


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


class SharedPart(TypedDict):
    """What one customer used of a price that is shared, and what it bears; null: it is not in this tree."""

    customer: str
    quantity: str
    amount: str | None


class SharedPrice(TypedDict):
    """A price that customers share under one contract: rated once, and borne by what each used."""

    price_key: str
    title: str
    unit: str
    currency: str
    quantity: str
    amount: str
    parts: builtins.list[SharedPart]


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

    def change(
        self,
        key: str | int,
        *,
        name: str | None = None,
        email: str | None = None,
        tax: TaxIn | None = None,
        untaxed: bool | None = None,
        attributes: dict[str, str] | None = None,
        effective_from: str | None = None,
        add_subjects: Sequence[str] | None = None,
        remove_subjects: Sequence[str] | None = None,
        reason: str | None = None,
        dry_run: bool | None = None,
    ) -> Customer:
        """Change a customer: name, address, tax, subjects, dated attributes; `dry_run` only shows it."""
        return self._transport.json(
            "POST",
            f"/api/v1/customers/{path_part(key)}/changes",
            body={
                **without_none(
                    {
                        "name": name,
                        "email": email,
                        "tax": tax,
                        "untaxed": untaxed,
                        "attributes": attributes,
                        "effective_from": effective_from,
                        "add_subjects": add_subjects,
                        "remove_subjects": remove_subjects,
                        "reason": reason,
                        "dry_run": dry_run,
                    }
                )
            },
        )

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        parent: str | None = None,
        search: str | None = None,
    ) -> CustomerList:
        """Customers, by key."""
        return self._transport.json(
            "GET",
            "/api/v1/customers",
            query={"limit": limit, "cursor": cursor, "parent": parent, "search": search},
        )

    def each(
        self, *, limit: int | None = None, parent: str | None = None, search: str | None = None
    ) -> Iterator[Customer]:
        """Customers, by key, page after page."""
        return follow(lambda cursor: self.list(limit=limit, parent=parent, search=search, cursor=cursor))

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

    def hierarchy(self, key: str | int, *, period: str | None = None) -> Hierarchy:
        """A customer and everybody below it: what each month comes to, and what they share."""
        return self._transport.json(
            "GET", f"/api/v1/customers/{path_part(key)}/hierarchy", query={"period": period}
        )
