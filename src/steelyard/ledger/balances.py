"""Balances: what stands on each account, and the trial balance that proves that nothing is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from steelyard.kernel import ZERO
from steelyard.ledger.model import JournalEntry, account


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What stands on one account in one currency; `balance` is debit less credit."""

    account: str
    currency: str
    debit: Decimal
    credit: Decimal

    @property
    def balance(self) -> Decimal:
        """Debit less credit: positive on accounts of the debit side."""
        return self.debit - self.credit

    @property
    def name(self) -> str:
        """The account's name in words, with its part: `Revenue: overage`."""
        part = self.account.partition(":")[2]
        words = account(self.account).name
        return f"{words}: {part}" if part else words


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialBalance:
    """All balances, and for each currency the sums of both sides, which are equal."""

    rows: tuple[Balance, ...]
    debit: Mapping[str, Decimal]
    credit: Mapping[str, Decimal]
    entries: int

    @property
    def balanced(self) -> bool:
        """Whether both sides are equal in every currency; anything else means that entries are damaged."""
        return dict(self.debit) == dict(self.credit)


def balance(entries: Iterable[JournalEntry], *, customer: str | None = None) -> tuple[Balance, ...]:
    """What stands on each account, by account and currency; of one customer's postings if one is named.

    >>> from steelyard.kernel import instant
    >>> from steelyard.ledger.model import Posting
    >>> legs = (
    ...     Posting(account="receivable", currency="EUR", amount=Decimal(5), customer="acme"),
    ...     Posting(account="revenue:core", currency="EUR", amount=Decimal(-5)),
    ... )
    >>> sale = JournalEntry(
    ...     id="jou_1",
    ...     posted_at=instant("2026-11-01T00:00:00Z"),
    ...     description="",
    ...     about="inv_1",
    ...     postings=legs,
    ... )
    >>> [(row.account, str(row.balance)) for row in balance([sale, sale])]
    [('receivable', '10'), ('revenue:core', '-10')]
    """
    debits: dict[tuple[str, str], Decimal] = {}
    credits: dict[tuple[str, str], Decimal] = {}
    for entry in entries:
        for posting in entry.postings:
            if customer is not None and posting.customer != customer:
                continue
            place = (posting.account, posting.currency)
            side = debits if posting.amount > 0 else credits
            side[place] = side.get(place, ZERO) + abs(posting.amount)
    return tuple(
        Balance(
            account=code,
            currency=currency,
            debit=debits.get((code, currency), ZERO),
            credit=credits.get((code, currency), ZERO),
        )
        for code, currency in sorted({*debits, *credits})
    )


def trial_balance(entries: Iterable[JournalEntry]) -> TrialBalance:
    """The balances of all entries, with both sides summed for each currency.

    >>> trial_balance([]).balanced
    True
    """
    counted = 0

    def counting() -> Iterable[JournalEntry]:
        nonlocal counted
        for entry in entries:
            counted += 1
            yield entry

    rows = balance(counting())
    debit: dict[str, Decimal] = {}
    credit: dict[str, Decimal] = {}
    for row in rows:
        debit[row.currency] = debit.get(row.currency, ZERO) + row.debit
        credit[row.currency] = credit.get(row.currency, ZERO) + row.credit
    return TrialBalance(rows=rows, debit=debit, credit=credit, entries=counted)
