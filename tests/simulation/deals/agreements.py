"""Moves about what is agreed: subscriptions, contracts, commitments, discounts, who belongs to whom.

A move looks at what there is, and asks one thing; what it asks may be refused in words.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from steelyard.catalog import releases
from steelyard.contracts import Contract, Subscription
from steelyard.kernel import from_micros, instant, iso
from tests.simulation.deals.desk import Ask, Desk

PEOPLE = ("acme", "bolt", "cask")
BEGINNING = instant("2026-10-01T00:00:00Z")
_RENEWAL = {"term_months": 1, "automatic": True, "uplift_percent": "5"}


def now(desk: Desk) -> datetime:
    """What the world's clock says."""
    return from_micros(desk.now_micros)


def moment(desk: Desk, rng: Random) -> str:
    """Some moment around now: past or to come, at the edge of a month or within it."""
    day = now(desk) + timedelta(days=rng.randint(-35, 25))
    day = day.replace(hour=0, minute=0, second=0, microsecond=0)
    how = rng.random()
    if how < 0.4:
        day = day.replace(day=1)
    elif how < 0.6:
        day = day.replace(hour=rng.randrange(24))
    return iso(max(day, BEGINNING))


def subscription(desk: Desk, rng: Random) -> Subscription:
    """A subscription of somebody who is free to change."""
    found = desk.workspace.state.find(Subscription)
    return rng.choice([one for one in sorted(found, key=lambda one: one.id) if one.customer in PEOPLE])


def contract(desk: Desk, rng: Random) -> Contract | None:
    """A contract of somebody who is free to change, if there is one."""
    found = sorted(desk.workspace.state.find(Contract), key=lambda one: one.id)
    return rng.choice([one for one in found if one.customer in PEOPLE] or [None])


def _change(desk: Desk, rng: Random, **asked: Any) -> Ask:
    when: dict[str, Any] = rng.choice(
        ({}, {"when": "now"}, {"when": "next_period"}, *[{"effective_from": moment(desk, rng)}] * 3)
    )
    body = {"reason": "r", "adjust": rng.random() < 0.7, **when, **asked}
    return Ask(name="subscription_changes.create", path={"id": subscription(desk, rng).id}, body=body)


def change_plan(desk: Desk, rng: Random) -> Ask:
    """Upgrade or downgrade."""
    seats = {"quantities": {"seats": str(rng.randint(1, 9))}}
    plan = rng.choice(("team", "pro", "stream", "results"))
    return _change(desk, rng, plan=plan, **(seats if plan in ("team", "pro") else {}))


def change_seats(desk: Desk, rng: Random) -> Ask:
    """More seats, or fewer."""
    return _change(desk, rng, quantities={"seats": str(rng.choice((0, 1, 4, 7, "2.5")))})


def change_prices(desk: Desk, rng: Random) -> Ask:
    """A price more, or one less."""
    return _change(desk, rng, **{rng.choice(("add", "add", "remove")): ["care"]})


def pause(desk: Desk, rng: Random) -> Ask:
    """Pause for a while, or until further notice."""
    until = {"until": moment(desk, rng)} if rng.random() < 0.4 else {}
    return _change(desk, rng, action="pause", **until)


def resume(desk: Desk, rng: Random) -> Ask:
    """Go on after a pause."""
    return _change(desk, rng, action="resume")


def try_out(desk: Desk, rng: Random) -> Ask:
    """A trial until a moment."""
    return _change(desk, rng, action="trial", until=moment(desk, rng))


def cancel(desk: Desk, rng: Random) -> Ask:
    """Cancel a subscription."""
    return _change(desk, rng, action="cancel")


def pin(desk: Desk, rng: Random) -> Ask:
    """Stay on a version of the catalog, or go back to the live one."""
    versions = [one.version_id for one in releases(desk.workspace.state)]
    return _change(desk, rng, catalog=rng.choice(("live", *versions)))


def withdraw(desk: Desk, rng: Random) -> Ask | None:
    """Take a change back."""
    one = subscription(desk, rng)
    if not one.changes:
        return None
    return Ask(
        name="subscription_changes.withdraw", path={"id": one.id, "change": rng.choice(one.changes).id}
    )


