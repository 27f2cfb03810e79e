"""Subscriptions: begun, listed, ended."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from functools import cache, partial

from steelyard.billing.retroactive import billed_until_of
from steelyard.catalog import CatalogVersion, Release, live_version, releases, version_named
from steelyard.contracts import (
    LIVE,
    Customer,
    NewSubscription,
    Planned,
    Subscription,
    end_subscription,
    subscribe,
    subscription_id,
    together,
)
from steelyard.contracts.rollout import begun_on
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.shaping import listed, shaped
from steelyard.entrypoints.api.shapes import customers as shapes
from steelyard.kernel import Conflict, InvalidInput, NotFound, Problem, iso


def create(call: Call) -> shapes.Subscription:
    """Begin one subscription."""
    return _begin(call, [call.body], many=False)[0]


def create_many(call: Call) -> shapes.SubscriptionList:
    """Begin many subscriptions at once, all or none."""
    return shapes.SubscriptionList(items=_begin(call, call.body.subscriptions, many=True), next=None)


def _begin(call: Call, asked: list[shapes.SubscriptionIn], *, many: bool) -> list[shapes.Subscription]:
    # What is published meanwhile is rolled out to none of these, or to all: one comes after the other.
    with call.workspace.publishing:
        return _begun(call, asked, many=many)


def _begun(call: Call, asked: list[shapes.SubscriptionIn], *, many: bool) -> list[shapes.Subscription]:
    problems: list[Problem] = []
    planned: list[Planned[Subscription]] = []
    newest_first = releases(call.workspace.state)
    version_of = cache(partial(version_named, call.workspace.state))
    for place, one in enumerate(asked):
        new = _rolled_out(call, _new(one), newest_first)
        version = version_of(new.catalog)
        outcome = _not_rolled_out(call, new, one, version) or subscribe(call.workspace.state, version, new)
        if isinstance(outcome, Planned):
            planned.append(outcome)
        else:
            where = f"[{place}]." if many else ""
            problems += [dataclasses.replace(found, field=where + found.field) for found in outcome]
    if problems:
        raise _refusal("not begun", tuple(problems))
    _refuse_billed(call, [one.record for one in planned if one.write is not None])
    made = [shaped(one.record, shapes.Subscription) for one in planned]
    write = together(one.write for one in planned)
    if write is not None:
        call.commit(write, shapes.SubscriptionList(items=made, next=None) if many else made[0])
    return made


def _rolled_out(call: Call, new: NewSubscription, newest_first: list[Release]) -> NewSubscription:
    """The subscription on the version that its customer gets now; asked again, on the one it has."""
    state = call.workspace.state
    customer = state.get(Customer, new.customer)
    if customer is None or new.catalog != LIVE:
        return new
    existing = state.get(Subscription, subscription_id(new.customer, new.plan, new.start))
    if existing is not None and new.catalog_until is None:
        return dataclasses.replace(new, catalog=existing.catalog, catalog_until=existing.catalog_until)
    return begun_on(new, customer, newest_first, call.now)


def _not_rolled_out(
    call: Call, new: NewSubscription, asked: shapes.SubscriptionIn, version: CatalogVersion
) -> tuple[Problem, ...]:
    """Why a plan of the live version cannot be had: its roll-out does not reach this customer."""
    if new.catalog == asked.catalog or new.plan in version.catalog.plans:
        return ()
    live = live_version(call.workspace.state)
    if live is None or live.id == version.id or new.plan not in live.catalog.plans:
        return ()
    message = f"the plan {new.plan!r} is not rolled out to {new.customer!r} yet"
    allowed = f"plans of release {version.number}, or catalog: {live.id}"
    return (Problem(code="not_rolled_out", message=message, field="plan", allowed=allowed),)


def _refuse_billed(call: Call, begun: Sequence[Subscription]) -> None:
    """A subscription that begins in time that is billed already would never be billed for it."""
    charged = [one for one in begun if not one.sandbox]
    until = billed_until_of(call.workspace.state, {one.customer for one in charged})
    for one in charged:
        refuse_before(until.get(one.customer), one.start, one.customer, "start")


def refuse_before(billed: datetime | None, moment: datetime, customer: str, field: str) -> None:
    """Raises Conflict where the moment lies in time that is billed to the customer."""
    if billed is not None and moment < billed:
        message = f"the time until {iso(billed)} is billed to {customer!r}"
        allowed = f"{iso(billed)} or later"
        problem = Problem(code="billed_already", message=message, field=field, allowed=allowed)
        raise Conflict(f"{message}; it can hold from then on", code="billed_already", problems=(problem,))


def _refusal(what: str, problems: tuple[Problem, ...]) -> Conflict | InvalidInput:
    if all(one.code == "exists" for one in problems):
        return Conflict(f"{what}: {problems[0]}", code="exists", problems=problems)
    return InvalidInput(f"{what}: {problems[0]}", code="invalid_subscription", problems=problems)


def _new(asked: shapes.SubscriptionIn) -> NewSubscription:
    return NewSubscription(
        customer=asked.customer,
        plan=asked.plan,
        start=asked.start,
        end=asked.end,
        quantities=asked.quantities,
        add_ons=tuple(asked.add_ons),
        commitment=asked.commitment,
        catalog=asked.catalog,
        catalog_until=asked.catalog_until,
        trial_until=asked.trial_until,
        sandbox=asked.sandbox,
    )


def list_subscriptions(call: Call) -> shapes.SubscriptionList:
    """Subscriptions, by id; a key confined to one customer sees that customer's."""
    query: shapes.SubscriptionsQuery = call.query
    items, following = listed(call, Subscription, customer=call.about_whom(query.customer))
    return shapes.SubscriptionList(items=[shaped(one, shapes.Subscription) for one in items], next=following)


def show(call: Call) -> shapes.Subscription:
    """One subscription."""
    found = call.workspace.state.get(Subscription, call.path["id"])
    if found is None or not call.principal.sees(found.customer):
        raise NotFound(f"there is no subscription {call.path['id'][:100]!r}", code="unknown_subscription")
    return shaped(found, shapes.Subscription)


def end(call: Call) -> shapes.Subscription:
    """End a subscription at a moment."""
    outcome = end_subscription(call.workspace.state, call.path["id"], end=call.body.at)
    if not isinstance(outcome, Planned):
        if any(one.code == "unknown_subscription" for one in outcome):
            raise NotFound(f"there is no subscription {call.path['id']!r}")
        raise _refusal("not ended", outcome)
    if outcome.write is not None and not outcome.record.sandbox:
        customer = outcome.record.customer
        billed = billed_until_of(call.workspace.state, {customer})
        refuse_before(billed.get(customer), call.body.at, customer, "at")
    answer = shaped(outcome.record, shapes.Subscription)
    if outcome.write is not None:
        call.commit(outcome.write, answer)
    return answer
