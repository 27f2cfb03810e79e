"""Guard rails: rules that complete and consistent prices keep, told all at once before anything is published.

What can never be right is refused by `validate`. These rules are about what fits together badly: each has a
level, which the governance of the workspace may change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from steelyard.catalog.floor_guard import below_floors, together_below_floors
from steelyard.catalog.governance import Governance, GuardLevel, GuardRule
from steelyard.catalog.model import Catalog, Group, Plan, Price
from steelyard.kernel import plain
from steelyard.rating import GraduatedPrice, PerUnitPrice, VolumePrice

_LEVELS: Final = {
    GuardRule.FEATURE_NOT_GRANTED: GuardLevel.REFUSE,
    GuardRule.FEATURE_IN_NO_PLAN: GuardLevel.WARN,
    GuardRule.LIMIT_WITHOUT_FEATURE: GuardLevel.WARN,
    GuardRule.PLAN_WITHOUT_SUPPORT: GuardLevel.WARN,
    GuardRule.UNREACHABLE_TIER: GuardLevel.WARN,
    GuardRule.CONFLICTING_PRICES: GuardLevel.WARN,
    GuardRule.DISCOUNT_BELOW_FLOOR: GuardLevel.REFUSE,
    GuardRule.DISCOUNTS_TOGETHER_BELOW_FLOOR: GuardLevel.WARN,
    GuardRule.FREE_UNITS_BELOW_FLOOR: GuardLevel.WARN,
    GuardRule.FREE_UNITS_NOT_JUDGED: GuardLevel.WARN,
    GuardRule.PLAN_IN_USE: GuardLevel.REFUSE,
    GuardRule.PRICE_IN_USE: GuardLevel.REFUSE,
    GuardRule.CANNOT_BE_BILLED: GuardLevel.REFUSE,
}
_GOVERNED: Final = {
    GuardRule.PLAN_WITHOUT_SUPPORT: GuardLevel.REFUSE,
    GuardRule.UNREACHABLE_TIER: GuardLevel.REFUSE,
}
"""What a workspace with a governance keeps more strictly, unless it says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One breach of a rule: how strictly the rule is kept, what is wrong in words, and where."""

    rule: GuardRule
    level: GuardLevel
    message: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InUse:
    """What running subscriptions that follow the live catalog need of it: plans and added prices, counted.

    `below_floor` says, by usage that did happen, which free units leave less than a floor wants, and
    `not_judged` where nothing was used by which that could be said: each with its place.
    """

    plans: Mapping[str, int] = field(default_factory=dict[str, int])
    prices: Mapping[str, int] = field(default_factory=dict[str, int])
    broken: tuple[str, ...] = ()
    below_floor: tuple[tuple[str, str], ...] = ()
    not_judged: tuple[tuple[str, str], ...] = ()


NOTHING_IN_USE: Final = InUse()


def level_of(rule: GuardRule, governance: Governance | None) -> GuardLevel:
    """How strictly a rule is kept here.

    >>> level_of(GuardRule.PLAN_WITHOUT_SUPPORT, None).value
    'warn'
    >>> level_of(GuardRule.PLAN_WITHOUT_SUPPORT, Governance()).value
    'refuse'
    """
    if governance is None:
        return _LEVELS[rule]
    return governance.guards.get(rule.value, _GOVERNED.get(rule, _LEVELS[rule]))


def findings(
    catalog: Catalog, governance: Governance | None = None, in_use: InUse = NOTHING_IN_USE
) -> tuple[Finding, ...]:
    """Every breach of every rule that is not off, rule by rule.

    >>> findings(Catalog())
    ()
    """
    support = governance.support_features if governance is not None else ()
    told: list[tuple[GuardRule, Iterable[tuple[str, str]]]] = [
        (GuardRule.FEATURE_NOT_GRANTED, _not_granted(catalog)),
        (GuardRule.FEATURE_IN_NO_PLAN, _in_no_plan(catalog)),
        (GuardRule.LIMIT_WITHOUT_FEATURE, _limits_without_feature(catalog)),
        (GuardRule.PLAN_WITHOUT_SUPPORT, _without_support(catalog, support)),
        (GuardRule.UNREACHABLE_TIER, _unreachable_tiers(catalog)),
        (GuardRule.CONFLICTING_PRICES, _conflicting(catalog)),
        (GuardRule.DISCOUNT_BELOW_FLOOR, below_floors(catalog)),
        (GuardRule.DISCOUNTS_TOGETHER_BELOW_FLOOR, together_below_floors(catalog)),
        (GuardRule.FREE_UNITS_BELOW_FLOOR, in_use.below_floor),
        (GuardRule.FREE_UNITS_NOT_JUDGED, in_use.not_judged),
        (GuardRule.PLAN_IN_USE, _plans_in_use(catalog, in_use)),
        (GuardRule.PRICE_IN_USE, _prices_in_use(catalog, in_use)),
        (GuardRule.CANNOT_BE_BILLED, (("subscriptions", words) for words in in_use.broken)),
    ]
    return tuple(
        Finding(rule=rule, level=level, message=message, field=place)
        for rule, found in told
        if (level := level_of(rule, governance)) is not GuardLevel.OFF
        for place, message in found
    )


def _not_granted(catalog: Catalog) -> Iterator[tuple[str, str]]:
    for plan in catalog.plans.values():
        for item in plan.items:
            price = catalog.prices[item.price]
            if price.feature is not None and price.feature not in plan.features:
                message = (
                    f"the plan {plan.key!r} charges {price.key!r} for {price.feature!r}, not granted in it"
                )
                yield f"plans.{plan.key}.features", message


def _in_no_plan(catalog: Catalog) -> Iterator[tuple[str, str]]:
    granted = {feature for plan in catalog.plans.values() for feature in plan.features}
    priced = {price.feature: price.key for price in catalog.prices.values() if price.feature is not None}
    for key in sorted(set(catalog.features) - granted):
        has_price = f", though {priced[key]!r} is its price" if key in priced else ""
        yield f"features.{key}", f"no plan grants the feature {key!r}{has_price}"


def _limits_without_feature(catalog: Catalog) -> Iterator[tuple[str, str]]:
    for plan in catalog.plans.values():
        for key in sorted(set(plan.limits) & set(catalog.features) - set(plan.features)):
            yield (
                f"plans.{plan.key}.limits.{key}",
                f"the plan {plan.key!r} limits {key!r} and does not grant it",
            )


def _without_support(catalog: Catalog, support: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Plans that neither grant a tier of support nor charge for one, where any plan does."""
    known = set(support) or {key for key in catalog.features if "support" in key.split("-")}
    has = {key for key, plan in catalog.plans.items() if _supports(catalog, plan, known)}
    if not has and not support:
        return
    for key in sorted(set(catalog.plans) - has):
        yield f"plans.{key}", f"the plan {key!r} has no tier of support"