def begin(desk: Desk, rng: Random) -> Ask:
    """Begin another subscription."""
    body = {
        "customer": rng.choice(PEOPLE),
        "plan": rng.choice(("stream", "results", "counter")),
        "start": moment(desk, rng),
    }
    return Ask(name="subscriptions.create", body=body)


def _rate(desk: Desk, rng: Random) -> dict[str, Any]:
    price = rng.choice(("seats", "big", "flow", "pro_seats", "*"))
    return {
        "price": price,
        "multiplier": rng.choice(("0.8", "0.5", "0.95")),
        "effective_from": moment(desk, rng),
    }


def _fee(desk: Desk, rng: Random) -> dict[str, Any]:
    months = rng.choice((1, 1, 3))
    key = f"fee{rng.randrange(4)}"
    return {
        "key": key, "name": key, "amount": str(rng.randint(10, 90)), "effective_from": moment(desk, rng),
        "every_months": months,
    }  # fmt: skip


def _terms(desk: Desk, rng: Random) -> dict[str, Any]:
    every = rng.choice(("month", "month", "year"))
    amount = rng.choice((60, 240, 1200))
    payment = rng.choice(("prepaid", "postpaid", "scheduled"))
    months = 12 if every == "year" else 1
    return {
        "key": f"c{rng.randrange(5)}", "start": moment(desk, rng), "amount": str(amount), "every": every,
        "payment": payment, "schedule": [str(amount // months)] * months if payment == "scheduled" else [],
        "rollover": rng.choice(("0", "0", "0.5", "1")), "percent": rng.choice(("0", "20")),
        "overage_factor": rng.choice(("1", "1.5")), "burst": rng.choice(("0", "50")),
        "priority": rng.randrange(3),
    }  # fmt: skip


def make_contract(desk: Desk, rng: Random) -> Ask:
    """Make a contract with some of what contracts can hold."""
    start = moment(desk, rng)
    body: dict[str, Any] = {
        "customer": rng.choice(PEOPLE), "name": f"k{rng.randrange(3)}", "start": start, "reason": "r",
        "adjust": rng.random() < 0.7, "day_count": rng.choice(("actual", "fixed_30")),
    }  # fmt: skip
    if rng.random() < 0.5:
        body["overrides"] = [_rate(desk, rng)]
    if rng.random() < 0.3:
        body["fees"] = [_fee(desk, rng)]
    if rng.random() < 0.3:
        body["commitments"] = [_terms(desk, rng)]
    if rng.random() < 0.4:
        length = timedelta(days=rng.choice((31, 45, 90)))
        body["end"] = iso(instant(start) + length)
        body["renewal"] = _RENEWAL
    if rng.random() < 0.25:
        body["members"] = [{"customer": rng.choice(PEOPLE), "effective_from": start}]
        body["sharing"] = rng.choice(("shared", "split"))
    return Ask(name="contracts.create", body=body)


def amend_contract(desk: Desk, rng: Random) -> Ask | None:
    """Amend a contract by one thing."""
    one = contract(desk, rng)
    if one is None:
        return None
    part: dict[str, Any] = rng.choice(_PARTS)(desk, rng, one)
    body = {"reason": "r", "adjust": rng.random() < 0.7, **part}
    return Ask(name="contracts.amend", path={"id": one.id}, body=body)


def _escalator(desk: Desk, rng: Random, _: Contract) -> dict[str, Any]:
    step = {"first_at": moment(desk, rng), "percent": rng.choice(("3", "7.5")), "every_months": 1}
    return {"escalators": [step]}


def _phase(desk: Desk, rng: Random, _: Contract) -> dict[str, Any]:
    said: dict[str, Any] = {"name": f"p{rng.randrange(9)}", "effective_from": moment(desk, rng)}
    kind = rng.choice(("quantities", "overrides", "commitment", "plan"))
    values = {
        "quantities": {"seats": str(rng.randint(1, 6))},
        "overrides": [{"price": "*", "multiplier": "0.9"}],
        "commitment": "80",
        "plan": rng.choice(("team", "pro")),
    }
    return {"phases": [{**said, kind: values[kind]}]}


def _lock(desk: Desk, rng: Random, _: Contract) -> dict[str, Any]:
    start = moment(desk, rng)
    end = iso(instant(start) + timedelta(days=40))
    return {
        "locks": [{"price": rng.choice(("flow", "seats")), "effective_from": start, "effective_until": end}]
    }


def _end_fee(desk: Desk, rng: Random, one: Contract) -> dict[str, Any]:
    return {"end_fees": {fee.key: moment(desk, rng) for fee in one.fees[:1]}}


def _member(desk: Desk, rng: Random, _: Contract) -> dict[str, Any]:
    until = {"effective_until": moment(desk, rng)} if rng.random() < 0.3 else {}
    return {"members": [{"customer": rng.choice(PEOPLE), "effective_from": moment(desk, rng), **until}]}


_PARTS = (
    lambda desk, rng, _: {"overrides": [_rate(desk, rng)]},
    lambda desk, rng, _: {"fees": [_fee(desk, rng)]},
    lambda desk, rng, _: {"commitments": [_terms(desk, rng)]},
    lambda desk, rng, _: {"end": moment(desk, rng)},
    lambda desk, rng, _: {"renewal": _RENEWAL},
    _escalator,
    _phase,
    _lock,
    _end_fee,
    _member,
)


def give_notice(desk: Desk, rng: Random) -> Ask | None:
    """A contract is not to go on."""
    one = contract(desk, rng)
    return None if one is None else Ask(name="contracts.notice", path={"id": one.id}, body={"reason": "r"})


def renew(desk: Desk, rng: Random) -> Ask | None:
    """A contract goes on, because somebody says so."""
    one = contract(desk, rng)
    return None if one is None else Ask(name="contracts.renew", path={"id": one.id}, body={"reason": "r"})


def renew_due(_: Desk, __: Random) -> Ask:
    """Every contract goes on whose end has come."""
    return Ask(name="contracts.renew_due", body={})


def commit(desk: Desk, rng: Random) -> Ask:
    """A subscription commits to an amount."""
    scope = rng.choice(("subscription", "subscription", "customer"))
    body = {**_terms(desk, rng), "scope": scope, "adjust": rng.random() < 0.7}
    return Ask(name="commitments.attach", path={"id": subscription(desk, rng).id}, body=body)


def end_commitment(desk: Desk, rng: Random) -> Ask | None:
    """A commitment ends before its time."""
    one = subscription(desk, rng)
    if not one.commitments:
        return None
    key = rng.choice(one.commitments).key
    body = {"at": moment(desk, rng), "adjust": rng.random() < 0.7}
    return Ask(name="commitments.end", path={"id": one.id, "key": key}, body=body)


def redeem(desk: Desk, rng: Random) -> Ask:
    """A discount or a coupon is redeemed."""
    which = rng.choice(({"discount": "tenth"}, {"discount": "gift"}, {"discount": "fresh"}, {"code": "SAVE"}))
    body = {**which, "start": moment(desk, rng), "adjust": rng.random() < 0.7}
    return Ask(name="discounts.redeem", path={"id": subscription(desk, rng).id}, body=body)


def merge(desk: Desk, rng: Random) -> Ask:
    """A customer merges into another."""
    one, other = rng.sample(PEOPLE, k=2)
    body = {
        "into": other, "effective_from": moment(desk, rng), "reason": "r",
        "commitments": rng.choice(("keep", "transfer")),
    }  # fmt: skip
    return Ask(name="customers.merge", path={"key": one}, body=body)


def part(desk: Desk, rng: Random) -> Ask:
    """A customer stands alone again."""
    body = {"effective_from": moment(desk, rng), "reason": "r"}
    return Ask(name="customers.part", path={"key": rng.choice(PEOPLE)}, body=body)


def migrate(desk: Desk, rng: Random) -> Ask:
    """Those who stay on an earlier version move to the live one."""
    body = {"name": f"m{rng.randrange(1000)}", "effective_at": moment(desk, rng), "reason": "r"}
    return Ask(name="migrations.create", body=body)
