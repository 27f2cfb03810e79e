"""Redeeming a discount: who may, whether there is a slot, and what to write; or every reason why not.

The number of slots taken is a row of its own, and each redemption's write rests on the version that it read:
of two who reach for the last slot at once, one is told that the world changed, asks again, and is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from steelyard.catalog import CatalogVersion, Discount, Plan
from steelyard.contracts.arrangement import term_months
from steelyard.contracts.discounts import AgreedDiscount, DiscountSlots, Redemption
from steelyard.contracts.model import Customer, Subscription
from steelyard.contracts.planned import Planned, saving
from steelyard.kernel import Problem, content_id, encode, iso
from steelyard.kernel.period import zone
from steelyard.record import WORKSPACE_CHAIN, Batch, Expect, Kind, Save, State, Write
from steelyard.record.telling import telling

Problems = tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for: a discount by its key or a coupon by its `code`, for a subscription, by somebody.

    `confirmed` are the conditions of the discount that the customer agreed to. `start` is from when on it
    shall hold (None: now).
    """

    subscription: str
    discount: str = ""
    code: str = ""
    by: str = ""
    start: datetime | None = None
    confirmed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Versions:
    """The versions of the rows that a redemption rests on."""

    subscription: int | None
    slots: int | None = None


def redeem(
    state: State, version: CatalogVersion, asked: Asked, *, at: datetime, billed: bool = False
) -> Planned[Subscription] | Problems:
    """The plan by which a subscription gets a discount, or all that is wrong with that.

    `version` is the live catalog, `billed` whether the customer was billed before. A discount that the
    subscription was given in the same month already is there, and needs no write.
    """
    # Versions are read before what they are versions of: what changes in between makes the write fail.
    versions = _Versions(subscription=state.version(Subscription, asked.subscription))
    subscription = state.get(Subscription, asked.subscription)
    if subscription is None:
        message = f"there is no subscription {asked.subscription[:60]!r}"
        return (_wrong("unknown_subscription", "subscription", message),)
    discount = _discount(version, asked)
    if discount is None:
        given = "code" if asked.code else "discount"
        return (_wrong("unknown_discount", given, "there is no such discount, or it needs its code"),)
    start = asked.start or at
    id = redemption_id(discount.key, subscription.id, start, zone_of(state, subscription))
    if any(one.id == id for one in subscription.discounts):
        return Planned(record=subscription, write=None)
    versions = replace(versions, slots=state.version(DiscountSlots, discount.key))
    slots = state.get(DiscountSlots, discount.key) or DiscountSlots(key=discount.key)
    problems = [
        *_slot_problems(state, discount, slots, subscription.customer),
        *_time_problems(discount, subscription, start, at),
        *_who_problems(state, version, discount, subscription, at),
        *_new_problems(discount, subscription, billed=billed),
        *_condition_problems(discount, asked),
    ]
    if problems:
        return tuple(problems)
    redemption = Redemption(
        id=id,
        discount=discount.key,
        customer=subscription.customer,
        subscription=subscription.id,
        at=at,
        by=asked.by,
        catalog_version=version.id,
        number=slots.taken + 1,
        confirmed=asked.confirmed,
    )
    changed = replace(subscription, discounts=(*subscription.discounts, agreed(discount, id, start)))
    return Planned(record=changed, write=_write(changed, redemption, slots, versions))


def agreed(discount: Discount, id: str, start: datetime) -> AgreedDiscount:
    """The copy of a discount's terms that a subscription holds."""
    return AgreedDiscount(
        id=id,
        discount=discount.key,
        name=discount.name,
        form=discount.form,
        order=discount.order,
        start=start,
        months=discount.months,
        applies_to=discount.applies_to,
        basis=discount.basis,
        alone=discount.alone,
        best_of=discount.best_of,
    )


def redemption_id(discount: str, subscription: str, start: datetime, timezone: str) -> str:
    """The id of a redemption: the same discount from the same month on is the same redemption.

    >>> from steelyard.kernel import instant
    >>> redemption_id("welcome", "sub_1", instant("2026-10-03T00:00:00Z"), "UTC")[:4]
    'red_'
    """
    local = start.astimezone(zone(timezone))
    return content_id("red", encode([discount, subscription, f"{local:%Y-%m}"]))


def zone_of(state: State, subscription: Subscription) -> str:
    """The time zone on whose calendar the subscription is billed."""
    customer = state.get(Customer, subscription.customer)
    return customer.timezone if customer else "UTC"


