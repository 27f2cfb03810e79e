"""The ledger: a double-entry journal in which money is never made or lost.

Owns: the chart of accounts, journal entries, balances and the trial balance.
Does not own: why money moved (billing says so in each entry's description and `about`).

Invariants: the postings of an entry sum to zero in each currency, or there is no entry; entries are only
ever added; a correction is a further entry.
"""

from steelyard.ledger.balances import Balance, TrialBalance, balance, trial_balance
from steelyard.ledger.model import (
    CHART,
    CUSTOMER_CREDIT,
    RECEIVABLE,
    REVENUE,
    ROUNDING_DIFFERENCE,
    TAX_PAYABLE,
    Account,
    AccountKind,
    JournalEntry,
    Posting,
    account,
    revenue,
)

__all__ = [
    "CHART",
    "CUSTOMER_CREDIT",
    "RECEIVABLE",
    "REVENUE",
    "ROUNDING_DIFFERENCE",
    "TAX_PAYABLE",
    "Account",
    "AccountKind",
    "Balance",
    "JournalEntry",
    "Posting",
    "TrialBalance",
    "account",
    "balance",
    "revenue",
    "trial_balance",
]
