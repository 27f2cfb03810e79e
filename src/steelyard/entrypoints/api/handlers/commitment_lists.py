"""Commitments of everybody, and the course of one of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from steelyard.billing.as_agreed import standings_of
from steelyard.billing.commitment_alerts import CommitmentAlert, has_commitments
from steelyard.billing.committing import Standing
from steelyard.contracts import Contract, Subscription
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.commitments import month_name, standing_shape, subscription_of
from steelyard.entrypoints.api.handlers.shaping import listed, page, shaped
from steelyard.entrypoints.api.pages import place_of
from steelyard.entrypoints.api.shapes import commitments as shapes
from steelyard.kernel import ZERO, NotFound, Period, add_months, parse_month, plain
from steelyard.kernel.period import zone
from steelyard.rating.commitment_course import Payment

MONTHS_MAX: Final = 24
"""A course is told of so many months at most, the last ones."""


def every(call: Call) -> shapes.CommitmentList:
    """Every commitment that holds in the month, by subscription."""
    query: shapes.CommitmentsQuery = call.query
    if query.customer is not None:
        call.about(query.customer)
    known = call.workspace.state.find(Subscription)
    committed = has_commitments(known, call.workspace.state.find(Contract))
    held = sorted(
        (one for one in known if one.customer in committed and _asked_for(one, call)),
        key=lambda one: one.id,
    )
    after = place_of(query.cursor) if query.cursor else ""
    some = [one for one in held if one.id > str(after)][: query.limit + 1]
    subscriptions, following = page(some, query.limit, lambda one: one.id)
    call.workspace.catch_up()
    items: list[shapes.CommitmentListed] = []
    for subscription in subscriptions:
        month = query.period or month_name(call, subscription.customer)
        for one in standings_of(call.workspace.books, subscription, month):
            if one.month.alert or not query.alerts:
                items.append(_listed(subscription, month, one))
    return shapes.CommitmentList(items=items, next=following)


def _asked_for(subscription: Subscription, call: Call) -> bool:
    return call.query.customer in (None, subscription.customer) and call.principal.sees(subscription.customer)


def alerts(call: Call) -> shapes.CommitmentAlertList:
    """What was told of commitments, by id."""
    query: shapes.CommitmentAlertsQuery = call.query
    customer = call.about_whom(query.customer)
    items, following = listed(call, CommitmentAlert, customer=customer, period=query.period)
    return shapes.CommitmentAlertList(
        items=[shaped(one, shapes.CommitmentAlert) for one in items], next=following
    )


def _listed(subscription: Subscription, month: str, one: Standing) -> shapes.CommitmentListed:
    return shapes.CommitmentListed(
        subscription=subscription.id,
        customer=subscription.customer,
        plan=subscription.plan,
        currency=one.held.terms.card.currency,
        period=month,
        to_come=plain(to_come(one)),
        standing=standing_shape(one),
    )


def to_come(one: Standing) -> Decimal:
    """What would be trued up at the end of the term if nothing more were used."""
    if one.course.payment is not Payment.POSTPAID or not one.course.true_up:
        return ZERO
    return max(ZERO, one.course.amount - one.course.handed - one.before.drawn - one.month.own)


def course(call: Call) -> shapes.CommitmentCourse:
    """The months of one commitment up to the one that is asked about."""
    subscription = subscription_of(call, call.path["id"])
    key = call.path["key"]
    agreed = next((one for one in subscription.commitments if one.key == key), None)
    if agreed is None:
        raise NotFound(f"{subscription.id} has no commitment {key[:60]!r}", code="unknown_commitment")
    call.workspace.catch_up()
    until = call.query.period or month_name(call, subscription.customer)
    customer = call.workspace.directory.customer(subscription.customer)
    timezone = customer.timezone if customer else "UTC"
    last = parse_month(until, timezone)
    count = min(MONTHS_MAX, agreed.month_of(last, timezone) + 1)
    found = [
        (name, one)
        for name in _names(last, count, timezone)
        for one in standings_of(call.workspace.books, subscription, name)
        if one.held.agreed.key == key
    ]
    return shapes.CommitmentCourse(
        subscription=subscription.id,
        customer=subscription.customer,
        currency=found[-1][1].held.terms.card.currency if found else (customer.currency if customer else ""),
        commitment=shaped(agreed, shapes.Commitment),
        to_come=plain(to_come(found[-1][1]) if found else ZERO),
        months=[_month(name, one) for name, one in found],
    )


def _names(last: Period, count: int, timezone: str) -> list[str]:
    first = last.start.astimezone(zone(timezone)).date()
    return [f"{add_months(first, -back):%Y-%m}" for back in reversed(range(count))]


def _month(name: str, one: Standing) -> shapes.CommitmentMonth:
    month, course_terms = one.month, one.course
    return shapes.CommitmentMonth(
        period=name,
        month_of_term=one.before.month + 1,
        fee=plain(month.fee),
        rolled_over=plain(month.carried),
        drawn=plain(month.own),
        left=plain(course_terms.amount - course_terms.handed - one.before.drawn - month.own),
        burst=plain(month.burst),
        overage=plain(month.overage),
        true_up=plain(month.true_up),
        alert=month.alert,
    )
