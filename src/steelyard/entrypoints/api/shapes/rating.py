"""One price calculation on request."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from steelyard.entrypoints.api.shapes.base import Amount, Exact, Shape


class UsagePartIn(Shape, frozen=True, kw_only=True):
    """One part of a usage: its value of each dimension that the price goes by, or its window."""

    at: Annotated[list[str], Meta(min_length=1, max_length=16)]
    quantity: Exact
    amount: Exact | None = None


class RateIn(Shape, frozen=True, kw_only=True):
    """A price and a usage. `price` is the key of a live price, or a price as a catalog writes it.

    Numbers inside `price` are text or whole. With `before`, only what comes on top of so many units of the
    same period is charged. `values` are what each event brought, in order; `parts` divide the usage.
    """

    price: Annotated[str, Meta(max_length=256)] | dict[str, Any]
    quantity: Exact | None = None
    amount: Exact | None = None
    events: Annotated[int, Meta(ge=0, le=10**12)] | None = None
    values: Annotated[list[Exact], Meta(max_length=100_000)] = []
    parts: Annotated[list[UsagePartIn], Meta(max_length=10_000)] = []
    before: Exact | None = None
    amount_before: Exact | None = None
    unit: Annotated[str, Meta(max_length=100)] | None = None


class RatedStep(Shape, frozen=True, kw_only=True):
    """One step of the calculation; the amounts of all steps sum to the amount."""

    kind: str
    text: str
    quantity: Amount
    unit_amount: Amount
    amount: Amount


class RateOut(Shape, frozen=True, kw_only=True):
    """The exact amount, the same in minor units, and every step in figures and in words."""

    amount: Amount
    currency: str
    rounded: Amount
    explanation: list[RatedStep]
    text: list[str]
