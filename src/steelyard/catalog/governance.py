"""What a workspace wants of changes to its prices: who agrees to what, and which rules are kept how strictly.

The governance that is live judges a candidate, also one that would change the governance itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

from steelyard.kernel import LATER, ZERO


class GuardLevel(StrEnum):
    """How strictly a rule is kept: its breach refuses, is told, or is not looked for."""

    REFUSE = "refuse"
    WARN = "warn"
    OFF = "off"


class GuardRule(StrEnum):
    """The rules that complete and consistent prices keep."""

    FEATURE_NOT_GRANTED = "feature_not_granted"
    FEATURE_IN_NO_PLAN = "feature_in_no_plan"
    LIMIT_WITHOUT_FEATURE = "limit_without_feature"
    PLAN_WITHOUT_SUPPORT = "plan_without_support"
    UNREACHABLE_TIER = "unreachable_tier"
    CONFLICTING_PRICES = "conflicting_prices"
    DISCOUNT_BELOW_FLOOR = "discount_below_floor"
    DISCOUNTS_TOGETHER_BELOW_FLOOR = "discounts_together_below_floor"
    FREE_UNITS_BELOW_FLOOR = "free_units_below_floor"
    FREE_UNITS_NOT_JUDGED = "free_units_not_judged"
    PLAN_IN_USE = "plan_in_use"
    PRICE_IN_USE = "price_in_use"
    CANNOT_BE_BILLED = "cannot_be_billed"


class Limited(StrEnum):
    """What one person does alone up to a limit."""

    CREDITS = "credits"
    DISCOUNTS = "discounts"
    CORRECTIONS = "corrections"


OTHER_UNITS: Final = "other"
"""The limit of units that a limit does not name; without it they ask for consent whatever the amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Governance:
    """Who agrees to what, and how strictly rules are kept.

    `medium` and `high` are the roles that agree to changes of that risk. `executive` and `deputy` are known
    by their e-mail addresses. A change is sensitive when it touches more than `customers_percent` of the
    customers, moves more than `revenue_percent` of the revenue, or raises one bill by more than
    `increase_percent`. `rollback_days` is for how long the version before may be gone back to without asking.
    Credit, discounts and corrections above their limits by unit need the consent of `consent_roles`; where
    there are no limits they need none.
    """

    executive: str = ""
    medium: tuple[str, ...] = ("finance",)
    high: tuple[str, ...] = ("finance", "executive")
    customers_percent: Decimal = Decimal(10)
    revenue_percent: Decimal = Decimal(5)
    increase_percent: Decimal = Decimal(20)
    review_hours: int = 72
    rollback_days: int = 7
    notice_days: int = 30
    document_required: bool = True
    guards: Mapping[str, GuardLevel] = field(default_factory=dict[str, GuardLevel])
    support_features: tuple[str, ...] = ()
    consent_roles: tuple[str, ...] = field(default=("finance",), metadata=LATER)
    credits_above: Mapping[str, Decimal] | None = field(default=None, metadata=LATER)
    discounts_above: Mapping[str, Decimal] | None = field(default=None, metadata=LATER)
    corrections_above: Mapping[str, Decimal] | None = field(default=None, metadata=LATER)

    def limits(self, limited: Limited) -> Mapping[str, Decimal] | None:
        """By unit how much one person does alone; None: any amount."""
        match limited:
            case Limited.CREDITS:
                return self.credits_above
            case Limited.DISCOUNTS:
                return self.discounts_above
            case Limited.CORRECTIONS:
                return self.corrections_above

    def above(self, limited: Limited, amounts: Mapping[str, Decimal]) -> dict[str, Decimal]:
        """What of these amounts is above its limit, by unit.

        >>> strict = Governance(credits_above={"USD": Decimal(100)})
        >>> (
        ...     strict.above(Limited.CREDITS, {"USD": Decimal(100)}),
        ...     strict.above(Limited.DISCOUNTS, {"USD": Decimal(9)}),
        ... )
        ({}, {})
        >>> strict.above(Limited.CREDITS, {"USD": Decimal("100.01"), "EUR": Decimal(1)})
        {'USD': Decimal('100.01'), 'EUR': Decimal('1')}
        """
        limits = self.limits(limited)
        if limits is None:
            return {}
        most = {unit: limits.get(unit, limits.get(OTHER_UNITS, ZERO)) for unit in amounts}
        return {unit: amount for unit, amount in amounts.items() if amount > most[unit]}
