"""What usage costs the seller is told beside its price and never mixed with it."""

from decimal import Decimal

from steelyard.billing.costs import UsageCost, usage_costs
from steelyard.catalog import live_version
from steelyard.kernel import parse_month
from tests.billing_catalog import catalog
from tests.billing_world import World

OCTOBER = parse_month("2026-10")
KEPT = {"owner": "Ada", "definition": "As bought."}


def with_cost_card(world: World) -> None:
    rate = {
        "key": "bought",
        "name": "Bought tokens",
        "model": "per_unit",
        "metric": "tokens",
        "per": "1000000",
        "by": {"dimension": "model"},
        "table": {"big": "1.25", "small": "0.10"},
    }
    card = {**KEPT, "key": "purchase", "name": "Purchase", "currency": "USD", "rates": [rate]}
    world.publish({**catalog(), "cost_cards": [card]})


def costs(world: World, **fields: list[str]) -> list[UsageCost]:
    world.fold()
    version = live_version(world.state)
    assert version is not None
    return usage_costs(world.usage, version.catalog, OCTOBER, **fields)


def test_a_cost_card_rates_quantities_by_their_dimensions(world: World) -> None:
    with_cost_card(world)
    world.customer("acme")
    world.customer("idle")
    world.use(
        "acme",
        [
            {"id": 1, "type": "llm", "time": "2026-10-02T00:00:00Z", "model": "big", "tokens": 3_000_000},
            {"id": 2, "type": "llm", "time": "2026-10-03T00:00:00Z", "model": "small", "tokens": 500_000},
            {"id": 3, "type": "llm", "time": "2026-11-03T00:00:00Z", "model": "big", "tokens": 9_000_000},
            {"id": 4, "type": "llm", "time": "2026-10-04T00:00:00Z", "model": "unheard-of", "tokens": 7},
        ],
    )
    (one,) = costs(world)
    assert (one.customer, one.currency) == ("acme", "USD")
    assert (one.carried, one.rated, one.total) == (0, Decimal("3.80"), Decimal("3.80"))
    assert costs(world, customers=["idle"]) == []


def test_costs_that_events_carry_stand_beside_the_rated_ones_by_currency(world: World) -> None:
    with_cost_card(world)
    world.customer("acme")
    event = {"type": "llm", "time": "2026-10-02T00:00:00Z", "model": "big", "tokens": 1_000_000}
    world.use("acme", [{**event, "id": 1, "cost": "0.40", "currency": "USD"}])
    world.use("acme", [{**event, "id": 2, "cost": "0.60", "currency": "EUR"}])
    found = {one.currency: (one.carried, one.rated) for one in costs(world)}
    assert found == {"EUR": (Decimal("0.60"), 0), "USD": (Decimal("0.40"), Decimal("2.50"))}


def test_the_bill_does_not_know_the_cost(world: World) -> None:
    with_cost_card(world)
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": Decimal(1)})
    event = {"id": 1, "type": "llm", "time": "2026-10-02T00:00:00Z", "model": "big", "tokens": 2_001_000}
    world.use("acme", [{**event, "cost": "1000"}])
    world.bill()
    (document,) = world.documents()
    assert document.subtotal == Decimal("49") + Decimal("20") + Decimal("5.00")
