"""Commitments and discounts as subscriptions hold them."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from steelyard.entrypoints.api.shapes.base import Amount, Shape, Time


class CommitmentOpening(Shape, frozen=True, kw_only=True):
    """Where a commitment stood when it was taken over: the month of its term, from 0, and what was drawn."""

    month: int
    drawn: Amount
    carried: Amount
    fee_paid: bool


class Commitment(Shape, frozen=True, kw_only=True):
    """A commitment as a subscription holds it."""

    key: str
    amount: Amount
    start: Time
    end: Time | None
    covers: list[str]
    every: str
    payment: str
    schedule: list[Amount]
    rollover: Amount
    priority: int
    scope: str
    true_up: bool
    percent: Amount
    overage_factor: Amount
    burst: Amount
    alert: Amount
    contract: str = ""
    bears_fees: bool = False
    opening: CommitmentOpening | None = None
    handed: Annotated[Amount, Meta(description="What of its amount went to another customer.")] = "0"
    net_of_discounts: bool = False


class AgreedDiscount(Shape, frozen=True, kw_only=True):
    """A discount as a subscription holds it: a copy of the terms."""

    id: str
    discount: str
    name: str
    form: dict[str, Any]
    order: int
    start: Time
    months: int | None
    applies_to: list[str]
    basis: str
    alone: bool
    best_of: str
