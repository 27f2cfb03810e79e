"""Past months of a customer as cases of the calculator: what each plan would have charged for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from steelyard.catalog import CardKind, Catalog, ValueMetric
from steelyard.catalog.trial import GivenUsage
from steelyard.insight.inputs import Case
from steelyard.kernel import Period, parse_month
from steelyard.metering import UsageStore


def past_cases(
    usage: UsageStore,
    catalog: Catalog,
    customer: str,
    months: Sequence[str],
    *,
    timezone: str,
    quantities: Mapping[str, Decimal],
) -> list[Case]:
    """One case for each of the months, in their order, by what the customer used in it.

    Usage is divided by the dimensions that any price of the metric looks at.
    """
    found: list[Case] = []
    for month in months:
        period = parse_month(month, timezone)
        rows = {key: _rows(usage, catalog, one, customer, period) for key, one in catalog.metrics.items()}
        found.append(Case(usage={key: used for key, used in rows.items() if used}, quantities=quantities))
    return found


def _rows(
    usage: UsageStore, catalog: Catalog, metric: ValueMetric, customer: str, period: Period
) -> tuple[GivenUsage, ...]:
    names = {
        name
        for price in catalog.prices.values()
        if price.metric == metric.key and price.kind is CardKind.PRICE
        for name in (*price.dimension_names, *price.breakdown.over)
    }
    rows = usage.quantities(metric.meter, period, customers=[customer], group_by=sorted(names))
    return tuple(GivenUsage(quantity=row.quantity, amount=row.amount, where=row.group) for row in rows)
