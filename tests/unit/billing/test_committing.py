"""Commitments on a bill: what is due, covered, above it, and how several share what was used."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from steelyard.billing import DraftInvoice
from steelyard.billing.draft import draft
from steelyard.billing.past import PastPeriod
from steelyard.billing.terms import Terms
from steelyard.contracts import Arrangement, CommitmentScope, CommitmentTerms, Cycle
from steelyard.contracts.commitments import commitment_problems
from steelyard.kernel import Period, instant
from steelyard.rating.commitment_course import Payment
from tests.billing_cards import customer, drafted, fee, per_call, terms

START = instant("2026-10-01T00:00:00Z")


def commits(amount: str, key: str = "c1", **fields: Any) -> CommitmentTerms:
    given = {"start": START, **fields}
    return CommitmentTerms(key=key, amount=Decimal(amount), **given)


def under(one: Terms, *commitments: CommitmentTerms, **fields: Any) -> Terms:
    ordered = tuple(sorted(commitments, key=lambda one: (one.priority, one.key)))
    given: dict[str, Any] = {"start": min(one.start for one in commitments), **fields}
    return replace(one, card=replace(one.card, arrangement=Arrangement(commitments=ordered, **given)))


def used(count: str, **fields: Any) -> Terms:
    return terms(fee("75"), per_call("1"), readings={"calls": count}, **fields)


def rows(found: DraftInvoice) -> dict[str, str]:
    return {one.title: str(one.amount) for one in found.lines}


def test_below_its_commitment_a_customer_pays_it_to_the_cent():
    found = drafted(under(used("33.33"), commits("100")))
    assert rows(found) == {
        "Committed amount": "100.00", "Fee": "75.00", "Calls": "33.33", "Covered by the commitment": "-33.33",
    }  # fmt: skip
    assert str(found.total) == "175.00"


def test_paid_by_use_the_term_ends_with_a_true_up():
    assert rows(drafted(under(used("40"), commits("100", payment=Payment.POSTPAID)))) == {
        "True-up to the commitment": "60.00", "Fee": "75.00", "Calls": "40.00",
        "Commitment": "0.00",
    }  # fmt: skip
    without = commits("100", payment=Payment.POSTPAID, true_up=False)
    assert str(drafted(under(used("40"), without)).total) == "115.00"


def test_a_month_that_is_only_partly_under_a_monthly_commitment_is_prorated_and_one_of_a_year_is_not():
    active = Period(start=instant("2026-10-22T00:00:00Z"), end=instant("2026-11-01T00:00:00Z"))
    monthly = commits("310", start=active.start)
    assert rows(drafted(under(used("0", active=active), monthly)))["Committed amount"] == "100.00"
    yearly = commits("310", start=active.start, every=Cycle.YEAR)
    assert rows(drafted(under(used("0", active=active), yearly)))["Committed amount"] == "310.00"


def test_what_is_covered_at_committed_rates_leaves_no_cent():
    # 33.35 at 10 % less are 30.015: 3.335 off and 30.015 covered would round to 3.34 and 30.02.
    found = drafted(under(used("33.35"), commits("100", percent=Decimal(10))))
    assert rows(found)["Committed rates"] == "-3.34"
    assert rows(found)["Covered by the commitment"] == "-30.01"
    assert str(found.total) == "175.00"


def test_an_access_schedule_releases_the_amount_month_by_month():
    schedule = tuple(Decimal(n) for n in (100, *[0] * 10, 1100))
    paid = commits("1200", every=Cycle.YEAR, schedule=schedule, payment=Payment.SCHEDULED)
    found = drafted(under(used("150"), paid))
    assert rows(found)["Committed amount"] == "100.00"
    assert rows(found)["Covered by the commitment"] == "-100.00"
    assert str(found.total) == "225.00"


def test_the_lower_priority_draws_first_and_what_is_left_goes_on():
    first, second = commits("100", "a", priority=1), commits("100", "b", priority=0)
    found = drafted(under(used("150"), first, second))
    covered = {one.reason: str(one.amount) for one in found.lines if one.title == "Covered by the commitment"}
    assert covered == {"commitment b": "-100.00", "commitment a": "-50.00"}


def test_a_commitment_covers_its_own_subscription_or_all_of_the_customers():
    mine = used("60")
    other = replace(mine, card=replace(mine.card, subscription="sub_2"))
    own = drafted(under(mine, commits("100")), other)
    assert rows(own)["Covered by the commitment"] == "-60.00"
    every = drafted(under(mine, commits("100", scope=CommitmentScope.CUSTOMER)), other)
    assert rows(every)["Covered by the commitment"] == "-100.00"


def test_what_was_paid_and_not_used_rolls_over_in_part_and_is_used_first():
    half = commits("100", start=instant("2026-09-01T00:00:00Z"), rollover=Decimal("0.5"))
    september = Period.month(2026, 9)
    before = draft(customer(), september, [under(used("20", active=september), half)])
    past = (PastPeriod(name="2026-09", period=september, lines=before.lines),)
    found = drafted(replace(under(used("150"), half), past=past))
    (covered,) = [one for one in found.lines if one.title == "Covered by the commitment"]
    assert [step.text for step in covered.steps][:2] == [
        "40.00 covered by what rolled over",
        "100.00 covered by the commitment",
    ]
    assert str(found.total) == "185.00"


def test_a_commitment_that_is_over_or_not_begun_does_nothing():
    over = commits("100", start=instant("2026-08-01T00:00:00Z"), end=START)
    later = commits("100", start=instant("2026-11-01T00:00:00Z"))
    for one in (over, later):
        assert str(drafted(under(used("10"), one)).total) == "85.00"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount": Decimal(0)}, "bad_amount"),
        ({"amount": Decimal("NaN")}, "bad_amount"),
        ({"percent": Decimal(100)}, "bad_percent"),
        ({"rollover": Decimal("1.5")}, "bad_fraction"),
        ({"alert": Decimal(-1)}, "bad_fraction"),
        ({"burst": Decimal(-1)}, "bad_amount"),
        ({"end": START}, "empty_period"),
        ({"covers": ("none",)}, "unknown_price"),
        ({"schedule": (Decimal(1),)}, "bad_schedule"),
        ({"schedule": (Decimal(50), Decimal(50))}, "bad_schedule"),
        ({"payment": Payment.SCHEDULED}, "bad_schedule"),
        ({"covers": ("taken",)}, "commitment_overlap"),
        ({"key": "other"}, "exists"),
    ],
)
def test_what_cannot_be_committed_to_is_refused(fields: dict[str, Any], code: str):
    new = replace(commits("100"), **fields)
    known = ("calls", "taken")
    found = [one.code for one in commitment_problems(new, [commits("1", "other")], known, ["taken"])]
    assert code in found
    fine = commits("100", covers=("calls",))
    assert list(commitment_problems(fine, [commits("1", "other")], known, ["taken"])) == []
