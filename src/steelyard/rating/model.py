"""What goes into a calculation and what comes out: usage, steps, charges, refusals."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePart:
    """One part of a usage: the values of the dimensions, or the window (`2026-10-03T09`), that it is for."""

    at: tuple[str, ...]
    quantity: Decimal
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What was used: a quantity in units, the sum of amounts that the events carried (None: they carry none).

    `tier_quantity` chooses the tier of a volume price where the rated quantity was prorated. `events` is how
    many events there were, `values` what the first of them brought, in their order (all of them, where each
    is priced alone). `parts` divide the quantity, for prices that look into it.
    """

    quantity: Decimal
    amount: Decimal | None = None
    tier_quantity: Decimal | None = None
    events: int = 0
    values: tuple[Decimal, ...] = ()
    parts: tuple[UsagePart, ...] = ()


class StepKind(StrEnum):
    """What a step of an explanation is about."""

    USAGE = "usage"
    FLAT = "flat"
    LESS = "less"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a calculation, as a sentence and as figures; the steps of a charge sum to its amount.

    A step that is no note costs its quantity times its unit amount. The quantity is that of what the unit
    amount is for: units, packages, events, or the money that a share is taken of.
    """

    text: str
    quantity: Decimal
    unit_amount: Decimal
    amount: Decimal
    kind: StepKind = StepKind.USAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """A charge: its exact, unrounded amount and the steps that lead to it."""

    amount: Decimal
    steps: tuple[Step, ...]


class RefusalCode(StrEnum):
    """Why a usage cannot be rated by a price."""

    NEGATIVE_QUANTITY = "negative_quantity"
    ABOVE_LAST_TIER = "above_last_tier"
    AMOUNT_MISSING = "amount_missing"
    TOO_MANY_DIGITS = "too_many_digits"
    NO_RATE = "no_rate"
    VALUES_MISSING = "values_missing"
    PARTS_MISSING = "parts_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why this usage cannot be rated by this price; trying again never helps, other data may."""

    code: RefusalCode
    reason: str
    retryable: bool = False
