"""The chart of plans; and what everybody may ask without signing in, where the workspace is opened for it."""

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
from steelyard.kernel import NotFound

PUBLIC_DRAWS: Final = 200


def public_estimate(call: Call) -> shapes.EstimateOut:
    """What the inputs would cost by the live plans whose prices are published."""
    _require_public(call)
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
    """The chart of the live catalog for everybody; no price by contract is in it."""
    _require_public(call)
    return _chart(call, public=True)


def charted(call: Call) -> shapes.ComparisonOut:
    """The chart of a catalog for the seller's own people, with the prices of plans by contract."""
    return _chart(call, public=False)


def _require_public(call: Call) -> None:
    """Raises NotFound where the workspace does not show its prices to everybody."""
    if not call.workspace.public_prices:
        message = "prices are not public here; whoever serves the workspace opens them with --public-prices"
        raise NotFound(message, code="prices_not_public")


def _chart(call: Call, *, public: bool) -> shapes.ComparisonOut:
    asked: shapes.ComparisonQuery = call.query
    version = version_for(call, asked.version if isinstance(asked, shapes.ChartQuery) else "")
    found = comparison(version.catalog, product=asked.product, public=public)
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
        inputs=list(_asked_for(version.catalog, public=public)),
    )


def _asked_for(catalog: Catalog, *, public: bool) -> Iterator[shapes.ComparisonInput]:
    """What a calculator of these plans asks for."""
    plans = [one for one in catalog.plans.values() if not (public and one.by_contract)]
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
