"""Beginning and ending subscriptions: what to write, or every problem at once."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from steelyard.catalog import CatalogVersion
from steelyard.contracts.check import subscription_problems
from steelyard.contracts.model import LIVE, Customer, NewSubscription, Subscription
from steelyard.contracts.planned import Planned, saving
from steelyard.kernel import Problem, content_id, encode, iso
from steelyard.record import Kind, State

Problems = tuple[Problem, ...]


def subscription_id(customer: str, plan: str, start: datetime) -> str:
    """The id of a customer's subscription to a plan from a moment on: asking twice names the same one.

    >>> from steelyard.kernel import instant
    >>> subscription_id("acme", "pro", instant("2026-01-01T00:00:00Z"))
    'sub_2dfd92d33f6a5e66b69456d9fbbfcc6f'
    """
    return content_id("sub", encode([customer, plan, start]))


def subscribe(
    state: State, version: CatalogVersion, new: NewSubscription
) -> Planned[Subscription] | Problems:
    """The plan that begins a subscription by this catalog version, or all that is wrong with it.

    The version is the live one, or the one that the subscription shall stay on. A subscription that is
    there exactly as asked for needs no write. Customers can hold one subscription of a product at a time.
    """
    customer = state.get(Customer, new.customer)
    asked = _made(new)
    others = state.find(Subscription, customer=new.customer)
    existing = next((other for other in others if other.id == asked.id), None)
    if existing == asked:
        return Planned(record=asked, write=None)
    rest = [other for other in others if other is not existing]
    problems = [*subscription_problems(new, customer, rest, version.catalog)]
    if existing is not None:
        message = f"{new.customer!r} has {new.plan!r} from then on already, as {existing.id}, and it differs"
        problems.append(Problem(code="exists", message=message, field="start"))
    if new.catalog not in (LIVE, version.id):
        message = f"{new.catalog[:60]!r} is not the catalog version {version.id}"
        problems.append(Problem(code="other_version", message=message, field="catalog", allowed="live"))
    if problems:
        return tuple(problems)
    return Planned(record=asked, write=saving(Kind.SUBSCRIPTION, new.customer, asked, asked.id, None))


def end_subscription(state: State, id: str, *, end: datetime) -> Planned[Subscription] | Problems:
    """The plan that ends a subscription at a moment, its last day of service before it.

    A subscription that has an end can be ended earlier, never later.
    """
    version = state.version(Subscription, id)
    subscription = state.get(Subscription, id)
    if subscription is None:
        message = f"there is no subscription {id[:60]!r}"
        return (Problem(code="unknown_subscription", message=message, field="id"),)
    problems = tuple(_end_problems(subscription, end))
    if problems:
        return problems
    if subscription.end == end:
        return Planned(record=subscription, write=None)
    ended = dataclasses.replace(subscription, end=end)
    return Planned(record=ended, write=saving(Kind.SUBSCRIPTION, ended.customer, ended, id, version))


def _end_problems(subscription: Subscription, end: datetime) -> list[Problem]:
    if end.tzinfo is None:
        return [Problem(code="not_a_time", message="the end has no UTC offset", field="end")]
    if end <= subscription.start:
        message = f"it began at {iso(subscription.start)} and would end before"
        return [Problem(code="empty_period", message=message, field="end")]
    if subscription.end is not None and end > subscription.end:
        message = f"it ends at {iso(subscription.end)} already; begin another to go on"
        return [Problem(code="ended", message=message, field="end")]
    return []


def _made(new: NewSubscription) -> Subscription:
    return Subscription(
        id=subscription_id(new.customer, new.plan, new.start),
        customer=new.customer,
        plan=new.plan,
        start=new.start,
        end=new.end,
        quantities=dict(new.quantities),
        add_ons=new.add_ons,
        commitment=new.commitment,
        catalog=new.catalog,
        catalog_until=new.catalog_until,
        trial_until=new.trial_until,
        sandbox=new.sandbox,
    )
