"""Moves about what happened: outcomes, corrections, backfills, erasure, the key, the catalog."""

from __future__ import annotations

from random import Random

from steelyard.billing.retention import LegalHold
from steelyard.kernel import Period, iso
from steelyard.metering import Backfill
from steelyard.metering.outcomes import Outcome
from tests.simulation.deals.agreements import PEOPLE, moment
from tests.simulation.deals.catalog import catalog
from tests.simulation.deals.desk import Ask, Desk

STRANGER = "priv"
"""A customer without a subscription: what it used is on no bill, and may be erased."""


def claim(desk: Desk, rng: Random) -> Ask:
    """A result was reached."""
    body = {
        "customer": rng.choice(PEOPLE), "type": "ticket.solved", "key": str(rng.randrange(40)),
        "occurred_at": moment(desk, rng), "window_days": rng.choice((0, 7, 40)),
    }  # fmt: skip
    return Ask(name="outcomes.claim", body=body)


def decide(desk: Desk, rng: Random) -> Ask | None:
    """Something is done about a result: agreed to, disputed, taken back."""
    found = sorted(desk.workspace.state.find(Outcome), key=lambda one: one.id)
    if not found:
        return None
    action = rng.choice(("confirm", "contest", "accept", "accept", "reverse", "reverse"))
    return Ask(name=f"outcomes.{action}", path={"id": rng.choice(found).id}, body={"reason": "r"})


def settle(_: Desk, __: Random) -> Ask:
    """Results whose window is over are accepted."""
    return Ask(name="outcomes.settle", body={})


def correct(_: Desk, rng: Random) -> Ask:
    """An event is put right, or ceases to count."""
    action = rng.choice(("void", "amend", "amend", "hold", "release"))
    event = {"event": {"data": {"units": rng.choice((0, 5, 700))}}} if action == "amend" else {}
    body = {"action": action, "source": "app", "id": f"e{rng.randrange(16)}", "reason": "r", **event}
    return Ask(name="corrections.create", body=body)


def _newest(desk: Desk) -> Backfill | None:
    return max(desk.workspace.state.find(Backfill), key=lambda one: one.opened_at, default=None)


def open_backfill(_: Desk, __: Random) -> Ask:
    """A backfill begins."""
    return Ask(name="backfills.open", body={"reason": "r"})


def fill(desk: Desk, rng: Random) -> Ask | None:
    """A backfill gets events, or names what it sets aside."""
    one = _newest(desk)
    if one is None:
        return None
    if rng.random() < 0.4:
        month = Period.month(2026, rng.choice((10, 11)))
        said = {"customer": rng.choice(PEOPLE), "from": iso(month.start), "to": iso(month.end)}
        return Ask(name="backfills.deprecate", path={"id": one.id}, body={"ranges": [said]})
    event = {
        "id": f"b{rng.randrange(1 << 20)}", "source": "app", "type": "flow", "subject": rng.choice(PEOPLE),
        "time": f"2026-{rng.choice((10, 11))}-{rng.randint(1, 30):02d}T10:00:00Z", "data": {"units": 300},
    }  # fmt: skip
    return Ask(name="backfills.add", path={"id": one.id}, body={"events": [event]})


def end_backfill(desk: Desk, rng: Random) -> Ask | None:
    """A backfill is committed, taken back, or abandoned."""
    one = _newest(desk)
    if one is None:
        return None
    action = rng.choice(("commit", "commit", "revert", "abandon"))
    return Ask(name=f"backfills.{action}", path={"id": one.id}, body={"reason": "r"})


def hold_legally(_: Desk, rng: Random) -> Ask:
    """Nothing of a customer may be erased."""
    return Ask(name="holds.place", body={"customer": rng.choice((STRANGER, *PEOPLE)), "reason": "r"})


def lift(desk: Desk, rng: Random) -> Ask | None:
    """A legal hold is lifted."""
    found = sorted(desk.workspace.state.find(LegalHold), key=lambda one: (one.customer, one.at))
    if not found:
        return None
    return Ask(name="holds.lift", path={"id": rng.choice(found).id}, query={"reason": "r"})


def erase(_: Desk, rng: Random) -> Ask:
    """What a customer used is forgotten, where it may be."""
    body = {"reason": "r", "partial": rng.random() < 0.5}
    return Ask(name="erasures.erase", path={"key": rng.choice((STRANGER, STRANGER, *PEOPLE))}, body=body)


def rotate(_: Desk, __: Random) -> Ask:
    """The record's key changes."""
    return Ask(name="record.rotate", body={"reason": "r"})


def publish(_: Desk, rng: Random) -> Ask:
    """Prices change."""
    return Ask(name="catalog.publish", body={"catalog": catalog(flow=rng.choice(("0.37", "0.3", "0.25")))})
