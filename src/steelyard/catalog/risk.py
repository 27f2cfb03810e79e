"""How risky a change of prices is, every reason in words: who is touched, what moves, what cannot go back.

Points add up; their sum gives the level. A change of the governance itself is always of high risk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from steelyard.catalog.governance import Governance
from steelyard.catalog.impact import CustomerImpact, Impact, percent_of
from steelyard.catalog.model import Catalog
from steelyard.kernel import ZERO, plain

MEDIUM_FROM: Final = 20
HIGH_FROM: Final = 50
_DEFAULT: Final = Governance()


class RiskLevel(StrEnum):
    """How much agreement a change needs."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskReason:
    """One reason why a change is risky, with its weight."""

    points: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """The risk of a change and its reasons, the heaviest first.

    >>> Risk(reasons=(RiskReason(points=30, text="a"),)).level.value, Risk(reasons=()).level.value
    ('medium', 'low')
    """

    reasons: tuple[RiskReason, ...]

    @property
    def score(self) -> int:
        """The sum of the points, 100 at most."""
        return min(100, sum(reason.points for reason in self.reasons))

    @property
    def level(self) -> RiskLevel:
        """What the score comes to."""
        if self.score >= HIGH_FROM:
            return RiskLevel.HIGH
        return RiskLevel.MEDIUM if self.score >= MEDIUM_FROM else RiskLevel.LOW


def risk_of(before: Catalog, after: Catalog, impact: Impact | None, governance: Governance | None) -> Risk:
    """How risky it is to publish `after` in place of `before`, given what it means on past usage.

    >>> risk_of(Catalog(), Catalog(), None, None).reasons
    ()
    """
    limits = governance or _DEFAULT
    reasons = [*_irreversible(before, after), *_governance(before, after), *_floors(before, after)]
    if impact is not None:
        reasons += [*_touched(impact, limits), *_moved(impact, limits), *_raised(impact, limits)]
        reasons += _margins(impact)
    return Risk(reasons=tuple(sorted(reasons, key=lambda reason: -reason.points)))


def _touched(impact: Impact, limits: Governance) -> Iterator[RiskReason]:
    """How many bills change; changes of a hundredth or less are told and weigh next to nothing."""
    touched = [one for one in impact.customers if one.difference or one.problems]
    if not touched:
        return
    felt = sum(1 for one in touched if one.problems or one.percent is None or abs(one.percent) > 1)
    of = len(impact.customers)
    if not felt:
        text = f"touches {len(touched)} of {of} customers, none by more than 1 %"
        yield RiskReason(points=2, text=text)
        return
    share = percent_of(Decimal(felt), Decimal(of)) or ZERO
    points = 20 if share >= 50 else 15 if share > limits.customers_percent else 5
    yield RiskReason(
        points=points, text=f"touches {felt} of {of} customers by more than 1 % ({plain(share)} %)"
    )


def _moved(impact: Impact, limits: Governance) -> Iterator[RiskReason]:
    """What moves in each currency, up and down together: what some gain does not hide what others lose."""
    for total in impact.totals:
        those = [one for one in impact.customers if one.currency == total.currency]
        moved = sum((abs(one.difference) for one in those), ZERO)
        share = percent_of(moved, total.old)
        if not moved or share is None:
            continue
        points = 40 if share >= 4 * limits.revenue_percent else 25 if share > limits.revenue_percent else 4
        net = f", net {_signed(total.difference)}" if abs(total.difference) != moved else ""
        text = f"moves {moved:,f} {total.currency} of {total.old:,f} a month ({plain(share)} %{net})"
        yield RiskReason(points=points, text=text)


def _raised(impact: Impact, limits: Governance) -> Iterator[RiskReason]:
    raised = [one for one in impact.losers if _rise(one) > limits.increase_percent]
    if not raised:
        return
    worst = max(raised, key=_rise)
    points = 30 if _rise(worst) > 50 else 20
    who = "a customer" if len(raised) == 1 else f"{len(raised)} customers"
    most = f"+{plain(_rise(worst))} %" if worst.old else f"from nothing to {plain(worst.new)}"
    text = f"raises the bill of {who} by more than {plain(limits.increase_percent)} % (most: {most})"
    yield RiskReason(points=points, text=text)


def _rise(one: CustomerImpact) -> Decimal:
    return (one.percent or ZERO) if one.old else Decimal(100)


def _margins(impact: Impact) -> Iterator[RiskReason]:
    sunk = [
        one
        for one in impact.customers
        if one.margin_old is not None and one.margin_new is not None and one.margin_new < 0 <= one.margin_old
    ]
    if sunk:
        text = f"{len(sunk)} customers would cost more than they pay"
        yield RiskReason(points=20, text=text)


def _irreversible(before: Catalog, after: Catalog) -> Iterator[RiskReason]:
    for key in sorted(set(before.metrics) - set(after.metrics)):
        yield RiskReason(points=30, text=f"takes the metric {key!r} away; going back would be refused")
    for key in sorted(set(before.metrics) & set(after.metrics)):
        if before.metrics[key].meter != after.metrics[key].meter:
            yield RiskReason(points=30, text=f"measures {key!r} anew, also in months that are not billed yet")
    for key in sorted(set(before.plans) & set(after.plans)):
        old, new = before.plans[key].currency, after.plans[key].currency
        if old != new:
            yield RiskReason(points=40, text=f"bills the plan {key!r} in {new} in place of {old}")
    gone = _names(sorted(set(before.plans) - set(after.plans)))
    if gone:
        yield RiskReason(points=10, text=f"ends the sale of {gone}")


def _governance(before: Catalog, after: Catalog) -> Iterator[RiskReason]:
    if before.governance is not None and before.governance != after.governance:
        yield RiskReason(points=HIGH_FROM, text="changes who must agree to changes, or which rules are kept")


def _floors(before: Catalog, after: Catalog) -> Iterator[RiskReason]:
    for key, floor in sorted(before.floors.items()):
        now = after.floors.get(key)
        if now is None:
            yield RiskReason(points=30, text=f"takes the floor {key!r} away")
            continue
        for name in ("percent", "amount", "unit_amount"):
            old, new = getattr(floor, name), getattr(now, name)
            if old is not None and (new is None or new < old):
                yield RiskReason(points=30, text=f"lowers the floor {key!r}")


def _names(keys: Sequence[str]) -> str:
    return ", ".join(repr(key) for key in keys[:5]) + (f" and {len(keys) - 5} more" if len(keys) > 5 else "")


def _signed(amount: Decimal) -> str:
    return f"+{plain(amount)}" if amount > 0 else plain(amount)
