"""What a budget buys, how a price runs, and how plans follow each other."""

from __future__ import annotations

from decimal import Decimal

from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.estimate import inputs_of, version_for
from steelyard.entrypoints.api.handlers.impact import last_month
from steelyard.entrypoints.api.shapes import estimate as shapes
from steelyard.insight.curve import price_curve
from steelyard.insight.design_to_cost import Design, design_to_cost
from steelyard.insight.packaging import ladder, lint
from steelyard.kernel import parse_month, plain


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
        real = [row.quantity for row in rows if call.principal.sees(row.customer)]
    found = price_curve(
        version.catalog,
        asked.plan,
        inputs_of(asked, call),
        vary=asked.vary,
        most=asked.most,
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


def packaged(call: Call) -> shapes.PackagingOut:
    """The ladder of plans, and what is odd about the packaging."""
    asked: shapes.PackagingIn = call.body
    version = version_for(call, asked.version)
    steps = ladder(version.catalog, inputs_of(asked, call), vary=asked.vary, most=asked.most)
    return shapes.PackagingOut(
        catalog=version.id,
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
            for one in lint(version.catalog, steps)
        ],
    )


def _plain(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)
