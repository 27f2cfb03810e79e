"""The calculator gives bills: those that billing makes, and their spread where inputs are ranges."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from steelyard.adapters.chance import Seeded
from steelyard.billing.run import preview
from steelyard.catalog import Catalog, Source, validate
from steelyard.insight.draws import Range, drawn, exactly_so
from steelyard.insight.estimate import Estimate, PlanEstimate, estimate
from steelyard.insight.inputs import Inputs, RangedUsage
from steelyard.kernel import InvalidInput
from tests.billing_catalog import catalog
from tests.billing_world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def valid(values: dict[str, Any]) -> Catalog:
    found = validate(Source(values=values))
    assert isinstance(found, Catalog), found
    return found


def tokens(low: int, likely: int, high: int) -> dict[str, tuple[RangedUsage, ...]]:
    ends = Range(low=Decimal(low), likely=Decimal(likely), high=Decimal(high))
    return {"tokens": (RangedUsage(quantity=ends, where={"model": "big"}),)}


def of(found: Estimate, plan: str) -> PlanEstimate:
    return next(one for one in found.plans if one.plan.key == plan)


SEATS = {"seats": exactly_so(Decimal(3))}


def test_with_zero_width_it_equals_the_invoice(world: World) -> None:
    world.publish(catalog(token_price="2.50"))
    world.customer("acme", tax="19")
    world.subscribe("acme", "team", quantities={"seats": "3"})
    event = {"id": "e1", "type": "llm", "time": "2026-10-05T10:00:00Z", "model": "big", "tokens": 3_001_000}
    world.use("acme", [event])
    world.fold()
    invoice = preview(world.books, "acme", "2026-10")
    inputs = Inputs(
        usage=tokens(3_001_000, 3_001_000, 3_001_000), quantities=SEATS, tax=Decimal(19), period="2026-10"
    )
    found = of(estimate(valid(catalog(token_price="2.50")), inputs, plans=["team"]), "team")
    assert found.spread == dict.fromkeys((10, 50, 90), invoice.total)
    assert [(line.price_key, line.amount, line.steps) for line in found.bill.lines] == [
        (line.price_key, line.amount, line.steps) for line in invoice.lines
    ]


def test_every_draw_is_billed_as_its_own_exact_input() -> None:
    priced = valid(catalog(token_price="2.50"))
    inputs = Inputs(usage=tokens(0, 500_000, 9_000_000), quantities=SEATS, period="2026-10")
    found = of(estimate(priced, inputs, plans=["team"], draws=40, chance=Seeded(7)), "team")
    totals: list[Decimal] = []
    for quantity, _ in drawn(inputs.ranges, draws=40, chance=Seeded(7)):
        exact = Inputs(
            usage=tokens(int(quantity), int(quantity), int(quantity)), quantities=SEATS, period="2026-10"
        )
        totals.append(of(estimate(priced, exact, plans=["team"]), "team").bill.total)
    totals.sort()
    assert found.spread == {10: totals[3], 50: totals[19], 90: totals[35]}
    assert found.spread[10] < found.spread[50] < found.spread[90]


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    wide = [Range(low=Decimal(0), likely=Decimal(10), high=Decimal(1000))]
    assert drawn(wide, draws=50, chance=Seeded(1)) == drawn(wide, draws=50, chance=Seeded(1))
    assert drawn(wide, draws=50, chance=Seeded(1)) != drawn(wide, draws=50, chance=Seeded(2))


def test_stratified_draws_meet_the_quantiles_of_the_triangle() -> None:
    wide = Range(low=Decimal(0), likely=Decimal(0), high=Decimal(10_000))
    values = sorted(one for (one,) in drawn([wide], draws=1000, chance=Seeded(3)))
    assert abs(values[499] - Decimal("2928.9")) < 20  # 10,000 × (1 − √½)
    assert (values[0] >= 0, values[-1] <= 10_000) == (True, True)


def test_inputs_that_the_catalog_does_not_know_are_refused_all_at_once() -> None:
    inputs = Inputs(
        usage={"toks": (RangedUsage(quantity=exactly_so(Decimal(1))),)},
        quantities={"chairs": exactly_so(Decimal(-1))},
        needs={"moon": Decimal(1)},
    )
    with pytest.raises(InvalidInput) as refused:
        estimate(valid(catalog()), inputs)
    assert [one.field for one in refused.value.problems] == [
        "usage.toks", "quantities.chairs", "needs.moon", "quantities.chairs",
    ]  # fmt: skip


def test_a_range_out_of_order_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        Range(low=Decimal(2), likely=Decimal(1), high=Decimal(3))
    assert refused.value.detail_code == "bad_range"
