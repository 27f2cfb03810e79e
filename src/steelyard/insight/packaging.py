"""The ladder of plans, and what is odd about how they are packaged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, pairwise

from steelyard.billing.trial import cards_of
from steelyard.catalog import Catalog, Plan
from steelyard.insight.inputs import Inputs, checked
from steelyard.insight.probe import Probe, check_vary
from steelyard.kernel import ZERO, InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step up the ladder: from which quantity of what varies the higher plan is the better choice.

    `at` is None where it never is within `most`; `why` says what makes it so. `gains` is what the higher
    plan grants besides.
    """

    lower: Plan
    upper: Plan
    at: Decimal | None
    why: str
    gains: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something odd about the packaging: a stable code, and in words what it is."""

    code: str
    about: tuple[str, ...]
    text: str


def ladder(catalog: Catalog, inputs: Inputs, *, vary: str, most: Decimal) -> tuple[Rung, ...]:
    """Each step from a plan to the next of its product and currency, by tier.

    The higher plan is better from the first of 200 equal steps at which it costs no more, or at which the
    lower is not enough; the exact quantity between two steps is found by halving.
    """
    if most <= ZERO:
        raise InvalidInput("the ladder goes from zero to more", code="out_of_range")
    check_vary(catalog, vary)
    checked(inputs, catalog, list(catalog.plans.values()))
    cards = cards_of(catalog)
    found: list[Rung] = []
    for lower, upper in _steps(catalog):
        below, above = (
            Probe(catalog=catalog, plan=one, inputs=inputs, vary=vary, cards=cards) for one in (lower, upper)
        )
        found.append(_rung(below, above, most))
    return tuple(found)


def _steps(catalog: Catalog) -> Iterator[tuple[Plan, Plan]]:
    groups: dict[tuple[str, str], list[Plan]] = {}
    for plan in sorted(catalog.plans.values(), key=lambda one: (one.tier, one.key)):
        groups.setdefault((plan.product, plan.currency), []).append(plan)
    for plans in groups.values():
        yield from pairwise(plans)


def _rung(lower: Probe, upper: Probe, most: Decimal) -> Rung:
    looks = sorted({(most * step / 200).to_integral_value() for step in range(201)})
    first = next((place for place, at in enumerate(looks) if _better(lower, upper, at)), None)
    gains = tuple(one for one in upper.plan.features if one not in lower.plan.features)
    if first is None:
        text = f"never better up to {most:,f}"
        return Rung(lower=lower.plan, upper=upper.plan, at=None, why=text, gains=gains)
    low, high = int(looks[first - 1]) if first else -1, int(looks[first])
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _better(lower, upper, Decimal(middle)) else (middle, high)
    at = Decimal(high)
    return Rung(lower=lower.plan, upper=upper.plan, at=at, why=_reason(lower, upper, at), gains=gains)


def _reason(lower: Probe, upper: Probe, at: Decimal) -> str:
    """Why the higher plan is the better choice there."""
    short = lower.misfits(at)
    if short:
        return short[0]
    before, after = lower.total(at), upper.total(at)
    if before is None or after is None:
        return f"{lower.plan.name} cannot be billed: a quantity or an amount is missing"
    return f"the same {after:,f}" if after == before else f"{after:,f} instead of {before:,f}"


def _better(lower: Probe, upper: Probe, at: Decimal) -> bool:
    if upper.misfits(at):
        return False
    if lower.misfits(at):
        return True
    before, after = lower.total(at), upper.total(at)
    return after is not None and (before is None or after <= before)


def equal_steps(most: Decimal, points: int) -> list[Decimal]:
    """So many whole quantities at equal steps from nothing to the most, fewer where steps are below one.

    >>> [str(one) for one in equal_steps(Decimal(10), 3)]
    ['0', '5', '10']
    """
    return sorted({(most * step / (points - 1)).to_integral_value() for step in range(points)})


def bills_along(
    catalog: Catalog, inputs: Inputs, *, vary: str, places: Sequence[Decimal]
) -> list[tuple[Plan, list[Decimal | None]]]:
    """Each plan's bill at these quantities; None where it cannot be billed or the plan is not enough."""
    cards = cards_of(catalog)
    found: list[tuple[Plan, list[Decimal | None]]] = []
    for plan in sorted(catalog.plans.values(), key=lambda one: (one.product, one.tier, one.key)):
        probe = Probe(catalog=catalog, plan=plan, inputs=inputs, vary=vary, cards=cards)
        found.append((plan, [None if probe.misfits(one) else probe.total(one) for one in places]))
    return found


def lint(
    catalog: Catalog, steps: Sequence[Rung] = (), *, whole: Catalog | None = None
) -> tuple[Finding, ...]:
    """Near-duplicate plans, steps that nobody would rationally take, and features in no plan.

    Where the catalog has only some of the plans, features are looked for in those of the `whole` one.

    >>> lint(Catalog())
    ()
    """
    return (*_duplicates(catalog), *_pointless(steps), *_homeless(whole or catalog))


def _duplicates(catalog: Catalog) -> Iterator[Finding]:
    for one, other in combinations(catalog.plans.values(), 2):
        if (one.product, one.currency) != (other.product, other.currency):
            continue
        if _content(one) == _content(other):
            text = f"{one.name} and {other.name} have the same prices, limits and features"
            yield Finding(code="near_duplicate", about=(one.key, other.key), text=text)
        elif _grants(one) == _grants(other) and len(one.items) == len(other.items):
            text = f"{one.name} and {other.name} grant the same and differ in prices alone"
            yield Finding(code="near_duplicate", about=(one.key, other.key), text=text)


def _grants(plan: Plan) -> tuple[object, ...]:
    return (frozenset(plan.features), dict(plan.limits), plan.visible_days)


def _content(plan: Plan) -> tuple[object, ...]:
    return (*_grants(plan), plan.items, plan.commitment)


def _pointless(steps: Sequence[Rung]) -> Iterator[Finding]:
    """A step up that is never cheaper, that the lower's limits never force, and that grants nothing more."""
    for one in steps:
        more = one.gains or any(
            one.upper.limits.get(key, most + 1) > most for key, most in one.lower.limits.items()
        )
        longer = (one.upper.visible_days or 10**6) > (one.lower.visible_days or 10**6)
        if one.at is None and not more and not longer:
            text = f"nobody gains by going from {one.lower.name} to {one.upper.name}: {one.why}"
            yield Finding(code="pointless_step", about=(one.lower.key, one.upper.key), text=text)
        if (
            one.at == ZERO
            and one.upper.tier > one.lower.tier
            and set(one.lower.features) <= set(one.upper.features)
        ):
            text = f"nobody needs {one.lower.name}: {one.upper.name} costs no more and grants as much"
            yield Finding(code="dominated_plan", about=(one.lower.key, one.upper.key), text=text)


def _homeless(catalog: Catalog) -> Iterator[Finding]:
    granted = {key for plan in catalog.plans.values() for key in (*plan.features, *plan.limits)}
    for key, feature in catalog.features.items():
        if key not in granted:
            yield Finding(code="feature_in_no_plan", about=(key,), text=f"{feature.name} is in no plan")
