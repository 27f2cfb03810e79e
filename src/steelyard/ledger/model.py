"""The chart of accounts, postings and the journal entry that cannot be unbalanced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from steelyard.kernel import ZERO, InvalidInput, is_currency, plain


class AccountKind(StrEnum):
    """What an account stands for; assets and expenses grow on the debit side, the others on the credit."""

    ASSET = "asset"
    LIABILITY = "liability"
    REVENUE = "revenue"
    EXPENSE = "expense"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of the chart; `per` names what its sub-accounts are kept by (`revenue:core`)."""

    code: str
    name: str
    kind: AccountKind
    per: str = ""


RECEIVABLE: Final = "receivable"
REVENUE: Final = "revenue"
TAX_PAYABLE: Final = "tax_payable"
ROUNDING_DIFFERENCE: Final = "rounding_difference"
CUSTOMER_CREDIT: Final = "customer_credit"
CREDITS_GRANTED: Final = "credits_granted"

CHART: Final = (
    Account(code=RECEIVABLE, name="Owed by customers", kind=AccountKind.ASSET),
    Account(code=REVENUE, name="Revenue", kind=AccountKind.REVENUE, per="group of invoice lines"),
    Account(code=TAX_PAYABLE, name="Tax owed to authorities", kind=AccountKind.LIABILITY),
    Account(code=ROUNDING_DIFFERENCE, name="Rounding to minor units", kind=AccountKind.EXPENSE),
    Account(code=CUSTOMER_CREDIT, name="Credit of customers", kind=AccountKind.LIABILITY),
    Account(code=CREDITS_GRANTED, name="Credits given for free", kind=AccountKind.EXPENSE),
)

_BY_CODE: Final = {account.code: account for account in CHART}


def revenue(group: str) -> str:
    """The revenue account of a group of invoice lines.

    >>> revenue("overage")
    'revenue:overage'
    """
    return f"{REVENUE}:{group}"


def account(code: str) -> Account:
    """The chart's account behind a posting's account; an unknown one, or a missing part, is refused.

    >>> account("revenue:core").kind.value
    'revenue'
    """
    head, _, part = code.partition(":")
    found = _BY_CODE.get(head)
    if found is None or bool(found.per) != bool(part):
        allowed = ", ".join(f"{a.code}:<{a.per}>" if a.per else a.code for a in CHART)
        raise InvalidInput(f"{code!r} is no account (allowed: {allowed})", code="unknown_account")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One leg of a journal entry: debit is positive, credit negative; the amount is exact.

    >>> Posting(account="receivable", customer="acme", currency="EUR", amount=Decimal("11.90")).customer
    'acme'
    """

    account: str
    currency: str
    amount: Decimal
    customer: str | None = None

    def __post_init__(self) -> None:
        account(self.account)
        if not is_currency(self.currency):
            raise InvalidInput(f"{self.currency!r} is not an ISO 4217 currency code", code="unknown_currency")
        if not self.amount.is_finite():
            raise InvalidInput(f"a posting of {self.amount} is no amount", code="not_a_number")


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """Postings that belong together and sum to zero in each currency; anything else cannot be constructed.

    `about` is the id of the document (invoice, credit note) that moved the money. Raises InvalidInput
    with code `unbalanced`.

    >>> from steelyard.kernel import instant
    >>> at = instant("2026-11-01T00:00:00Z")
    >>> legs = (
    ...     Posting(account="receivable", currency="EUR", amount=Decimal(5)),
    ...     Posting(account="revenue:core", currency="EUR", amount=Decimal(-4)),
    ... )
    >>> JournalEntry(id="jou_1", posted_at=at, description="", about="inv_1", postings=legs)
    Traceback (most recent call last):
    ...
    steelyard.kernel.errors.InvalidInput: journal entry jou_1 is off by 1 EUR
    """

    id: str
    posted_at: datetime
    description: str
    about: str
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        if not self.postings:
            raise InvalidInput(f"journal entry {self.id} has no postings", code="unbalanced")
        sums: dict[str, Decimal] = {}
        for posting in self.postings:
            sums[posting.currency] = sums.get(posting.currency, ZERO) + posting.amount
        for currency, off in sums.items():
            if off != 0:
                raise InvalidInput(
                    f"journal entry {self.id} is off by {plain(off)} {currency}", code="unbalanced"
                )
