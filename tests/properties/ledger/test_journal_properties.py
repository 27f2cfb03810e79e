"""Money is never made or lost, whatever is posted."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from steelyard.kernel import InvalidInput, instant
from steelyard.ledger import JournalEntry, Posting, balance, trial_balance

ACCOUNTS = ["receivable", "revenue:core", "revenue:overage", "tax_payable", "customer_credit"]
amounts = st.integers(-(10**15), 10**15).map(lambda n: Decimal(n).scaleb(-6))
legs = st.lists(
    st.tuples(
        st.sampled_from(ACCOUNTS), st.sampled_from(["EUR", "JPY"]), amounts, st.sampled_from(["a", "b"])
    ),
    min_size=1,
    max_size=8,
)


def made(parts: list[tuple[str, str, Decimal, str]]) -> JournalEntry:
    postings = tuple(
        Posting(account=code, currency=currency, amount=amount, customer=customer)
        for code, currency, amount, customer in parts
    )
    at = instant("2026-11-01T00:00:00Z")
    return JournalEntry(id="jou_1", posted_at=at, description="", about="", postings=postings)


def closed(parts: list[tuple[str, str, Decimal, str]]) -> list[tuple[str, str, Decimal, str]]:
    sums = {currency: sum(p[2] for p in parts if p[1] == currency) for _, currency, _, _ in parts}
    return [*parts, *(("rounding_difference", c, -Decimal(total), "a") for c, total in sums.items())]


@given(legs)
def test_an_entry_exists_exactly_if_each_currency_sums_to_zero(
    parts: list[tuple[str, str, Decimal, str]],
) -> None:
    sums = [sum(p[2] for p in parts if p[1] == currency) for currency in ("EUR", "JPY")]
    try:
        made(parts)
        exists = True
    except InvalidInput:
        exists = False
    assert exists == (not any(sums))


@given(st.lists(legs, max_size=5), st.randoms(use_true_random=False))
def test_the_trial_balance_is_balanced_in_any_order(
    many: list[list[tuple[str, str, Decimal, str]]], shuffler: object
) -> None:
    entries = [made(closed(parts)) for parts in many]
    trial = trial_balance(entries)
    assert trial.balanced
    assert sum((row.balance for row in trial.rows), Decimal(0)) == 0
    shuffler.shuffle(entries)  # pyright: ignore[reportAttributeAccessIssue]
    assert trial_balance(entries) == trial


@given(st.lists(legs, max_size=5))
def test_the_balances_of_customers_sum_to_the_balance_of_all(
    many: list[list[tuple[str, str, Decimal, str]]],
) -> None:
    entries = [made(closed(parts)) for parts in many]
    parts: dict[tuple[str, str], Decimal] = {}
    for customer in ("a", "b"):
        for row in balance(entries, customer=customer):
            place = (row.account, row.currency)
            parts[place] = parts.get(place, Decimal(0)) + row.balance
    assert parts == {(row.account, row.currency): row.balance for row in balance(entries)}
