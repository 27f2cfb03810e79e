"""What a draft charges, rule by rule."""

from decimal import Decimal

from steelyard.billing import LineGroup
from steelyard.billing.terms import Reading
from steelyard.catalog import Group
from steelyard.kernel import Period, instant
from steelyard.rating import DynamicPrice, GraduatedPrice, Tier
from tests.billing_cards import drafted, fee, only, per_call, said, seats, terms, usage


def test_usage_is_charged_at_its_price_and_says_how():
    line = only(drafted(terms(per_call("0.25"), readings={"calls": "10"})))
    assert (line.amount, line.quantity, line.unit) == (Decimal("2.50"), Decimal(10), "calls")
    assert said(line) == ["10 calls × 0.25 = 2.50"]
    assert (line.price_version, line.meter, line.subscription) == ("cat_1", "calls", "sub_1")


def test_an_allowance_is_taken_off_before_rating_and_said():
    line = only(drafted(terms(per_call("0.25", included="8"), readings={"calls": "10"})))
    assert line.amount == Decimal("0.50")
    assert line.quantity == Decimal(10)
    assert said(line)[0] == "10 calls used, 8 included: 2 charged"


def test_usage_within_the_allowance_is_shown_and_costs_nothing():
    line = only(drafted(terms(per_call("0.25", included="8"), readings={"calls": "3"})))
    assert line.amount == 0
    assert said(line)[0] == "3 calls used, 8 included: nothing beyond"


def test_what_was_not_used_and_is_not_due_makes_no_line():
    assert drafted(terms(per_call("0.25"))).lines == ()


def test_what_is_due_without_usage_makes_a_line():
    tiered = GraduatedPrice(tiers=(Tier(unit_amount=Decimal(1), flat_amount=Decimal(20)),))
    assert only(drafted(terms(usage("calls", tiered)))).amount == Decimal("20.00")


def test_usage_that_nets_to_zero_is_still_shown():
    line = only(drafted(terms(per_call("0.25"), readings={"calls": Reading(events=2, last_seq=3)})))
    assert (line.quantity, line.amount, line.events) == (0, 0, 2)


def test_returns_are_credited():
    assert drafted(terms(per_call("0.25"), readings={"calls": "-10"})).total == Decimal("-2.50")


def test_a_dynamic_price_charges_the_amount_that_the_events_carried():
    sold = Reading(quantity=Decimal(3), amount=Decimal("10.005"), events=3, last_seq=9)
    line = only(drafted(terms(usage("calls", DynamicPrice()), readings={"calls": sold})))
    assert (line.amount_exact, line.amount) == (Decimal("10.005"), Decimal("10.01"))


def test_a_quantity_that_the_price_refuses_is_a_problem_and_no_charge():
    tiered = GraduatedPrice(tiers=(Tier(unit_amount=Decimal(1)),))
    found = drafted(terms(usage("calls", tiered), readings={"calls": "-1"}))
    assert [problem.code for problem in found.problems] == ["negative_quantity"]
    assert found.lines == ()


def test_a_plan_in_another_currency_is_a_problem_and_no_charge():
    found = drafted(terms(fee("10", currency="EUR"), currency="EUR"))
    assert [problem.code for problem in found.problems] == ["currency_mismatch"]


def test_a_subscription_that_begins_inside_the_period_pays_for_its_days():
    begun = Period(start=instant("2026-10-22T00:00:00Z"), end=instant("2026-11-01T00:00:00Z"))
    line = only(drafted(terms(fee("31"), active=begun)))
    assert line.amount == Decimal("10.00")
    assert said(line) == ["31.00 flat", "for 10 of 31 days: 31.00 × 10/31"]


def test_days_are_counted_on_the_customers_calendar():
    # October 2026 in Berlin has 745 hours, and 31 days like any other.
    october = Period.month(2026, 10, "Europe/Berlin")
    begun = Period(start=instant("2026-10-30T23:00:00Z"), end=october.end)
    assert only(drafted(terms(fee("31"), active=begun), timezone="Europe/Berlin")).amount == Decimal("1.00")


