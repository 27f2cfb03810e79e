"""An impact sums by currency, tells who wins and loses, and names its own content."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

from steelyard.catalog import CustomerImpact, Follows, Impact
from steelyard.kernel import Problem


def of(customer: str, old: str, new: str, **fields: Any) -> CustomerImpact:
    moved = Decimal(fields.pop("moved", new))
    return CustomerImpact(
        customer=customer,
        name=customer.title(),
        currency=fields.pop("currency", "USD"),
        old=Decimal(old),
        new=Decimal(new),
        moved=moved,
        **fields,
    )


def impact(*customers: CustomerImpact) -> Impact:
    return Impact(base="cat_1", candidate="cat_2", period="2026-10", customers=customers)


def test_winners_pay_less_losers_more_the_largest_first() -> None:
    found = impact(of("a", "10", "9"), of("b", "10", "12"), of("c", "10", "10"), of("d", "10", "15"))
    assert [one.customer for one in found.winners] == ["a"]
    assert [one.customer for one in found.losers] == ["d", "b"]


def test_currencies_are_never_added() -> None:
    found = impact(of("a", "10", "9"), of("b", "10", "12", currency="EUR")).totals
    assert [(one.currency, one.old, one.new, one.winners, one.losers) for one in found] == [
        ("EUR", Decimal(10), Decimal(12), 0, 1),
        ("USD", Decimal(10), Decimal(9), 1, 0),
    ]


def test_margin_is_what_is_left_beyond_costs() -> None:
    (total,) = impact(of("a", "10", "20", cost_old=Decimal(5), cost_new=Decimal(5))).totals
    assert (total.margin_percent_old, total.margin_percent_new) == (Decimal("50.00"), Decimal("75.00"))


def test_costs_in_another_currency_leave_the_margin_unknown() -> None:
    (total,) = impact(of("a", "10", "20", cost_old=None, cost_new=None), of("b", "1", "1")).totals
    assert total.margin_percent_old is None
    assert total.cost_new is None


def test_who_stays_behind_is_counted_with_what_it_is_worth() -> None:
    found = impact(of("a", "10", "12"), of("b", "10", "10", moved="12", follows=Follows.PINNED)).follows
    assert [(one.follows, one.customers, one.moved - one.new) for one in found] == [
        (Follows.LIVE, 1, Decimal(0)),
        (Follows.PINNED, 1, Decimal(2)),
    ]


def test_whom_the_candidate_cannot_charge_is_named() -> None:
    gone = Problem(code="unknown_plan", message="there is no plan team")
    found = impact(of("a", "10", "0", problems=(gone,)), of("b", "10", "10"))
    assert [one.customer for one in found.broken] == ["a"]
    assert found.totals[0].broken == 1


def test_the_digest_names_the_content() -> None:
    one, same, other = (impact(of("a", "10", new)) for new in ("9", "9", "8"))
    assert one.digest == same.digest != other.digest
    assert dataclasses.replace(one, partial=True).digest != one.digest


def test_only_an_impact_that_changes_nothing_is_nothing() -> None:
    assert impact(of("a", "10", "10")).is_nothing
    assert not impact(of("a", "10", "10", cost_new=Decimal(1))).is_nothing
    assert not impact(of("a", "10", "11")).is_nothing
