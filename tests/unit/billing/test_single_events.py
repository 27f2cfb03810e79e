"""Charges for single events still verify after erasure: their steps are the price's, and fit the usage."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from steelyard.billing import Document
from steelyard.billing.evidence import build, verify
from steelyard.billing.evidence.single_events import stated_charge
from steelyard.catalog import Price
from steelyard.kernel import instant
from steelyard.rating import PercentagePrice, Rated, StepKind, Usage, rate
from tests.billing_catalog import catalog
from tests.billing_world import World

KEPT = {"owner": "Ada", "definition": "As agreed."}
WORTH = (10, 80, 110, 40)


def sold(world: World, **price: Any) -> tuple[Document, list[int]]:
    """A month of four sales under a share of their worth, billed; the indexes of their entries."""
    made = catalog()
    meter = {"event_types": ["sale"], "aggregation": "sum", "value": "$.worth"}
    made["metrics"].append({**KEPT, "key": "moved", "name": "Moved", "unit": "dollars", "meter": meter})
    rate = {"key": "share", "name": "Share", "model": "percentage", "metric": "moved", "percent": "2"}
    made["rate_cards"][0]["rates"].append({**KEPT, **rate, "event_amount": "0.3", **price})
    made["plans"][1]["items"] = [{"price": "share"}]
    world.publish(made)
    world.customer("acme", tax="20")
    world.subscribe("acme", "counter")
    written = world.use("acme", [sale(n, worth) for n, worth in enumerate(WORTH, start=1)])
    world.bill()
    (document,) = world.documents()
    return document, list(written.indexes)


def sale(day: int, worth: int) -> dict[str, Any]:
    return {"id": f"s{day}", "type": "sale", "time": f"2026-10-{day:02}T00:00:00Z", "worth": worth}


def verdict(world: World, document: Document) -> Any:
    return verify(build(document, state=world.state, usage=world.usage, reader=world.reader), world.vkey)


@pytest.mark.parametrize(
    "price",
    [
        {"free_events": 2},
        {"free_amount": "60"},
        {"event_maximum": "2", "free_events": 1},
        {"free_events": 1, "maximum": "2"},
    ],
)
def test_a_free_window_verifies_after_its_events_were_erased(world: World, price: dict[str, Any]) -> None:
    document, indexes = sold(world, **price)
    assert verdict(world, document).problems == ()
    world.erase("acme", [indexes[0], indexes[2]])
    found = verdict(world, document)
    assert (found.problems, found.erased) == ((), 2)
    assert found.notes[1].startswith("charges for single events that were erased (Share)")


def test_an_adjustment_of_such_a_charge_verifies_after_erasure_too(world: World) -> None:
    _, indexes = sold(world, free_events=2)
    world.use("acme", [{**sale(5, 30), "id": "late"}])
    world.bill("2026-11", at=instant("2026-12-02T09:00:00Z"))
    (document,) = world.documents("2026-11")
    assert verdict(world, document).problems == ()
    world.erase("acme", [indexes[0]])
    assert verdict(world, document).problems == ()


SHARE = PercentagePrice(percent=Decimal(2), event_amount=Decimal("0.3"), free_events=1)
USED = Usage(quantity=Decimal(240), events=4, values=tuple(map(Decimal, WORTH)))
PRICE = Price(
    key="share",
    name="Share",
    owner="o",
    definition="d",
    card="c",
    family="share",
    currency="USD",
    model=SHARE,
    metric="moved",
)


def charge_as(rated: Rated, price: Price = PRICE, quantity: int = 240, events: int = 4) -> Rated | None:
    return stated_charge(price, rated.steps, quantity=Decimal(quantity), events=events, exact=rated.amount)


def test_steps_that_the_price_did_not_make_are_not_believed() -> None:
    said = rate(SHARE, USED)
    assert charge_as(said) == said
    free, share, each = said.steps
    assert free.kind is StepKind.NOTE
    dearer = replace(share, unit_amount=Decimal("0.03"), amount=share.quantity * Decimal("0.03"))
    less = replace(share, quantity=Decimal(100), amount=Decimal(2))
    wrong_product = replace(each, amount=each.amount + 1)
    paid_note = replace(free, amount=Decimal(1))
    extra = replace(each, kind=StepKind.FLAT)
    for steps in (
        (free, dearer, each),
        (free, less, each),
        (free, share, wrong_product),
        (paid_note, share, each),
        (free, share, each, extra),
        (share, each),
    ):
        forged = Rated(amount=sum((step.amount for step in steps), Decimal(0)), steps=steps)
        assert charge_as(forged) is None
    assert charge_as(replace(said, amount=said.amount + 1)) is None
    assert charge_as(said, events=2) is None
    assert charge_as(said, quantity=229) is None


def test_a_price_that_looks_at_no_single_event_is_rated_anew() -> None:
    plain = PercentagePrice(percent=Decimal(2))
    assert charge_as(rate(plain, USED), replace(PRICE, model=plain)) is None
