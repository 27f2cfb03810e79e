"""The calculator: what a month would cost by each plan."""

from __future__ import annotations

from decimal import Decimal

from steelyard.adapters.chance import Seeded
from steelyard.catalog import CatalogVersion, live_version, version_named
from steelyard.contracts import Customer
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.impact import last_month
from steelyard.entrypoints.api.problems import item_of
from steelyard.entrypoints.api.shapes import estimate as shapes
from steelyard.insight.draws import Range, exactly_so
from steelyard.insight.estimate import Estimate, PlanEstimate, estimate
from steelyard.insight.history import past_cases
from steelyard.insight.inputs import Inputs, RangedUsage
from steelyard.kernel import Conflict, NotFound, parse_month, plain


def compute(call: Call) -> shapes.EstimateOut:
    """What the inputs would cost by each plan of the live catalog, or of the version named."""
    asked: shapes.EstimateIn = call.body
    version = version_for(call, asked.version)
    found = estimate(
        version.catalog,
        inputs_of(asked, call),
        chance=Seeded(asked.seed),
        plans=asked.plans,
        draws=asked.draws,
    )
    return shaped(found, version, seed=asked.seed)


def version_for(call: Call, name: str = "") -> CatalogVersion:
    """The version of that name, or the live one; raises Conflict where none is published."""
    if name:
        return version_named(call.workspace.state, name)
    live = live_version(call.workspace.state)
    if live is None:
        raise Conflict("no catalog is published yet; publish one first", code="no_catalog")
    return live


def inputs_of(asked: shapes.CalculatorIn, call: Call) -> Inputs:
    """The inputs that a request names; the month is the present one where it names none."""
    own = asked if isinstance(asked, shapes.EstimateIn) else shapes.EstimateIn()
    return Inputs(
        usage={key: _usage(given) for key, given in asked.usage.items()},
        quantities={key: _range(given) for key, given in asked.quantities.items()},
        needs=asked.needs,
        features=tuple(asked.features),
        add_ons=tuple(asked.add_ons),
        commitment=own.commitment,
        attributes=own.attributes,
        tax=own.tax_percent,
        period=own.period or f"{call.now:%Y-%m}",
    )


def _usage(given: Decimal | shapes.RangeIn | list[shapes.EstimateUsageIn]) -> tuple[RangedUsage, ...]:
    if isinstance(given, list):
        return tuple(
            RangedUsage(quantity=_range(row.quantity), amount=row.amount, where=row.where) for row in given
        )
    return (RangedUsage(quantity=_range(given)),)


def _range(given: Decimal | shapes.RangeIn) -> Range:
    if isinstance(given, Decimal):
        return exactly_so(given)
    return Range(low=given.low, likely=given.likely, high=given.high)


def shaped(found: Estimate, version: CatalogVersion, *, seed: int) -> shapes.EstimateOut:
    """The estimate as the interface shows it."""
    return shapes.EstimateOut(
        catalog=version.id,
        draws=found.draws,
        seed=seed,
        cheapest=found.cheapest,
        plans=[_plan(one) for one in found.plans],
    )


def _plan(one: PlanEstimate) -> shapes.PlanEstimate:
    low, middle, high = (plain(one.spread[share]) if one.spread else None for share in (10, 50, 90))
    return shapes.PlanEstimate(
        plan=one.plan.key,
        name=one.plan.name,
        product=one.plan.product,
        currency=one.plan.currency,
        by_contract=one.plan.by_contract,
        fits=one.fits,
        fits_percent=plain(one.fits_percent),
        misfits=list(one.misfits),
        total=plain(one.bill.total),
        p10=low,
        p50=middle,
        p90=high,
        histogram=[
            shapes.EstimateBin(low=_edge(step.low), high=_edge(step.high), bills=step.bills)
            for step in one.histogram
        ],
        formula=one.formula,
        lines=[
            shapes.EstimateStep(
                price=line.price_key,
                title=line.title,
                group=line.group.value,
                quantity=None if line.quantity is None else plain(line.quantity),
                unit=line.unit,
                amount=plain(line.amount),
                steps=[step.text for step in line.steps],
            )
            for line in one.bill.lines
        ],
        unpriced=list(one.unpriced),
        problems=[item_of(problem) for problem in one.problems],
    )


def _edge(amount: Decimal) -> str:
    return plain(amount.quantize(Decimal("0.000001")))


def by_history(call: Call) -> shapes.EstimateOut:
    """What each plan would have charged a customer for the last whole months."""
    asked: shapes.HistoryIn = call.body
    key = call.about(call.path["key"])
    customer = call.workspace.state.get(Customer, key)
    if customer is None:
        raise NotFound(f"there is no customer {key!r}", code="unknown_customer")
    version, months = version_for(call), _months_before(call, asked.months)
    call.workspace.catch_up()
    cases = past_cases(
        call.workspace.usage,
        version.catalog,
        key,
        months,
        timezone=customer.timezone,
        quantities=asked.quantities,
    )
    inputs = Inputs(
        quantities={name: exactly_so(number) for name, number in asked.quantities.items()},
        usage={
            metric: tuple(
                RangedUsage(quantity=exactly_so(row.quantity), amount=row.amount, where=row.where)
                for row in rows
            )
            for metric, rows in cases[-1].usage.items()
        },
        commitment=asked.commitment,
        attributes=customer.attributes_at(call.now),
        tax=customer.tax.percent if customer.tax else None,
        period=months[-1],
        timezone=customer.timezone,
    )
    found = estimate(version.catalog, inputs, plans=asked.plans, cases=cases)
    return shaped(found, version, seed=0)


def _months_before(call: Call, count: int) -> list[str]:
    """The last whole months, the newest last."""
    found = [last_month(call.now)]
    while len(found) < count:
        found.append(last_month(parse_month(found[-1]).start))
    return found[::-1]