def _supports(catalog: Catalog, plan: Plan, known: set[str]) -> bool:
    charges = any((item.group or catalog.prices[item.price].group) is Group.SUPPORT for item in plan.items)
    return charges or bool(known & set(plan.features))


def _unreachable_tiers(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Tiers that begin above the most that a plan allows of their metric."""
    for plan in catalog.plans.values():
        for item in plan.items:
            price = catalog.prices[item.price]
            most = plan.limits.get(price.metric or "")
            if most is None or not isinstance(price.model, (GraduatedPrice, VolumePrice)):
                continue
            included = price.included if item.included is None else item.included
            bounds = [tier.up_to for tier in price.model.tiers[:-1] if tier.up_to is not None]
            for number, bound in enumerate(bounds, start=2):
                if bound + included >= most:
                    message = (
                        f"tier {number} of {price.key!r} begins after {plain(bound)}, "
                        f"and the plan {plan.key!r} allows {plain(most)} {price.metric}"
                    )
                    yield f"prices.{price.key}.tiers[{number - 1}]", message


def _conflicting(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """A unit that costs more in a higher plan of the same product, with nothing that says why."""
    for product in sorted({plan.product for plan in catalog.plans.values()}):
        plans = sorted(
            (plan for plan in catalog.plans.values() if plan.product == product),
            key=lambda plan: (plan.tier, plan.key),
        )
        cheapest: dict[tuple[object, ...], tuple[Decimal, Plan]] = {}
        for plan in plans:
            for price in (catalog.prices[item.price] for item in plan.items):
                unit = _unit_price(price)
                if unit is None:
                    continue
                what = (
                    price.metric or price.key,
                    plan.currency,
                    repr(price.dimensions),
                    repr(price.excluded),
                )
                lower = cheapest.get(what)
                if lower is not None and lower[1].tier < plan.tier and unit > lower[0]:
                    message = (
                        f"a unit of {price.metric or price.key} costs {plain(unit)} in the plan {plan.key!r} "
                        f"and {plain(lower[0])} in the smaller plan {lower[1].key!r}"
                    )
                    yield f"plans.{plan.key}.items", message
                elif lower is None or unit < lower[0]:
                    cheapest[what] = (unit, plan)


def _unit_price(price: Price) -> Decimal | None:
    return price.model.unit_amount / price.model.per if isinstance(price.model, PerUnitPrice) else None


def _plans_in_use(catalog: Catalog, in_use: InUse) -> Iterator[tuple[str, str]]:
    for key, count in sorted(in_use.plans.items()):
        if key not in catalog.plans:
            yield f"plans.{key}", f"{count} subscriptions follow the plan {key!r}, which would be gone"


def _prices_in_use(catalog: Catalog, in_use: InUse) -> Iterator[tuple[str, str]]:
    for key, count in sorted(in_use.prices.items()):
        if key not in catalog.prices:
            yield f"prices.{key}", f"{count} subscriptions add the price {key!r}, which would be gone"