def _discount(version: CatalogVersion, asked: Asked) -> Discount | None:
    """The discount meant: a coupon only by its code, another by its key."""
    every = version.catalog.discounts
    if asked.code:
        found = next((one for one in every.values() if one.code == asked.code), None)
        return found if found is not None and asked.discount in ("", found.key) else None
    found = every.get(asked.discount)
    return None if found is None or found.code else found


def _slot_problems(
    state: State, discount: Discount, slots: DiscountSlots, customer: str
) -> Iterator[Problem]:
    if discount.slots is not None and slots.taken >= discount.slots:
        message = f"all {discount.slots} of {discount.name} are taken"
        yield _wrong("no_slot_left", "discount", message)
    mine = len(state.find(Redemption, customer=customer, discount=discount.key))
    if mine >= discount.per_customer:
        message = f"{customer!r} redeemed {discount.name} {mine} times already"
        yield _wrong("redeemed_already", "discount", message, f"{discount.per_customer} at most")


def _time_problems(
    discount: Discount, subscription: Subscription, start: datetime, at: datetime
) -> Iterator[Problem]:
    if discount.starts is not None and at < discount.starts:
        yield _wrong("not_yet", "discount", f"{discount.name} can be redeemed from {iso(discount.starts)} on")
    if discount.ends is not None and at >= discount.ends:
        yield _wrong("over", "discount", f"{discount.name} ended at {iso(discount.ends)}")
    if subscription.end is not None and start >= subscription.end:
        yield _wrong("ended", "start", f"{subscription.id} ends at {iso(subscription.end)}")


def _who_problems(
    state: State, version: CatalogVersion, discount: Discount, subscription: Subscription, at: datetime
) -> Iterator[Problem]:
    if discount.plans and subscription.plan not in discount.plans:
        allowed = ", ".join(discount.plans)
        yield _wrong("not_for_plan", "subscription", f"it is not for the plan {subscription.plan!r}", allowed)
    customer = state.get(Customer, subscription.customer)
    values = customer.attributes_at(at) if customer else {}
    for name, wanted in discount.attributes.items():
        if values.get(name) not in wanted:
            message = f"it is for customers whose {name} is {' or '.join(wanted)}"
            yield _wrong("not_for_customer", "customer", message)
    yield from _price_problems(version.catalog.plans.get(subscription.plan), discount, subscription)


def _new_problems(discount: Discount, subscription: Subscription, *, billed: bool) -> Iterator[Problem]:
    if discount.new_customers and billed:
        yield _wrong("not_new", "customer", f"{subscription.customer!r} was billed before")
    months = term_months(subscription)
    if discount.term_months and (months is None or months < discount.term_months):
        message = f"it is for terms of {discount.term_months} months or more"
        yield _wrong("term_too_short", "subscription", message)


def _price_problems(plan: Plan | None, discount: Discount, subscription: Subscription) -> Iterator[Problem]:
    if plan is None or not discount.applies_to:
        return
    paid = {item.price for item in plan.items} | set(subscription.add_ons)
    if not paid & set(discount.applies_to):
        yield _wrong("nothing_to_discount", "subscription", "the subscription pays none of its prices")


def _condition_problems(discount: Discount, asked: Asked) -> Iterator[Problem]:
    for condition in discount.conditions:
        if condition not in asked.confirmed:
            yield _wrong("not_confirmed", "confirmed", f"the customer must agree: {condition}", condition)


def _write(
    subscription: Subscription, redemption: Redemption, slots: DiscountSlots, versions: _Versions
) -> Write:
    """Subscription, redemption and count in one write that fails if any of them changed meanwhile."""
    customer = subscription.customer
    base = saving(Kind.SUBSCRIPTION, customer, subscription, subscription.id, versions.subscription)
    taken = replace(slots, taken=slots.taken + 1)
    batch = Batch(
        kind=Kind.CONTRACT,
        customers=[customer, WORKSPACE_CHAIN],
        payloads=[telling(redemption), telling(taken)],
    )
    return Write(
        batches=(*base.batches, batch),
        rows=(*base.rows, Save(record=redemption, told_by=1), Save(record=taken, told_by=2)),
        expect=(
            *base.expect,
            Expect(type=Redemption, key=redemption.id, version=None),
            Expect(type=DiscountSlots, key=slots.key, version=versions.slots),
        ),
    )


def _wrong(code: str, field: str, message: str, allowed: str = "") -> Problem:
    return Problem(code=code, message=message, field=field, allowed=allowed)
