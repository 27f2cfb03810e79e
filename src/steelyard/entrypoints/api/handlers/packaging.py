"""What a budget buys, how a price runs, and how plans follow each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from typing import Final

from steelyard.catalog import Catalog, Plan
from steelyard.contracts import Customer
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.estimate import inputs_of, version_for
from steelyard.entrypoints.api.handlers.impact import last_month
from steelyard.entrypoints.api.shapes import estimate as shapes
from steelyard.insight.curve import price_curve
from steelyard.insight.design_to_cost import Design, design_to_cost
from steelyard.insight.packaging import bills_along, equal_steps, ladder, lint
from steelyard.kernel import ZERO, parse_month, plain
from steelyard.rating import Tier

REACH: Final = Decimal(1000)
"""How far a curve goes where neither customers nor a limit say how far."""


def designed(call: Call) -> shapes.DesignOut:
    """What a budget buys, plan by plan."""
    asked: shapes.DesignIn = call.body
    version = version_for(call, asked.version)
    found = design_to_cost(
        version.catalog,
        inputs_of(asked, call),
        budget=asked.budget,
        vary=asked.vary,
        currency=asked.currency,
        plans=asked.plans,
    )
    return shapes.DesignOut(catalog=version.id, plans=[_design(one) for one in found])


def _design(one: Design) -> shapes.DesignPlan:
    return shapes.DesignPlan(
        plan=one.plan.key,
        name=one.plan.name,
        quantity=_plain(one.quantity),
        cap=_plain(one.cap),
        total=_plain(one.total),
        left=_plain(one.left),
        monotone=one.monotone,
        features=list(one.plan.features),
        limits={key: plain(most) for key, most in one.plan.limits.items()},
        fixed=list(one.fixed),
        why=list(one.why),
    )


def curve(call: Call) -> shapes.CurveOut:
    """The price curve of a plan, with the customers of a month along it."""
    asked: shapes.CurveIn = call.body
    version = version_for(call, asked.version)
    plan = version.catalog.plan(asked.plan)
    period = asked.period or last_month(call.now)
    metric = version.catalog.metrics.get(asked.vary)
    real: list[Decimal] = []
    if metric is not None:
        call.workspace.catch_up()
        rows = call.workspace.usage.quantities(metric.meter, parse_month(period))
        known = {one.key for one in call.workspace.state.find(Customer)}
        real = [row.quantity for row in rows if row.customer in known and call.principal.sees(row.customer)]
    found = price_curve(
        version.catalog,
        asked.plan,
        inputs_of(asked, call),
        vary=asked.vary,
        most=_reach(asked, real, version.catalog),
        points=asked.points,
        real=real,
    )
    return shapes.CurveOut(
        catalog=version.id,
        plan=plan.key,
        currency=plan.currency,
        vary=asked.vary,
        period=period,
        points=[
            shapes.CurvePoint(
                quantity=plain(one.quantity),
                total=_plain(one.total),
                marginal=_plain(one.marginal),
                average=_plain(one.average),
                customers=one.customers,
            )
            for one in found
        ],
    )


def _reach(asked: shapes.CurveIn, real: list[Decimal], catalog: Catalog) -> Decimal:
    """How far a curve goes: as asked, else past the largest customer, the plan's limit and its last tier."""
    if asked.most is not None:
        return asked.most
    plan = catalog.plan(asked.plan)
    return _past([*_edges(plan, catalog, asked.vary), *(one * 3 / 2 for one in real)])


def _edges(plan: Plan, catalog: Catalog, vary: str) -> list[Decimal]:
    """The plan's limit, and half as much again as what it includes and where its tiers end."""
    edges = [plan.limits.get(vary, ZERO)]
    for item in plan.items:
        price = catalog.price(item.price)
        if vary in (price.metric, item.quantity_from):
            included = price.included if item.included is None else item.included
            edges += [one * 3 / 2 for one in (included or ZERO, *_tier_ends(price.model))]
    return edges


def _past(edges: Sequence[Decimal]) -> Decimal:
    """A round quantity past all of these; one where there is nothing to pass."""
    most = max(edges, default=ZERO)
    return _rounded_up(most) if most > 0 else REACH


def _tier_ends(model: object) -> list[Decimal]:
    """Where the tiers of a price end, for those models that have tiers."""
    tiers: tuple[Tier, ...] = getattr(model, "tiers", ())
    return [one.up_to for one in tiers if one.up_to is not None]


def _rounded_up(number: Decimal) -> Decimal:
    """The next number of two leading digits, so that steps are readable."""
    unit = Decimal(1).scaleb(max(number.adjusted() - 1, 0))
    return (number / unit).to_integral_value(rounding=ROUND_CEILING) * unit


def packaged(call: Call) -> shapes.PackagingOut:
    """The ladder of plans, and what is odd about the packaging."""
    asked: shapes.PackagingIn = call.body
    version = version_for(call, asked.version)
    inputs = inputs_of(asked, call)
    catalog = version.catalog
    if asked.plans:
        catalog = replace(catalog, plans={key: catalog.plan(key) for key in asked.plans})
    most = asked.most
    if most is None:
        most = _past([edge for plan in catalog.plans.values() for edge in _edges(plan, catalog, asked.vary)])
    steps = ladder(catalog, inputs, vary=asked.vary, most=most)
    places = equal_steps(most, asked.points)
    return shapes.PackagingOut(
        catalog=version.id,
        quantities=[plain(one) for one in places],
        bills=[
            shapes.PlanBills(
                plan=plan.key,
                name=plan.name,
                product=plan.product,
                currency=plan.currency,
                totals=[_plain(total) for total in totals],
            )
            for plan, totals in bills_along(catalog, inputs, vary=asked.vary, places=places)
        ],
        ladder=[
            shapes.LadderStep(
                lower=one.lower.key,
                upper=one.upper.key,
                at=_plain(one.at),
                why=one.why,
                gains=list(one.gains),
            )
            for one in steps
        ],
        findings=[
            shapes.PackagingFinding(code=one.code, about=list(one.about), text=one.text)
            for one in lint(catalog, steps, whole=version.catalog)
        ],
    )


def _plain(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)
