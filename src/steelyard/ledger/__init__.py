"""The ledger: a double-entry journal in which money is never made or lost, and lots of credit.

Owns: the chart of accounts, journal entries, balances and the trial balance; credit lots, the order in which
they are drawn on, their burn-down and allocation.
Does not own: why money moved (billing says so in each entry's description and `about`).

Invariants: the postings of an entry sum to zero in each currency, or there is no entry; entries are only
ever added; a correction is a further entry. What a lot holds follows from its terms and its draws alone,
however often and in however many parts it is worked out.
"""

from steelyard.ledger.allocation import (
    Allocated,
    AllocationCode,
    AllocationRefused,
    Paid,
    Purse,
    allocate,
    net_of_negative,
    unspent,
)
from steelyard.ledger.balances import Balance, TrialBalance, balance, trial_balance
from steelyard.ledger.burndown import Burned, Holdings, Movement, MovementKind, Use, burn, opened
from steelyard.ledger.lots import (
    CreditDraw,
    CreditLot,
    DrawKind,
    LotEnd,
    LotOrigin,
    LotScope,
    Recurrence,
    RollOver,
    burn_order,
    in_burn_order,
)
from steelyard.ledger.model import (
    CHART,
    CREDITS_GRANTED,
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
from steelyard.ledger.orders import CreditOrder
from steelyard.ledger.standing import (
    BalancePoint,
    available,
    balance_at,
    balance_series,
    expired_units,
    history,
    settled,
)
from steelyard.ledger.top_ups import TopUp, amounts_due, top_up_lot_id

__all__ = [
    "CHART",
    "CREDITS_GRANTED",
    "CUSTOMER_CREDIT",
    "RECEIVABLE",
    "REVENUE",
    "ROUNDING_DIFFERENCE",
    "TAX_PAYABLE",
    "Account",
    "AccountKind",
    "Allocated",
    "AllocationCode",
    "AllocationRefused",
    "Balance",
    "BalancePoint",
    "Burned",
    "CreditDraw",
    "CreditLot",
    "CreditOrder",
    "DrawKind",
    "Holdings",
    "JournalEntry",
    "LotEnd",
    "LotOrigin",
    "LotScope",
    "Movement",
    "MovementKind",
    "Paid",
    "Posting",
    "Purse",
    "Recurrence",
    "RollOver",
    "TopUp",
    "TrialBalance",
    "Use",
    "account",
    "allocate",
    "amounts_due",
    "available",
    "balance",
    "balance_at",
    "balance_series",
    "burn",
    "burn_order",
    "expired_units",
    "history",
    "in_burn_order",
    "net_of_negative",
    "opened",
    "revenue",
    "settled",
    "top_up_lot_id",
    "trial_balance",
    "unspent",
]
