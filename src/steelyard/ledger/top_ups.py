"""Topping up: a rule by which a customer's credit is filled again before it runs out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from typing import Final

from steelyard.kernel import LATER, ZERO, content_id
from steelyard.ledger.lots import CreditLot
from steelyard.ledger.standing import available

STEPS_MAX: Final = 1000
"""So many amounts at most come at once, however far the credit is below the threshold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUp:
    """A rule: where a customer's credit in a unit falls below `threshold`, lots of `amount` come on top.

    Each lasts `valid_days` (None: for ever) and costs `cost_basis` a unit. In one calendar month (UTC) at
    most `most_per_month` amounts come (None: as many as are needed). A rule that was removed does nothing.
    With `next_document` the customer's next document charges for the lots; otherwise they are owed at once.
    """

    id: str
    customer: str
    name: str
    unit: str
    threshold: Decimal
    amount: Decimal
    made_at: datetime
    made_by: str = ""
    cost_basis: Decimal = ZERO
    priority: int = 100
    valid_days: int | None = None
    most_per_month: int | None = None
    removed_at: datetime | None = None
    next_document: bool = field(default=False, metadata=LATER)


def amounts_due(rule: TopUp, lots: Sequence[CreditLot], pending: Decimal, at: datetime) -> int:
    """How many amounts the rule adds now, so that the credit is at the threshold or above it again.

    `lots` are the customer's, `pending` is what is used already and on no document yet, in units. Once they
    are added, nothing more is due, however often it is asked.

    >>> from steelyard.kernel import instant
    >>> at = instant("2026-01-01T00:00:00Z")
    >>> rule = TopUp(
    ...     id="top_1",
    ...     customer="acme",
    ...     name="Refill",
    ...     unit="EUR",
    ...     threshold=Decimal(20),
    ...     amount=Decimal(50),
    ...     made_at=at,
    ... )
    >>> [amounts_due(rule, [], Decimal(used), at) for used in (0, 40, -20)]
    [1, 2, 0]
    """
    if rule.removed_at is not None:
        return 0
    held = sum((available(lot, at) for lot in lots if lot.unit == rule.unit), ZERO)
    short = rule.threshold - (held - pending)
    if short <= 0:
        return 0
    wanted = min(int((short / rule.amount).to_integral_value(rounding=ROUND_CEILING)), STEPS_MAX)
    if rule.most_per_month is None:
        return wanted
    month = at.astimezone(UTC).strftime("%Y-%m")
    given = sum(
        (
            lot.amount / rule.amount
            for lot in lots
            if lot.origin_id == rule.id and lot.granted_at.astimezone(UTC).strftime("%Y-%m") == month
        ),
        ZERO,
    )
    return max(min(wanted, rule.most_per_month - int(given)), 0)


def top_up_lot_id(rule: TopUp, lots: Sequence[CreditLot]) -> str:
    """The id of the next lot of the rule: two that top up at once name the same, and one of them fails."""
    before = sum(1 for lot in lots if lot.origin_id == rule.id)
    return content_id("lot", f"{rule.id}\x1f{before}".encode())
