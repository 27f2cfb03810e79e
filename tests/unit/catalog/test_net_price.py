"""Floors judge what a contract year comes to after all the discounts that one subscription may have."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from steelyard.catalog import Catalog
from steelyard.catalog.discounts import Discount, Floor
from steelyard.catalog.net_price import below_floor, left_of_year
from steelyard.rating.discounts import Band, Basis, FreeMonths, PercentOff, VolumeOff

ABOUT = {"owner": "Ada", "definition": "d"}


def off(key: str, percent: int, **fields: Any) -> Discount:
    given: dict[str, Any] = {"form": PercentOff(percent=Decimal(percent)), "order": 0, **fields}
    return Discount(key=key, name=key, **ABOUT, **given)


def told(*discounts: Discount, percent: int = 60, **floor: Any) -> list[str]:
    least = Floor(key="least", name="Least", percent=Decimal(percent), **ABOUT, **floor)
    return [
        message
        for _, message in below_floor(
            Catalog(discounts={one.key: one for one in discounts}, floors={"least": least})
        )
    ]


def test_a_discount_for_some_months_is_judged_by_the_year():
    assert told(off("half", 50, months=3)) == []
    (message,) = told(off("half", 50))
    assert message == "the discount 'half' leaves 50 % of a contract year, and the floor 'least' wants 60 %"


def test_free_months_and_the_highest_band_count():
    assert told(off("start", 0, form=FreeMonths(months=6)))[0].startswith("the discount 'start' leaves 50 %")
    bands = (Band(at_least=Decimal(1), percent=Decimal(5)), Band(at_least=Decimal(9), percent=Decimal(45)))
    assert len(told(off("more", 0, form=VolumeOff(bands=bands)))) == 1


def test_what_one_subscription_may_have_at_once_adds_up():
    (message,) = told(off("a", 30), off("b", 25))
    assert message.startswith("the discounts 'a' and 'b' together leave 52.5 %")


def test_what_nobody_can_have_at_once_does_not():
    assert told(off("a", 30, best_of="x"), off("b", 25, best_of="x")) == []
    assert told(off("a", 30, alone=True), off("b", 25)) == []
    assert told(off("a", 30, code="SECRET"), off("b", 25)) == []
    assert told(off("a", 30, plans=("pro",)), off("b", 25, plans=("team",))) == []
    assert told(off("a", 30, attributes={"size": ("s",)}), off("b", 25, attributes={"size": ("l",)})) == []
    assert told(off("a", 50, plans=("pro",)), plans=("team",)) == []


def test_a_percentage_of_the_list_takes_more_than_one_of_the_rest():
    rest = [off("a", 20), off("b", 20, order=1)]
    assert left_of_year(rest) == Decimal(64)
    assert left_of_year([rest[0], off("b", 20, order=1, basis=Basis.LIST)]) == Decimal(60)
