"""What can be asked about subscriptions, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.
# ruff: noqa: PLR0913

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from typing import Any, NotRequired, TypedDict

from steelyard.client.generated.discounts import AgreedDiscount
from steelyard.client.generated.subscription_changes import SubscriptionChange
from steelyard.client.transport import Transport, follow, path_part, without_none


class CardCommitment(TypedDict):
    """An amount that is due in any case."""

    key: str
    amount: str
    every: str
    covers: builtins.list[str]
    reason: str


class CardContract(TypedDict):
    """The contract that applies."""

    id: str
    name: str


class CardRate(TypedDict):
    """One price that applies: as listed, what was done to it in which order, and as it is charged."""

    price: str
    name: str
    group: str
    metric: str | None
    unit: str
    quantity: str | None
    included: str
    listed: str
    layers: builtins.list[str]
    applies: str
    model: dict[str, Any]
    reason: str


class Commitment(TypedDict):
    """A commitment as a subscription holds it."""

    key: str
    amount: str
    start: str
    end: str | None
    covers: builtins.list[str]
    every: str
    payment: str
    schedule: builtins.list[str]
    rollover: str
    priority: int
    scope: str
    true_up: bool
    percent: str
    overage_factor: str
    burst: str
    alert: str
    contract: NotRequired[str]
    bears_fees: NotRequired[bool]
    opening: NotRequired[CommitmentOpening | None]
    handed: NotRequired[str]
    net_of_discounts: NotRequired[bool]


class CommitmentOpening(TypedDict):
    """Where a commitment stood when it was taken over: the month of its term, from 0, and what was drawn."""

    month: int
    drawn: str
    carried: str
    fee_paid: bool


class RateCard(TypedDict):
    """By what a subscription is charged at a moment, and why.

    `changes_at` are the moments of the next two years at which something about it changes."""

    subscription: str
    customer: str
    at: str
    plan: str
    plan_name: str
    state: str
    currency: str
    catalog_version: str
    contract: CardContract | None
    rates: builtins.list[CardRate]
    commitments: builtins.list[CardCommitment]
    discounts: builtins.list[str]
    problems: builtins.list[str]
    changes_at: builtins.list[str]


class Subscription(TypedDict):
    """A customer's right to a plan for a span of time."""

    id: str
    customer: str
    plan: str
    start: str
    end: str | None
    quantities: dict[str, str]
    add_ons: builtins.list[str]
    commitment: str | None
    catalog: str
    commitments: NotRequired[builtins.list[Commitment]]
    discounts: NotRequired[builtins.list[AgreedDiscount]]
    catalog_until: NotRequired[str | None]
    trial_until: NotRequired[str | None]
    sandbox: NotRequired[bool]
    changes: NotRequired[builtins.list[SubscriptionChange]]


class SubscriptionIn(TypedDict):
    """A subscription to begin."""

    customer: str
    plan: str
    start: str
    end: NotRequired[str | None]
    quantities: NotRequired[dict[str, str]]
    add_ons: NotRequired[builtins.list[str]]
    commitment: NotRequired[str | None]
    catalog: NotRequired[str]
    catalog_until: NotRequired[str | None]
    trial_until: NotRequired[str | None]
    sandbox: NotRequired[bool]


class SubscriptionList(TypedDict):
    """A page of subscriptions."""

    items: builtins.list[Subscription]
    next: str | None


class SubscriptionsApi:
    """What can be asked about subscriptions."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        *,
        customer: str,
        plan: str,
        start: str,
        end: str | None = None,
        quantities: dict[str, str] | None = None,
        add_ons: Sequence[str] | None = None,
        commitment: str | None = None,
        catalog: str | None = None,
        catalog_until: str | None = None,
        trial_until: str | None = None,
        sandbox: bool | None = None,
    ) -> Subscription:
        """Begin a subscription."""
        return self._transport.json(
            "POST",
            "/api/v1/subscriptions",
            body={
                "customer": customer,
                "plan": plan,
                "start": start,
                **without_none(
                    {
                        "end": end,
                        "quantities": quantities,
                        "add_ons": add_ons,
                        "commitment": commitment,
                        "catalog": catalog,
                        "catalog_until": catalog_until,
                        "trial_until": trial_until,
                        "sandbox": sandbox,
                    }
                ),
            },
        )

    def create_many(self, *, subscriptions: Sequence[SubscriptionIn]) -> SubscriptionList:
        """Begin many subscriptions at once, all or none."""
        return self._transport.json(
            "POST", "/api/v1/subscriptions/batch", body={"subscriptions": subscriptions}
        )

    def list(
        self, *, limit: int | None = None, cursor: str | None = None, customer: str | None = None
    ) -> SubscriptionList:
        """Subscriptions, by id."""
        return self._transport.json(
            "GET", "/api/v1/subscriptions", query={"limit": limit, "cursor": cursor, "customer": customer}
        )

    def each(self, *, limit: int | None = None, customer: str | None = None) -> Iterator[Subscription]:
        """Subscriptions, by id, page after page."""
        return follow(lambda cursor: self.list(limit=limit, customer=customer, cursor=cursor))

    def end(self, id: str | int, *, at: str) -> Subscription:
        """End a subscription at a moment."""
        return self._transport.json("POST", f"/api/v1/subscriptions/{path_part(id)}/end", body={"at": at})

    def show(self, id: str | int) -> Subscription:
        """One subscription, with all its changes."""
        return self._transport.json("GET", f"/api/v1/subscriptions/{path_part(id)}")

    def rate_card(self, id: str | int, *, at: str | None = None) -> RateCard:
        """By what a subscription is charged at a moment, and why each rate applies."""
        return self._transport.json(
            "GET", f"/api/v1/subscriptions/{path_part(id)}/rate-card", query={"at": at}
        )
