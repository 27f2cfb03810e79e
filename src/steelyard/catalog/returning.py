"""Whether an earlier version can become live again: what it rests on must still be there."""

from __future__ import annotations

from collections.abc import Iterator

from steelyard.catalog.model import Catalog
from steelyard.kernel import Problem


def obstacles(earlier: Catalog, live: Catalog) -> tuple[Problem, ...]:
    """Every reason why the earlier catalog cannot replace the live one; nothing where it can.

    A meter that was taken away since no longer counts, and bringing it back would price usage that nobody
    was told is counted: that is a new publication and no return.

    >>> obstacles(Catalog(), Catalog())
    ()
    """
    gone = sorted(set(earlier.metrics) - set(live.metrics))
    problems: list[Problem] = []
    for key in gone:
        rests = "; ".join(_resting_on(earlier, key)) or "no price rests on it"
        message = f"its metric {key!r} is gone since: {rests}"
        problems.append(Problem(code="metric_gone", message=message, field=f"metrics.{key}"))
    for name in sorted(set(earlier.event_types) - set(live.event_types)):
        users = [key for key, one in earlier.metrics.items() if name in one.meter.event_types]
        heard = ", ".join(sorted(users)) or "no metric"
        message = f"its event type {name!r} is gone since: {heard} rests on it"
        problems.append(Problem(code="event_type_gone", message=message, field=f"event_types.{name}"))
    return tuple(problems)


def _resting_on(catalog: Catalog, metric: str) -> Iterator[str]:
    """In words, which prices need the metric, and in which plans they stand."""
    for key in sorted(catalog.prices):
        if catalog.prices[key].metric == metric:
            plans = [plan.key for plan in catalog.plans.values() if any(i.price == key for i in plan.items)]
            where = f" (plan {', '.join(sorted(plans))})" if plans else ""
            yield f"the price {key!r} rests on it{where}"
