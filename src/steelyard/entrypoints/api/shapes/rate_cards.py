"""The effective rate card of a subscription, with why each rate applies."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from steelyard.entrypoints.api.shapes.base import Amount, Instant, Shape, Time


class RateCardQuery(Shape, frozen=True, kw_only=True):
    """For which moment; now, where none is said."""

    at: Instant | None = None


class CardRate(Shape, frozen=True, kw_only=True):
    """One price that applies: as listed, what was done to it in which order, and as it is charged."""

    price: str
    name: str
    group: str
    metric: str | None
    unit: str
    quantity: Amount | None
    included: Amount
    listed: Annotated[str, Meta(description="The catalog's own price, in words.")]
    layers: Annotated[list[str], Meta(description="What made of it what applies; none: as listed.")]
    applies: Annotated[str, Meta(description="The price as it is charged, in words.")]
    model: dict[str, Any]
    reason: str


class CardCommitment(Shape, frozen=True, kw_only=True):
    """An amount that is due in any case."""

    key: str
    amount: Amount
    every: str
    covers: list[str]
    reason: str


class CardContract(Shape, frozen=True, kw_only=True):
    """The contract that applies."""

    id: str
    name: str


class RateCard(Shape, frozen=True, kw_only=True):
    """By what a subscription is charged at a moment, and why.

    `changes_at` are the moments of the next two years at which something about it changes.
    """

    subscription: str
    customer: str
    at: Time
    plan: str
    plan_name: str
    state: str
    currency: str
    catalog_version: str
    contract: CardContract | None
    rates: list[CardRate]
    commitments: list[CardCommitment]
    discounts: list[str]
    problems: list[str]
    changes_at: list[Time]
