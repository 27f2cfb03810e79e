"""Moves about credit: lots granted, bought, topped up, moved, ended, expired."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any, TypeVar

from steelyard.kernel import iso
from steelyard.ledger import CreditLot, CreditOrder, TopUp
from tests.simulation.deals.agreements import PEOPLE, moment, now
from tests.simulation.deals.desk import Ask, Desk

T = TypeVar("T", CreditLot, CreditOrder, TopUp)


def _some(desk: Desk, rng: Random, kind: type[T]) -> T | None:
    """One of those there are; ids are drawn by lot, so they stand in another order."""
    found = desk.workspace.state.find(kind)
    in_order = sorted(found, key=lambda one: (one.customer, one.name, one.amount))
    return rng.choice(in_order) if in_order else None


def _credit(rng: Random) -> dict[str, Any]:
    unit, amount = rng.choice((("USD", 30), ("USD", 150), ("points", 2500), ("points", 9001)))
    name = f"lot {rng.randrange(1 << 20)}"
    return {"customer": rng.choice(PEOPLE), "name": name, "unit": unit, "amount": str(amount)}


def grant(desk: Desk, rng: Random) -> Ask:
    """A lot of credit, for some charges or for all, that may expire and may be filled again."""
    body: dict[str, Any] = {
        **_credit(rng), "reason": "r", "effective_at": moment(desk, rng), "priority": rng.randrange(3),
        "cost_basis": rng.choice(("0", "0", "0.015")),
    }  # fmt: skip
    if rng.random() < 0.4:
        body["expires_at"] = iso(now(desk) + timedelta(days=rng.randint(1, 50)))
    if rng.random() < 0.25:
        body["scope"] = rng.choice(({"groups": ["core"]}, {"metrics": ["tokens"]}, {"prices": ["flow"]}))
    if rng.random() < 0.25:
        body["recurrence"] = {"interval": rng.choice(("P1M", "P10D")), "refill": rng.random() < 0.7}
        body["roll_over"] = {"maximum": rng.choice(("0", "20", "100000"))}
    return Ask(name="credits.grant", body=body)


def order(_: Desk, rng: Random) -> Ask:
    """Credit is bought."""
    more = {"valid_days": rng.randint(5, 60)} if rng.random() < 0.4 else {}
    return Ask(
        name="credit_orders.create",
        body={**_credit(rng), "reason": "r", "at_once": rng.random() < 0.5, **more},
    )


def cancel_order(desk: Desk, rng: Random) -> Ask | None:
    """An order is cancelled."""
    one = _some(desk, rng, CreditOrder)
    return None if one is None else Ask(name="credit_orders.cancel", path={"id": one.id}, body={})


def make_rule(_: Desk, rng: Random) -> Ask:
    """Credit comes by itself where it falls below a threshold."""
    body = {
        **_credit(rng), "threshold": str(rng.choice((1, 50, 4000))), "next_document": rng.random() < 0.5,
        "cost_basis": rng.choice(("0", "0.01")), "most_per_month": 2,
        # Lots that come at one moment stand in the order of their ids, which are drawn by lot.
        "priority": rng.randrange(1000),
    }  # fmt: skip
    return Ask(name="top_ups.create", body=body)


def run_rules(_: Desk, __: Random) -> Ask:
    """The rules are carried out."""
    return Ask(name="top_ups.run", body={})


def remove_rule(desk: Desk, rng: Random) -> Ask | None:
    """A rule is removed."""
    one = _some(desk, rng, TopUp)
    return None if one is None else Ask(name="top_ups.remove", path={"id": one.id})


def transfer(desk: Desk, rng: Random) -> Ask | None:
    """A part of a lot goes to another customer."""
    one = _some(desk, rng, CreditLot)
    if one is None:
        return None
    body = {"to": rng.choice(PEOPLE), "amount": rng.choice(("5", "29.99", "1000")), "reason": "r"}
    return Ask(name="credits.transfer", path={"id": one.id}, body=body)


def void(desk: Desk, rng: Random) -> Ask | None:
    """A lot ends now."""
    one = _some(desk, rng, CreditLot)
    return None if one is None else Ask(name="credits.void", path={"id": one.id}, body={"reason": "r"})


def post_breakage(desk: Desk, rng: Random) -> Ask:
    """What expired unused is revenue."""
    return Ask(name="credit_orders.breakage", body={"period": rng.choice(("2026-10", "2026-11"))})