def test_two_halves_of_a_month_make_a_whole_fee():
    change = instant("2026-10-15T13:30:00Z")
    first = terms(fee("31"), active=Period(start=instant("2026-10-01T00:00:00Z"), end=change))
    second = terms(fee("31"), active=Period(start=change, end=instant("2026-11-01T00:00:00Z")))
    assert drafted(first, second).total == Decimal("31.00")


def test_seats_are_charged_by_the_number_that_the_subscription_names():
    line = only(drafted(terms(seats("3", "20"))))
    assert (line.amount, line.quantity) == (Decimal("60.00"), Decimal(3))


def test_each_line_is_rounded_once_and_the_total_is_the_sum_of_what_lines_say():
    found = drafted(terms(*(fee("33.333", key=f"fee{n}") for n in range(3))))
    assert [line.amount for line in found.lines] == [Decimal("33.33")] * 3
    assert found.total == Decimal("99.99")
    assert found.rounding_difference == Decimal("-0.009")


def test_amounts_are_rounded_to_the_currencys_own_minor_unit():
    yen = terms(fee("10.5", currency="JPY"), currency="JPY")
    assert str(drafted(yen, currency="JPY").total) == "11"


def test_lines_stand_in_the_order_of_their_groups():
    groups = [Group.SERVICES, Group.ADD_ON, Group.CORE, Group.SUPPORT]
    found = drafted(terms(*(fee("1", key=group.value, group=group) for group in groups)), tax="10")
    assert [line.group.value for line in found.lines] == ["core", "add-on", "support", "services", "tax"]
    assert [line.id for line in found.lines] == ["1", "2", "3", "4", "5"]


def test_tax_rests_on_the_rounded_subtotal_and_comes_last():
    found = drafted(terms(fee("10.005")), tax="19")
    assert (found.subtotal, found.tax, found.total) == (Decimal("10.01"), Decimal("1.90"), Decimal("11.91"))
    assert said(found.lines[-1]) == ["19 % of 10.01 = 1.9019"]


def test_a_tax_of_nothing_is_said_and_no_charge_has_no_tax():
    assert drafted(terms(fee("10")), tax="0").lines[-1].title == "VAT 0 %"
    assert drafted(terms(), tax="19").lines == ()


class TestCommitment:
    def test_below_it_the_committed_amount_is_due_to_the_cent(self):
        found = drafted(terms(per_call("0.333"), readings={"calls": "100"}, commitment="1000"))
        assert found.total == Decimal("1000.00")
        assert [(line.group, line.amount) for line in found.lines] == [
            (LineGroup.COMMITTED, Decimal("1000.00")),
            (LineGroup.OVERAGE, Decimal("33.30")),
            (LineGroup.CREDIT, Decimal("-33.30")),
        ]

    def test_above_it_usage_pays_what_exceeds_it(self):
        found = drafted(terms(per_call("1"), readings={"calls": "1500"}, commitment="1000"))
        assert found.total == Decimal("1500.00")

    def test_it_covers_only_the_prices_that_it_names(self):
        found = drafted(terms(per_call("1"), fee("50"), readings={"calls": "10"}, commitment="100"))
        assert found.total == Decimal("150.00")

    def test_without_usage_there_is_nothing_to_cover(self):
        found = drafted(terms(per_call("1"), commitment="100"))
        assert [line.group for line in found.lines] == [LineGroup.COMMITTED]

    def test_it_is_prorated_like_a_fee(self):
        begun = Period(start=instant("2026-10-22T00:00:00Z"), end=instant("2026-11-01T00:00:00Z"))
        found = drafted(terms(per_call("1"), active=begun, commitment="310"))
        assert found.total == Decimal("100.00")
