"""Whether a plan's limits and features are enough for what somebody needs."""

from __future__ import annotations

from collections.abc import Iterator

from steelyard.catalog import Catalog, Plan
from steelyard.insight.inputs import Case, Inputs


def misfits(plan: Plan, inputs: Inputs, case: Case, catalog: Catalog) -> list[str]:
    """Every limit that the case exceeds and every feature that is missing, in words; none where it fits.

    A feature that a plan grants without a limit is enough for any number.
    """
    return [*over_limits(plan, case, catalog), *_missing(plan, inputs, catalog)]


def over_limits(plan: Plan, case: Case, catalog: Catalog) -> Iterator[str]:
    """The monthly limits that the case exceeds."""
    for key, most in plan.limits.items():
        metric = catalog.metrics.get(key)
        if metric is not None and (used := case.of(key)) > most:
            yield f"{used:,f} {metric.unit} are more than the limit of {most:,f} a month"


def _missing(plan: Plan, inputs: Inputs, catalog: Catalog) -> Iterator[str]:
    for key, needed in inputs.needs.items():
        name = catalog.features[key].name
        most = plan.limits.get(key)
        if most is not None and needed > most:
            yield f"{name}: {needed:,f} needed, the limit is {most:,f}"
        elif most is None and needed > 0 and key not in plan.features:
            yield f"{name} is not in the plan"
    for key in inputs.features:
        if key not in plan.features and not plan.limits.get(key):
            yield f"{catalog.features[key].name} is not in the plan"
