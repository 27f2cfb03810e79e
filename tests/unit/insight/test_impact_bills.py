"""The impact of a catalog is what billing would have charged by it, on the same usage."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from steelyard.billing.run import preview
from steelyard.catalog import Catalog, Follows, Impact, Source, validate
from steelyard.contracts.rollout import moved_to
from steelyard.insight import impact_of
from steelyard.kernel import instant
from tests.billing_catalog import catalog
from tests.billing_world import World

OVER = instant("2026-11-10T00:00:00Z")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def used(number: int, tokens: int, **fields: Any) -> dict[str, Any]:
    event = {"id": f"e{number}", "type": "llm", "time": "2026-10-05T10:00:00Z", "model": "big", "user": "u"}
    return event | {"tokens": tokens} | fields


def candidate(values: dict[str, Any]) -> Catalog:
    found = validate(Source(values=values))
    assert isinstance(found, Catalog), found
    return found


def impact(world: World, values: dict[str, Any], **fields: Any) -> Impact:
    world.fold()
    return impact_of(
        world.state, world.usage, candidate(values), month="2026-10", now=fields.pop("now", OVER), **fields
    )


def by_customer(found: Impact) -> dict[str, tuple[Decimal, Decimal]]:
    return {one.customer: (one.old, one.new) for one in found.customers}


def test_old_and_new_bill_are_those_that_billing_makes(world: World) -> None:
    world.publish(catalog(token_price="2.50"))
    for key in ("acme", "beta"):
        world.customer(key, tax="19")
        world.subscribe(key, "team", quantities={"seats": "3"})
    world.use("acme", [used(1, 3_001_000)])
    found = impact(world, catalog(token_price="4.00"))
    before = {key: preview(world.books, key, "2026-10").subtotal for key in ("acme", "beta")}
    world.publish(catalog(token_price="4.00"))
    after = {key: preview(world.books, key, "2026-10").subtotal for key in ("acme", "beta")}
    assert by_customer(found) == {key: (before[key], after[key]) for key in ("acme", "beta")}
    assert before["acme"] != after["acme"]
    assert [one.customer for one in found.losers] == ["acme"]


def test_a_candidate_like_the_live_catalog_changes_nothing(world: World) -> None:
    world.publish(catalog())
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": "3"})
    world.use("acme", [used(1, 5_000_000)])
    found = impact(world, catalog())
    assert found.base == found.candidate
    assert found.is_nothing
    assert found.customers[0].old > 0


def test_whoever_is_pinned_stays_and_what_that_is_worth_is_told(world: World) -> None:
    first = world.publish(catalog(token_price="2.50"))
    world.publish(catalog(token_price="3.00"))
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": "0"}, catalog=first)
    world.use("acme", [used(1, 1_001_000)])
    (one,) = impact(world, catalog(token_price="4.00")).customers
    assert one.follows is Follows.PINNED
    assert (one.old, one.new) == (Decimal("53.00"), Decimal("53.00"))
    assert one.staying == Decimal("1.50")


def test_who_turned_in_mid_month_is_judged_by_the_part_that_follows_the_live_catalog(
    world: World,
) -> None:
    first = world.publish(catalog(token_price="2.50"))
    world.publish(catalog(token_price="3.00"))
    world.customer("acme")
    one = world.subscribe("acme", "team", quantities={"seats": "0"}, catalog=first)
    mid = instant("2026-10-17T00:00:00Z")
    turned = moved_to(one, "live", effective_from=mid, now=one.start, by="ada", reason="migration")
    world.subscribe("acme", "team", quantities={"seats": "0"}, catalog=first, changes=turned.changes)
    # 1,000 units a month are free: 516.129032258 for the first 16 of 31 days.
    world.use("acme", [used(1, 2_000_000), used(2, 2_000_000, time="2026-10-20T10:00:00Z")])
    (found,) = impact(world, catalog(token_price="4.00")).customers
    assert found.follows is Follows.LIVE
    assert found.old == preview(world.books, "acme", "2026-10").subtotal == Decimal("61.50")
    # Only the 2 million of the second part cost 8.00 instead of 6.00.
    assert found.new == Decimal("63.50")


def test_who_a_migration_moved_to_a_version_is_counted_as_pinned(world: World) -> None:
    first = world.publish(catalog())
    world.customer("acme")
    one = world.subscribe("acme", "team", quantities={"seats": "0"})
    for version, day in ((first, "2026-09-10"), ("live", "2027-01-01")):
        since = instant(f"{day}T00:00:00Z")
        one = moved_to(one, version, effective_from=since, now=one.start, by="ada", reason=day)
        world.subscribe("acme", "team", quantities={"seats": "0"}, changes=one.changes)
        (found,) = impact(world, catalog(token_price="4.00")).customers
        assert found.follows is (Follows.PINNED if version == first else Follows.UNTIL)


def test_a_plan_that_goes_away_breaks_who_is_on_it(world: World) -> None:
    world.publish(catalog())
    world.customer("acme")
    world.subscribe("acme", "counter")
    world.use(
        "acme", [{"id": "1", "type": "sale", "time": "2026-10-05T10:00:00Z", "pieces": 2, "price": "5"}]
    )
    without = catalog()
    without["plans"] = [plan for plan in without["plans"] if plan["key"] != "counter"]
    (one,) = impact(world, without).customers
    assert [problem.code for problem in one.problems] == ["unknown_plan"]
    assert (one.old, one.new) == (Decimal("10.00"), Decimal("0.00"))


def test_a_meter_that_nobody_had_is_read_from_what_is_stored(world: World) -> None:
    world.publish(catalog())
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": "0"})
    world.use("acme", [used(1, 0, pages=7), used(2, 0, pages=5)])
    values = catalog()
    values["metrics"].append(
        {
            "key": "pages",
            "name": "Pages",
            "owner": "Ada",
            "definition": "Pages.",
            "unit": "pages",
            "meter": {"event_types": ["llm"], "aggregation": "sum", "value": "$.pages"},
        }
    )
    rates = values["rate_cards"][0]["rates"]
    rates.append(
        {
            "key": "pages", "name": "Pages", "owner": "Ada", "definition": "As agreed.",
            "metric": "pages", "model": "per_unit", "unit_amount": "2",
        }
    )  # fmt: skip
    values["plans"][0]["items"].append({"price": "pages"})
    (one,) = impact(world, values).customers
    assert one.difference == Decimal("24.00")


def test_costs_and_margin_come_from_each_catalogs_own_cost_card(world: World) -> None:
    def with_cost(price: str) -> dict[str, Any]:
        values = catalog()
        values["cost_cards"] = [
            {
                "key": "cost", "name": "Cost", "owner": "Ada", "definition": "d", "currency": "USD",
                "rates": [
                    {
                        "key": "cost_tokens", "name": "Tokens", "model": "per_unit", "metric": "tokens",
                        "per": "1000000", "unit_amount": price, "owner": "Ada", "definition": "d",
                    }
                ],
            }
        ]  # fmt: skip
        return values

    world.publish(with_cost("1"))
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": "0"})
    world.use("acme", [used(1, 2_000_000)])
    (one,) = impact(world, with_cost("3")).customers
    assert (one.cost_old, one.cost_new) == (Decimal(2), Decimal(6))
    assert one.difference == 0


def test_a_cost_of_a_meter_that_only_the_candidate_has_is_measured_too(world: World) -> None:
    world.publish(catalog())
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": "0"})
    world.use("acme", [used(1, 0, pages=7)])
    values = catalog()
    values["metrics"].append(
        {
            "key": "pages", "name": "Pages", "owner": "Ada", "definition": "Pages.", "unit": "pages",
            "meter": {"event_types": ["llm"], "aggregation": "sum", "value": "$.pages"},
        }
    )  # fmt: skip
    values["cost_cards"] = [
        {
            "key": "cost", "name": "Cost", "owner": "Ada", "definition": "d", "currency": "USD",
            "rates": [
                {
                    "key": "cost_pages", "name": "Pages", "model": "per_unit", "metric": "pages",
                    "unit_amount": "3", "owner": "Ada", "definition": "d",
                }
            ],
        }
    ]  # fmt: skip
    (one,) = impact(world, values).customers
    assert (one.cost_old, one.cost_new) == (Decimal(0), Decimal(21))


def test_costs_in_another_currency_leave_the_margin_unknown(world: World) -> None:
    world.publish(catalog())
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": "0"})
    world.use("acme", [used(1, 2_000_000, cost="1.5", currency="EUR")])
    (one,) = impact(world, catalog()).customers
    assert one.cost_old is None
    assert one.margin_new is None


def test_usage_is_asked_once_for_both_catalogs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.publish(catalog())
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": "1"})
    world.use("acme", [used(1, 2_000_000)])
    asked: list[tuple[Any, ...]] = []
    whole = world.usage.quantities

    def counting(meter: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append((getattr(meter, "key", meter), kwargs["group_by"]))
        return whole(meter, *args, **kwargs)

    monkeypatch.setattr(world.usage, "quantities", counting)
    impact(world, catalog(token_price="9"))
    assert sorted(asked) == [("tokens", ("model",)), ("users", ())]


def test_progress_ends_with_everybody(world: World) -> None:
    world.publish(catalog())
    for key in ("acme", "beta", "corp"):
        world.customer(key)
        world.subscribe(key, "team", quantities={"seats": "1"})
    told: list[tuple[int, int]] = []
    impact(world, catalog(), progress=lambda done, total: told.append((done, total)))
    assert (told[0], told[-1]) == ((0, 6), (6, 6))


def test_a_month_that_runs_is_partial(world: World) -> None:
    world.publish(catalog())
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": "1"})
    assert impact(world, catalog(), now=instant("2026-10-20T00:00:00Z")).partial
    assert not impact(world, catalog()).partial


def test_only_those_named_are_looked_at(world: World) -> None:
    world.publish(catalog())
    for key in ("acme", "beta"):
        world.customer(key)
        world.subscribe(key, "team", quantities={"seats": "1"})
    found = impact(world, catalog(), customers=["beta", "nobody"])
    assert [one.customer for one in found.customers] == ["beta"]
