"""What everybody may ask without signing in: the chart of plans, and what they would cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from steelyard.adapters.chance import Seeded
from steelyard.catalog import Catalog
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.estimate import inputs_of, shaped, version_for
from steelyard.entrypoints.api.shapes import estimate as shapes
from steelyard.insight.comparison import comparison
from steelyard.insight.estimate import estimate

PUBLIC_DRAWS: Final = 200


def public_estimate(call: Call) -> shapes.EstimateOut:
    """What the inputs would cost by the live plans whose prices are published."""
    asked: shapes.CalculatorIn = call.body
    version = version_for(call)
    published = [plan.key for plan in version.catalog.plans.values() if not plan.by_contract]
    chosen = [key for key in asked.plans if key in published] or published
    if not chosen:
        return shapes.EstimateOut(catalog=version.id, draws=0, seed=1, cheapest={}, plans=[])
    inputs = inputs_of(asked, call)
    found = estimate(version.catalog, inputs, chance=Seeded(1), plans=chosen, draws=PUBLIC_DRAWS)
    return shaped(found, version, seed=1)


def compared(call: Call) -> shapes.ComparisonOut:
    """The chart of the live catalog; no price by contract is in it."""
    asked: shapes.ComparisonQuery = call.query
    version = version_for(call)
    found = comparison(version.catalog, product=asked.product, public=True)
    return shapes.ComparisonOut(
        catalog=version.id,
        plans=[
            shapes.ComparisonPlan(
                key=one.key,
                name=one.name,
                definition=one.definition,
                product=one.product,
                currency=one.currency,
                by_contract=one.by_contract,
            )
            for one in found.plans
        ],
        rows=[
            shapes.ComparisonRow(
                section=row.section, name=row.name, short=list(row.short), precise=list(row.precise)
            )
            for row in found.rows
        ],
        inputs=list(_asked_for(version.catalog)),
    )


def _asked_for(catalog: Catalog) -> Iterator[shapes.ComparisonInput]:
    plans = [one for one in catalog.plans.values() if not one.by_contract]
    items = [item for plan in plans for item in plan.items]
    named = {catalog.price(item.price).metric for item in items} | {
        key for one in plans for key in one.limits
    }
    for key, metric in catalog.metrics.items():
        if key in named:
            yield shapes.ComparisonInput(kind="usage", key=key, name=metric.name, unit=metric.unit)
    for key in dict.fromkeys(item.quantity_from for item in items if item.quantity_from):
        yield shapes.ComparisonInput(kind="quantities", key=key, name=key.capitalize(), unit="")
    for key, feature in catalog.features.items():
        if key in named:
            yield shapes.ComparisonInput(kind="needs", key=key, name=feature.name, unit="")
