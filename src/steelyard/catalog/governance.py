"""What a workspace wants of changes to its prices: who agrees to what, and which rules are kept how strictly.

The governance that is live judges a candidate, also one that would change the governance itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


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
    PLAN_IN_USE = "plan_in_use"
    PRICE_IN_USE = "price_in_use"
    CANNOT_BE_BILLED = "cannot_be_billed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Governance:
    """Who agrees to what, and how strictly rules are kept.

    `medium` and `high` are the roles that agree to changes of that risk. `executive` and `deputy` are known
    by their e-mail addresses. A change is sensitive when it touches more than `customers_percent` of the
    customers, moves more than `revenue_percent` of the revenue, or raises one bill by more than
    `increase_percent`. `rollback_days` is for how long the version before may be gone back to without asking.
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
