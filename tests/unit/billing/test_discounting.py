"""Discounts on a bill: each form, how they stack, and what their lines say."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from steelyard.billing import DraftInvoice, LineGroup
from steelyard.billing.credits import Credits, credited
from steelyard.billing.past import Gift, PastPeriod
from steelyard.billing.terms import Terms
from steelyard.catalog import Floor
from steelyard.contracts import AgreedDiscount, Arrangement
from steelyard.kernel import Period, instant
from steelyard.ledger import CreditLot
from steelyard.rating.discounts import (
    AmountOff,
    Band,
    Basis,
    DiscountForm,
    FreeMonths,
    FreeUnits,
    PercentOff,
    SeatsOff,
    TermOff,
    VolumeOff,
)
from tests.billing_cards import customer, drafted, fee, per_call, said, seats, terms

START = instant("2026-10-01T00:00:00Z")
BANDS = tuple(Band(at_least=Decimal(n), percent=Decimal(p)) for n, p in ((10, 5), (100, 10)))


def agreed(key: str, form: DiscountForm, **fields: Any) -> AgreedDiscount:
    given = {"id": f"red_{key}", "order": 0, "start": START, **fields}
    return AgreedDiscount(discount=key, name=key.title(), form=form, **given)


def with_discounts(one: Terms, *discounts: AgreedDiscount, **fields: Any) -> Terms:
    given: dict[str, Any] = {"start": START, **fields}
    return replace(one, card=replace(one.card, arrangement=Arrangement(discounts=discounts, **given)))


def offs(found: DraftInvoice) -> dict[str, str]:
    """What discount lines take off, by title."""
    return {one.title: str(one.amount) for one in found.lines if one.group is LineGroup.DISCOUNT}


def test_a_percentage_stands_beside_each_charge_and_says_of_what_it_is():
    one = terms(fee("100"), per_call("0.33"), readings={"calls": "10"})
    found = drafted(with_discounts(one, agreed("founders", PercentOff(percent=Decimal(20)))))
    assert offs(found) == {"Founders: Fee": "-20.00", "Founders: Calls": "-0.66"}
    (line, _) = [one for one in found.lines if one.group is LineGroup.DISCOUNT]
    assert said(line) == ["20 % off 100.00"]
    assert str(found.total) == "82.64"


def test_discounts_apply_in_their_order_to_what_is_left_or_to_the_list():
    ten, half = PercentOff(percent=Decimal(10)), PercentOff(percent=Decimal(50))
    first = [agreed("half", half), agreed("ten", ten, order=1)]
    assert offs(drafted(with_discounts(terms(fee("100")), *first)))["Ten: Fee"] == "-5.00"
    of_list = [agreed("half", half), agreed("ten", ten, order=1, basis=Basis.LIST)]
    assert offs(drafted(with_discounts(terms(fee("100")), *of_list)))["Ten: Fee"] == "-10.00"


def test_one_that_stands_alone_stacks_with_no_other():
    ten, half = PercentOff(percent=Decimal(10)), PercentOff(percent=Decimal(50))
    one = terms(fee("100"))
    alone_first = with_discounts(one, agreed("half", half, alone=True), agreed("ten", ten, order=1))
    assert offs(drafted(alone_first)) == {"Half: Fee": "-50.00"}
    alone_last = with_discounts(one, agreed("ten", ten), agreed("half", half, order=1, alone=True))
    assert offs(drafted(alone_last)) == {"Ten: Fee": "-10.00"}


def test_of_those_with_one_word_the_best_applies():
    ten, half = PercentOff(percent=Decimal(10)), PercentOff(percent=Decimal(50))
    both = [agreed("ten", ten, best_of="new"), agreed("half", half, order=1, best_of="new")]
    assert offs(drafted(with_discounts(terms(fee("100")), *both))) == {"Half: Fee": "-50.00"}


def test_an_amount_is_shared_to_the_cent():
    items = (fee("10", key="a"), fee("10", key="b"), fee("10", key="c"))
    found = drafted(with_discounts(terms(*items), agreed("welcome", AmountOff(amount=Decimal(10)))))
    assert list(offs(found).values()) == ["-3.34", "-3.33", "-3.33"]
    assert str(found.total) == "20.00"


def test_free_units_come_before_the_price_and_the_line_says_whose_they_are():
    one = with_discounts(
        terms(per_call("1"), readings={"calls": "10"}), agreed("gift", FreeUnits(units=Decimal(4)))
    )
    found = drafted(one)
    assert str(found.total) == "6.00"
    assert said(found.lines[0])[0] == "10 calls used, 4 included: 6 charged"
    assert found.lines[0].reason == "plan Pro, 4 free by Gift"


def test_free_units_are_worth_what_they_would_have_cost():
    one = with_discounts(
        terms(per_call("1"), readings={"calls": "10"}), agreed("gift", FreeUnits(units=Decimal(4)))
    )
    assert drafted(one).lines[0].given_free == 4
    generous = with_discounts(
        terms(per_call("1"), readings={"calls": "10"}), agreed("gift", FreeUnits(units=Decimal(40)))
    )
    assert drafted(generous).lines[0].given_free == 10


def test_free_units_that_a_floor_does_not_let_go_are_charged_and_the_line_says_so():
    floor = Floor(key="f", name="Floor", owner="Ada", definition="d", percent=Decimal(90))
    one = with_discounts(
        terms(per_call("1"), readings={"calls": "10"}),
        agreed("gift", FreeUnits(units=Decimal(4))),
        agreed("half", PercentOff(percent=Decimal(50)), order=1),
        floors=(floor,),
    )
    found = drafted(one)
    assert (str(found.total), found.lines[0].given_free, offs(found)) == ("9.00", 1, {})
    assert said(found.lines[0])[-1] == (
        "free units worth 4.00, of which the floor of the contract year leaves 1.00: 3.00 charged"
    )
    paid = with_discounts(
        terms(fee("100"), per_call("1"), readings={"calls": "10"}),
        agreed("gift", FreeUnits(units=Decimal(4))),
        floors=(floor,),
    )
    assert str(drafted(paid).total) == "106.00"


def test_volume_seats_and_term_choose_their_band():
    calls = terms(per_call("1"), readings={"calls": "100"})
    assert offs(drafted(with_discounts(calls, agreed("bulk", VolumeOff(bands=BANDS))))) == {
        "Bulk: Calls": "-10.00"
    }
    team = terms(seats("12", "10"))
    by_seats = with_discounts(team, agreed("team", SeatsOff(bands=BANDS)), quantities={"seats": Decimal(12)})
    assert offs(drafted(by_seats)) == {"Team: Seats": "-6.00"}
    long = with_discounts(
        terms(fee("100")), agreed("long", TermOff(bands=BANDS)), end=instant("2029-10-01T00:00:00Z")
    )
    assert said(drafted(long).lines[1]) == ["5 % off 100.00 for a term of 36 months"]


def test_free_months_end_and_so_does_what_lasts_some_months():
    before = instant("2026-08-20T00:00:00Z")
    free = with_discounts(terms(fee("100")), agreed("start", FreeMonths(months=3), start=before))
    assert str(drafted(free).total) == "0.00"
    over = with_discounts(terms(fee("100")), agreed("start", FreeMonths(months=2), start=before))
    assert offs(drafted(over)) == {}
    lasted = agreed("half", PercentOff(percent=Decimal(50)), start=before, months=2)
    assert offs(drafted(with_discounts(terms(fee("100")), lasted))) == {}


def test_a_floor_cuts_a_discount_and_the_line_says_so():
    floor = Floor(key="f", name="Floor", owner="Ada", definition="d", percent=Decimal(95))
    one = with_discounts(terms(fee("100")), agreed("free", FreeMonths(months=1)), floors=(floor,))
    # A year of 1,200 may give away 60: that much of the first month is free.
    found = drafted(one)
    assert offs(found) == {"Free: Fee": "-60.00"}
    assert said(found.lines[1]) == [
        "free for the first 1 month: 100.00 off, of which the floor of the contract year leaves 60.00"
    ]


def test_a_year_that_ends_early_is_made_good_to_its_floor():
    floor = Floor(key="f", name="Floor of the year", owner="Ada", definition="d", percent=Decimal(80))
    one = with_discounts(
        terms(fee("100")),
        agreed("ten", PercentOff(percent=Decimal(20))),
        floors=(floor,),
        end=instant("2026-11-01T00:00:00Z"),
    )
    assert str(drafted(one).total) == "80.00"
    generous = replace(floor, percent=Decimal(90))
    cut = with_discounts(
        terms(fee("100")),
        agreed("ten", PercentOff(percent=Decimal(20))),
        floors=(generous,),
        end=instant("2026-11-01T00:00:00Z"),
    )
    assert offs(drafted(cut)) == {"Ten: Fee": "-10.00"}


def test_a_commitment_of_the_plan_covers_what_discounts_leave():
    one = with_discounts(
        terms(per_call("1"), readings={"calls": "100"}, commitment="90"),
        agreed("ten", PercentOff(percent=Decimal(10))),
    )
    assert str(drafted(one).total) == "90.00"


def lot(amount: str, cost: str) -> CreditLot:
    return CreditLot(
        id=f"lot_{cost}", customer="acme", name="Credit", unit="USD", amount=Decimal(amount),
        cost_basis=Decimal(cost), effective_at=START, granted_at=START,
    )  # fmt: skip


def test_credit_that_nobody_paid_for_stops_at_the_floor_and_paid_credit_does_not():
    floor = Floor(key="f", name="Floor", owner="Ada", definition="d", percent=Decimal(70))
    ended = instant("2026-11-01T00:00:00Z")
    one = with_discounts(
        terms(fee("100")), agreed("ten", PercentOff(percent=Decimal(10))), floors=(floor,), end=ended
    )
    before = drafted(one)
    assert str(before.total) == "90.00"
    given = credited(before, customer(), Credits(lots=[lot("50", "0")]))
    assert str(given.total) == "70.00"
    paid = credited(before, customer(), Credits(lots=[lot("50", "1")]))
    assert str(paid.total) == "40.00"
    both = credited(before, customer(), Credits(lots=[lot("50", "0"), lot("50", "1")]))
    assert str(both.total) == "20.00"
    half = credited(before, customer(), Credits(lots=[lot("50", "0.5")]))
    assert str(half.total) == "50.00"


def test_what_was_given_in_the_year_before_leaves_less_to_give():
    floor = Floor(key="f", name="Floor", owner="Ada", definition="d", percent=Decimal(90))
    september = Period.month(2026, 9)
    gift = Gift(subscription="sub_1", price_key="fee", amount=Decimal(100))
    one = with_discounts(
        terms(fee("100")), agreed("half", PercentOff(percent=Decimal(50))),
        floors=(floor,), start=september.start,
    )  # fmt: skip
    past = PastPeriod(name="2026-09", period=september, lines=drafted(terms(fee("100"))).lines, gifts=(gift,))
    # The year lists 1,200: 120 may be given, 100 were.
    assert offs(drafted(replace(one, past=(past,)))) == {"Half: Fee": "-20.00"}
