"""Allocation: several amounts that are due at once, paid from several purses in their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from steelyard.kernel import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """Something to pay from: how much it holds, and whether it takes all that is left at its turn."""

    id: str
    balance: Decimal
    takes_rest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What one purse paid of the amount at that place."""

    place: int
    purse: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocated:
    """Who paid what, what is still due of each amount, and what is left in each purse."""

    paid: tuple[Paid, ...]
    due: tuple[Decimal, ...]
    left: Mapping[str, Decimal]


class AllocationCode(StrEnum):
    """Why an allocation is refused."""

    CREDITS_NOT_CONSUMED_FULLY = "credits_not_consumed_fully"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationRefused:
    """Why credit cannot be paid out in full; trying again with the same does not help."""

    code: AllocationCode
    message: str
    retryable: bool = False


MayPay = Callable[[int, Purse], Decimal | None]
"""How much of the amount at a place a purse may pay: None for all of it, 0 for nothing."""


def _all(place: int, purse: Purse) -> None:
    return None


def allocate(
    amounts: Sequence[Decimal],
    purses: Sequence[Purse],
    may_pay: MayPay = _all,
    *,
    last_takes_rest: bool = False,
) -> Allocated:
    """The amounts, in their order, paid from the purses, in theirs.

    Negative amounts first lessen the others, in order, down to nothing. Each purse pays what it holds, at
    most what it may; one that takes the rest, or with `last_takes_rest` the last that may pay an amount, goes
    below zero for it.

    >>> purse = Purse(id="p", balance=Decimal(50))
    >>> done = allocate([Decimal(30), Decimal(-10), Decimal(40)], [purse])
    >>> [str(one.amount) for one in done.paid], [str(one) for one in done.due]
    (['20', '30'], ['0', '0', '10'])
    """
    due = net_of_negative(amounts)
    left = {purse.id: purse.balance for purse in purses}
    paid: list[Paid] = []
    for place in range(len(due)):
        able = [purse for purse in purses if may_pay(place, purse) != 0]
        for purse in able:
            most = may_pay(place, purse)
            wanted = due[place] if most is None else min(due[place], most)
            rest = purse.takes_rest or (last_takes_rest and purse is able[-1])
            amount = wanted if rest else min(wanted, max(left[purse.id], ZERO))
            if amount > 0:
                paid.append(Paid(place=place, purse=purse.id, amount=amount))
                left[purse.id] -= amount
                due[place] -= amount
    return Allocated(paid=tuple(paid), due=tuple(due), left=left)


def net_of_negative(amounts: Sequence[Decimal]) -> list[Decimal]:
    """The amounts with the negative ones taken off the others, in order, down to nothing.

    >>> [str(one) for one in net_of_negative([Decimal(30), Decimal(-50), Decimal(40)])]
    ['0', '0', '20']
    """
    off = -sum((amount for amount in amounts if amount < 0), ZERO)
    found: list[Decimal] = []
    for amount in amounts:
        less = min(off, max(amount, ZERO))
        off -= less
        found.append(max(amount, ZERO) - less)
    return found


def unspent(allocated: Allocated) -> AllocationRefused | None:
    """The refusal of credits that are to be used up and exceed what is payable; None where all is used.

    >>> unspent(allocate([Decimal(5)], [Purse(id="p", balance=Decimal(8))])).code.value
    'credits_not_consumed_fully'
    """
    over = sum((max(one, ZERO) for one in allocated.left.values()), ZERO)
    if over == 0:
        return None
    message = f"credits exceed what is payable by {over}"
    return AllocationRefused(code=AllocationCode.CREDITS_NOT_CONSUMED_FULLY, message=message)
