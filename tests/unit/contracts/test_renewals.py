"""What will become of a contract at its end, as things stand."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from steelyard.contracts import Contract
from steelyard.contracts.contract import Notice, Renewal
from steelyard.contracts.fees import ContractFee
from steelyard.contracts.renewal import renewal_of, renewals_due
from steelyard.kernel import instant

END = instant("2026-12-31T23:00:00Z")
AGREED = Contract(
    id="con_1",
    customer="acme",
    name="Acme",
    start=instant("2025-12-31T23:00:00Z"),
    end=END,
    renewal=Renewal(term_months=12, notice_months=3),
)
BERLIN = "Europe/Berlin"


def status(contract: Contract, now: str, *others: Contract) -> str:
    due = renewal_of(contract, [contract, *others], BERLIN, instant(now))
    assert due is not None
    return due.status.value


@pytest.mark.parametrize(
    ("now", "becomes"),
    [("2026-10-01T21:59:59Z", "open"), ("2026-10-01T22:00:00Z", "renews")],
)
def test_the_last_day_of_notice_is_a_day_of_the_customers_calendar(now: str, becomes: str) -> None:
    assert status(AGREED, now) == becomes


def test_what_does_not_go_on_by_itself_says_why() -> None:
    given = Notice(given_at=END, by="ada", recorded_at=END)
    by_hand = dataclasses.replace(AGREED, renewal=Renewal(automatic=False))
    following = dataclasses.replace(AGREED, id="con_2", start=END, end=None)
    assert status(dataclasses.replace(AGREED, notice=given), "2026-10-01T00:00:00Z") == "notice_given"
    assert status(by_hand, "2026-10-01T00:00:00Z") == "ends"
    assert status(AGREED, "2026-10-01T00:00:00Z", following) == "replaced"


def test_only_what_runs_and_ends_soon_is_listed() -> None:
    def listed(contract: Contract, now: str) -> int:
        return len(renewals_due([contract], [], now=instant(now), within_days=90))

    assert listed(AGREED, "2026-11-01T00:00:00Z") == 1
    assert listed(AGREED, "2026-09-01T00:00:00Z") == 0
    assert listed(AGREED, "2027-01-01T00:00:00Z") == 0
    assert listed(dataclasses.replace(AGREED, renewal=None), "2026-11-01T00:00:00Z") == 0
    assert listed(dataclasses.replace(AGREED, shadow=True), "2026-11-01T00:00:00Z") == 0


def test_an_earlier_end_ends_the_fees_that_would_go_on() -> None:
    fees = tuple(
        ContractFee(key=key, name=key, amount=Decimal(12), effective_from=AGREED.start, effective_until=until)
        for key, until in (("open", None), ("short", instant("2026-03-01T00:00:00Z")))
    )
    end, agreed = instant("2026-06-01T00:00:00Z"), instant("2026-05-01T00:00:00Z")
    shorter = dataclasses.replace(AGREED, fees=fees).ending(end, agreed)
    assert shorter.end == end
    assert [(fee.effective_until, fee.ended_at) for fee in shorter.fees] == [
        (end, agreed),
        (fees[1].effective_until, None),
    ]
