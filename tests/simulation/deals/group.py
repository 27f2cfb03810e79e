"""Two customers who share a commitment, beside one who uses what both use: they must pay the same."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from steelyard.contracts import Contract
from tests.simulation.deals.agreements import moment
from tests.simulation.deals.desk import Ask, Desk

PAYER, MEMBER, ALONE = "duo", "mate", "solo"
_START = "2026-10-01T00:00:00Z"


def founding(rng: Random) -> Iterator[Ask]:
    """The three customers, what they subscribe to, and the contracts."""
    terms = rng.randrange(1 << 30)
    for key in (PAYER, MEMBER, ALONE):
        yield Ask(name="customers.create", body={"key": key, "name": key, "currency": "USD"})
        yield Ask(name="subscriptions.create", body={"customer": key, "plan": "stream", "start": _START})
    for key in (PAYER, ALONE):
        yield _contract(key, Random(terms))


def _contract(customer: str, rng: Random) -> Ask:
    """The contract of the group, or the same terms for the one who stands alone."""
    payment = rng.choice(("prepaid", "postpaid"))
    terms = {
        "key": "pool", "start": _START, "amount": str(rng.choice((120, 600, 2400))), "payment": payment,
        "every": rng.choice(("month", "year")), "percent": rng.choice(("0", "10")),
        "rollover": rng.choice(("0", "0.5")), "overage_factor": rng.choice(("1", "1.5")),
        "burst": rng.choice(("0", "100")),
    }  # fmt: skip
    members = [{"customer": MEMBER, "effective_from": _START}] if customer == PAYER else []
    body = {
        "customer": customer, "name": customer, "start": _START, "sharing": "shared", "members": members,
        "commitments": [terms], "reason": "r",
    }  # fmt: skip
    return Ask(name="contracts.create", body=body)


def amend(customer: str, desk: Desk, rng: Random) -> Ask:
    """The same amendment of either contract."""
    start = moment(desk, rng)
    part: dict[str, Any] = rng.choice(
        (
            {
                "overrides": [
                    {"price": "flow", "multiplier": f"0.{rng.randint(50, 99)}", "effective_from": start}
                ]
            },
            {"escalators": [{"first_at": start, "percent": "10", "every_months": 1}]},
            {
                "overrides": [
                    {"price": "flow", "included": f"{rng.randint(90, 400)}", "effective_from": start}
                ]
            },
        )
    )
    (own,) = desk.workspace.state.find(Contract, customer=customer)
    body = {"reason": "r", "adjust": True, **part}
    return Ask(name="contracts.amend", path={"id": own.id}, body=body)
