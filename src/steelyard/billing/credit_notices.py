"""What a customer should know of its credit before it is too late: what expires soon, and what runs low."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from steelyard.kernel import ZERO, iso
from steelyard.ledger import CreditLot, TopUp, balance_at, in_burn_order


class CreditNoticeKind(StrEnum):
    """Why a customer is told of its credit."""

    EXPIRES = "expires"
    LOW = "low"
    USED_UP = "used_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNotice:
    """One thing to know about a customer's credit in a unit.

    `units` are those that expire, or that are left; `lot` is the one that expires, `at` when it does.
    """

    kind: CreditNoticeKind
    customer: str
    unit: str
    units: Decimal
    text: str
    lot: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """When somebody looks, how many days ahead, and below which percentage of what was granted is low."""

    at: datetime
    days: int = 30
    low_percent: Decimal = Decimal(20)


def credit_notices(
    lots: Sequence[CreditLot], rules: Sequence[TopUp], pending: Decimal, looking: Looking
) -> list[CreditNotice]:
    """What is to be told of a customer's lots of one unit, of which so many units are used and not billed.

    What is used already is taken off the lots in the order in which they are drawn on, so that nobody is
    told of credit that is as good as spent.

    >>> from steelyard.kernel import instant
    >>> at = instant("2026-01-20T00:00:00Z")
    >>> lot = CreditLot(
    ...     id="lot_1",
    ...     customer="acme",
    ...     name="Welcome",
    ...     unit="EUR",
    ...     amount=Decimal(100),
    ...     effective_at=instant("2026-01-01T00:00:00Z"),
    ...     granted_at=instant("2026-01-01T00:00:00Z"),
    ...     expires_at=instant("2026-02-01T00:00:00Z"),
    ... )
    >>> [one.text for one in credit_notices([lot], [], Decimal(30), Looking(at=at))]
    ['70 EUR of Welcome expire 2026-02-01']
    >>> [one.text for one in credit_notices([lot], [], Decimal(90), Looking(at=at, days=5))]
    ['10 EUR of 100 left, with what is used and not billed yet']
    """
    left = _left(lots, pending, looking.at)
    if not left:
        return []
    found = [
        _expiring(lot, units)
        for lot, units in left
        if units > 0
        and lot.expires_at is not None
        and lot.expires_at <= looking.at + timedelta(days=looking.days)
    ]
    return [*found, *_low(left, rules, looking)]


def _left(lots: Sequence[CreditLot], pending: Decimal, at: datetime) -> list[tuple[CreditLot, Decimal]]:
    found: list[tuple[CreditLot, Decimal]] = []
    for lot in in_burn_order([one for one in lots if one.active_at(at)]):
        held = max(balance_at(lot, at), ZERO)
        used = min(held, max(pending, ZERO))
        pending -= used
        found.append((lot, held - used))
    return found


def _expiring(lot: CreditLot, units: Decimal) -> CreditNotice:
    assert lot.expires_at is not None, "only what expires is told of"
    return CreditNotice(
        kind=CreditNoticeKind.EXPIRES,
        customer=lot.customer,
        unit=lot.unit,
        units=units,
        text=f"{_counted(units)} {lot.unit} of {lot.name} expire {iso(lot.expires_at)[:10]}",
        lot=lot.id,
        at=lot.expires_at,
    )


def _low(
    left: Sequence[tuple[CreditLot, Decimal]], rules: Sequence[TopUp], looking: Looking
) -> list[CreditNotice]:
    some = left[0][0]
    held = sum((units for _, units in left), ZERO)
    granted = sum((lot.amount for lot, _ in left), ZERO)
    below = held * 100 < granted * looking.low_percent
    below = below or any(held < rule.threshold for rule in rules if rule.unit == some.unit)
    if not below:
        return []
    kind = CreditNoticeKind.LOW if held > 0 else CreditNoticeKind.USED_UP
    what = f"{_counted(held)} {some.unit} of {_counted(granted)} left"
    return [
        CreditNotice(
            kind=kind,
            customer=some.customer,
            unit=some.unit,
            units=held,
            text=f"{what}, with what is used and not billed yet",
        )
    ]


def _counted(units: Decimal) -> str:
    return f"{units.normalize():,f}"
