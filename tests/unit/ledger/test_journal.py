"""The journal entry, the chart of accounts, and balances."""

from __future__ import annotations

from decimal import Decimal

import pytest

from steelyard.kernel import InvalidInput, decode, encode, instant
from steelyard.ledger import CHART, JournalEntry, Posting, account, balance, revenue, trial_balance

AT = instant("2026-11-01T00:00:00Z")


def entry(*legs: tuple[str, str, str], customer: str | None = "acme") -> JournalEntry:
    postings = tuple(
        Posting(account=code, currency=currency, amount=Decimal(amount), customer=customer)
        for code, currency, amount in legs
    )
    return JournalEntry(id="jou_1", posted_at=AT, description="an invoice", about="inv_1", postings=postings)


SALE = (
    ("receivable", "EUR", "119.00"),
    ("revenue:core", "EUR", "-100.003"),
    ("tax_payable", "EUR", "-19"),
    ("rounding_difference", "EUR", "0.003"),
)


def test_an_entry_that_sums_to_zero_is_made_and_survives_its_canonical_form() -> None:
    sale = entry(*SALE)
    assert decode(encode(sale), JournalEntry) == sale


@pytest.mark.parametrize("by", ["0.000000000001", "-1", "100"])
def test_an_unbalanced_entry_cannot_be_constructed_not_even_from_its_stored_form(by: str) -> None:
    first, *rest = SALE
    wrong = str(Decimal(first[2]) + Decimal(by))
    with pytest.raises(InvalidInput, match="off by") as caught:
        entry((first[0], first[1], wrong), *rest)
    assert caught.value.detail_code == "unbalanced"
    stored = encode(entry(*SALE)).replace(b'"119"', b'"120"')
    with pytest.raises(InvalidInput, match="off by 1 EUR"):
        decode(stored, JournalEntry)


def test_each_currency_balances_by_itself() -> None:
    with pytest.raises(InvalidInput, match="off by"):
        entry(("receivable", "EUR", "1"), ("revenue:core", "USD", "-1"))
    entry(
        ("receivable", "EUR", "1"),
        ("revenue:core", "EUR", "-1"),
        ("receivable", "USD", "2"),
        ("revenue:core", "USD", "-2"),
    )


def test_an_entry_without_postings_is_none() -> None:
    with pytest.raises(InvalidInput, match="no postings"):
        entry()


@pytest.mark.parametrize("code", ["revenue", "revenue:", "receivable:x", "cash", ""])
def test_accounts_outside_the_chart_are_refused(code: str) -> None:
    with pytest.raises(InvalidInput, match="no account") as caught:
        account(code)
    assert caught.value.detail_code == "unknown_account"


def test_a_posting_needs_a_currency_and_a_number() -> None:
    with pytest.raises(InvalidInput, match="ISO 4217"):
        Posting(account="receivable", currency="XXQ", amount=Decimal(1))
    with pytest.raises(InvalidInput, match="no amount"):
        Posting(account="receivable", currency="EUR", amount=Decimal("NaN"))


def test_every_account_of_the_chart_can_be_posted_to() -> None:
    for one in CHART:
        code = f"{one.code}:core" if one.per else one.code
        assert account(code) == one
    assert account(revenue("add-on")).code == "revenue"


def test_balances_keep_both_sides_and_can_be_one_customers() -> None:
    sale = entry(("receivable", "EUR", "5"), ("revenue:core", "EUR", "-5"))
    back = entry(("receivable", "EUR", "-2"), ("revenue:core", "EUR", "2"), customer="beta")
    rows = {row.account: row for row in balance([sale, back])}
    assert (rows["receivable"].debit, rows["receivable"].credit) == (Decimal(5), Decimal(2))
    assert rows["receivable"].balance == Decimal(3)
    assert rows["revenue:core"].name == "Revenue: core"
    assert [row.balance for row in balance([sale, back], customer="beta")] == [Decimal(-2), Decimal(2)]


def test_the_trial_balance_sums_both_sides_and_counts_the_entries() -> None:
    trial = trial_balance(iter([entry(*SALE), entry(*SALE)]))
    assert trial.balanced
    assert trial.entries == 2
    assert trial.debit == {"EUR": Decimal("238.006")}
