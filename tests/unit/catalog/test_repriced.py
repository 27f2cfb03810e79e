"""Prices are tried before anybody writes them down: one by one, or raised by a percentage."""

from __future__ import annotations

from decimal import Decimal

import pytest

from steelyard.catalog import Catalog, Source, raised, repriced, validate
from steelyard.kernel import InvalidInput
from steelyard.rating import FlatPrice, GraduatedPrice, PerUnitPrice, Tier
from tests.billing_catalog import catalog


@pytest.fixture(scope="module")
def live() -> Catalog:
    found = validate(Source(values=catalog()))
    assert isinstance(found, Catalog)
    return found


def test_a_price_takes_another_model_and_the_rest_stays(live: Catalog) -> None:
    found = repriced(live, '{"seats": {"model": "graduated", "tiers": [{"unit_amount": "18"}]}}')
    assert found.prices["seats"].model == GraduatedPrice(tiers=(Tier(unit_amount=Decimal(18)),))
    assert found.prices["seats"].currency == live.prices["seats"].currency
    assert found.prices["base_fee"] == live.prices["base_fee"]
    assert found.plans == live.plans


def test_included_units_change_only_where_they_are_said(live: Catalog) -> None:
    price = '{"model": "per_unit", "unit_amount": "1"}'
    assert repriced(live, f'{{"big": {price}}}').prices["big"].included == Decimal(1000)
    more = price[:-1] + ', "included": "5"}'
    assert repriced(live, f'{{"big": {more}}}').prices["big"].included == Decimal(5)


def test_every_mistake_is_told_at_once(live: Catalog) -> None:
    with pytest.raises(InvalidInput) as refused:
        repriced(live, '{"seats": {"model": "flat"}, "none": {}, "big": 3, "small": {"model": "magic"}}')
    assert {one.field.split(".")[0] for one in refused.value.problems} == {"seats", "none", "big", "small"}


def test_a_price_is_raised_by_percent(live: Catalog) -> None:
    found = raised(live, {"seats": Decimal(5), "base_fee": Decimal(-50)})
    seats, fee = found.prices["seats"].model, found.prices["base_fee"].model
    assert isinstance(seats, PerUnitPrice)
    assert isinstance(fee, FlatPrice)
    assert (seats.unit_amount, fee.amount) == (Decimal("21.00"), Decimal("24.50"))


def test_a_card_is_raised_as_a_whole_and_what_has_no_amount_stays(live: Catalog) -> None:
    found = raised(live, {"list": Decimal(10)})
    changed = {key for key in live.prices if found.prices[key] != live.prices[key]}
    assert changed == set(live.prices)
    big = found.prices["big"].model
    assert isinstance(big, PerUnitPrice)
    assert (big.unit_amount, big.per) == (Decimal("2.750"), Decimal(1000000))


def test_what_names_nothing_or_takes_more_than_all_is_refused(live: Catalog) -> None:
    with pytest.raises(InvalidInput) as refused:
        raised(live, {"none": Decimal(1), "seats": Decimal(-101)})
    assert [one.field for one in refused.value.problems] == ["none", "seats"]
