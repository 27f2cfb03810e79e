"""A customer's tree in a month: what each one comes to, and what they share."""

from __future__ import annotations

from steelyard.entrypoints.api.problems import ProblemItem
from steelyard.entrypoints.api.shapes.base import Amount, Shape


class HierarchyNode(Shape, frozen=True, kw_only=True):
    """One customer of the tree; `total` is its month as known now, with tax, before credit.

    `depth` counts from the customer that was asked about. `document` billed the month, if any did.
    """

    customer: str
    name: str
    parent: str | None
    depth: int
    plans: list[str]
    currency: str
    subtotal: Amount
    total: Amount
    document: str | None
    number: str | None
    problems: list[ProblemItem]


class SharedPart(Shape, frozen=True, kw_only=True):
    """What one customer used of a price that is shared, and what it bears; null: it is not in this tree."""

    customer: str
    quantity: Amount
    amount: Amount | None


class SharedPrice(Shape, frozen=True, kw_only=True):
    """A price that customers share under one contract: rated once, and borne by what each used."""

    price_key: str
    title: str
    unit: str
    currency: str
    quantity: Amount
    amount: Amount
    parts: list[SharedPart]


class Hierarchy(Shape, frozen=True, kw_only=True):
    """A customer and everybody below it; `above` are those over it, the nearest first.

    `totals` are by currency. `left_off` customers of a very large tree are not in it.
    """

    customer: str
    period: str
    above: list[str]
    items: list[HierarchyNode]
    totals: dict[str, Amount]
    shared: list[SharedPrice]
    left_off: int
