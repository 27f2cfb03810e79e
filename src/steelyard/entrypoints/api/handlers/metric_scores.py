"""Value metrics judged side by side: what is known of each, gathered for `insight` to score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from steelyard.adapters.duckdb import meter_vitals, type_fits
from steelyard.billing.coming import active_part
from steelyard.catalog import Catalog, ValueMetric, live_version
from steelyard.catalog.metric_templates import TEMPLATES
from steelyard.contracts import Subscription
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.definitions import read_metric
from steelyard.entrypoints.api.handlers.impact import last_month
from steelyard.entrypoints.api.shapes import metric_scores as shapes
from steelyard.insight.metric_facts import MetricFacts, Sampled, TypeFacts, walk_back
from steelyard.insight.metric_scores import MetricScore, best, scored
from steelyard.kernel import ZERO, InvalidInput, NotFound, Period, from_micros, iso, parse_month, plain
from steelyard.metering import Meter
from steelyard.record import QUARANTINED, UNATTRIBUTED

_DAY: Final = timedelta(days=1)
SAMPLE: Final = 32
"""So many events of each meter are walked back to the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """What all candidates are judged within; `seen` are the quantities of each meter that were read.

    `last_seqs` are the highest chain numbers of the events behind them, by customer.
    """

    call: Call
    catalog: Catalog
    period: Period
    outcome: str
    customers: int
    seen: dict[str, Mapping[str, Decimal]]
    last_seqs: dict[str, Mapping[str, int]]


def published(call: Call) -> shapes.MetricScores:
    """The scores of published metrics."""
    return _scores(call, call.query, [])


def with_candidates(call: Call) -> shapes.MetricScores:
    """The scores of published metrics beside candidates that nobody published."""
    body: shapes.ScoresAsk = call.body
    return _scores(call, body, [read_metric(one) for one in body.candidates])


def templates(call: Call) -> shapes.MetricTemplates:
    """All templates; whether a metric of that key is published already."""
    live = live_version(call.workspace.state)
    known = live.catalog.metrics if live else {}
    items = [
        shapes.MetricTemplate(
            key=one.key,
            name=one.name,
            from_playbook=one.from_playbook,
            outcome=one.outcome,
            advice=one.advice,
            published=one.key in known,
            metric=one.metric(owner=""),
        )
        for one in TEMPLATES
    ]
    return shapes.MetricTemplates(items=items, next=None)


def _scores(call: Call, asked: shapes.ScoresQuery, candidates: Sequence[ValueMetric]) -> shapes.MetricScores:
    live = live_version(call.workspace.state)
    catalog = live.catalog if live else Catalog()
    name = asked.period or last_month(call.now)
    period = parse_month(name)
    if period.start >= call.now:
        raise InvalidInput(f"{name} has not begun", code="invalid_parameter")
    for key in (*asked.metric, *([asked.outcome] if asked.outcome else [])):
        if key not in catalog.metrics:
            raise NotFound(f"there is no metric {key[:100]!r}", code="unknown_metric")
    chosen = [catalog.metrics[key] for key in asked.metric or ([] if candidates else sorted(catalog.metrics))]
    chosen = [one for one in chosen if one.key != asked.outcome]
    call.workspace.catch_up()
    if candidates:
        call.workspace.usage.prepare([one.meter for one in candidates])
    scope = _Scope(
        call=call,
        catalog=catalog,
        period=period,
        outcome=asked.outcome,
        customers=_customers(call, period),
        seen={},
        last_seqs={},
    )
    facts = [_facts(scope, one, is_published=True) for one in chosen]
    facts += [_facts(scope, one, is_published=False) for one in candidates]
    judged = scored(facts)
    return shapes.MetricScores(
        period=name, outcome=asked.outcome, items=[_shaped(one) for one in judged], text=_text(judged)
    )


def _customers(call: Call, period: Period) -> int:
    """How many customers had a subscription in the period."""
    subscriptions = call.workspace.state.find(Subscription)
    return len({one.customer for one in subscriptions if active_part(one, period) is not None})


def _facts(scope: _Scope, metric: ValueMetric, *, is_published: bool) -> MetricFacts:
    call, meter, period = scope.call, metric.meter, scope.period
    usage = call.workspace.usage
    reader = call.workspace.reader
    vitals = usage.ask(lambda view: meter_vitals(view, meter, period, size=reader.size, sample=SAMPLE))
    sample = [Sampled(index=index, value=value) for index, value in vitals.sample]
    name = meter.key if is_published else f"candidate {meter.key}"
    quantities = _quantities(scope, meter, name)
    until = min(call.now, period.end)
    outcome = scope.outcome or metric.outcome
    return MetricFacts(
        metric=metric,
        customers=max(scope.customers, len(quantities)),
        using=len(quantities),
        days=-(-(until - period.start) // _DAY),
        days_with_events=vitals.days,
        events=vitals.events,
        newest=None if vitals.newest is None else from_micros(vitals.newest),
        seen_until=until,
        types=_types(scope, meter),
        audit=walk_back(meter, sample, reader, without_entry=vitals.beyond + _past_chains(scope, name)),
        outcome=outcome if outcome in scope.catalog.metrics else "",
        pairs=_pairs(scope, quantities, outcome),
        published=is_published,
    )


def _quantities(scope: _Scope, meter: Meter, name: str) -> Mapping[str, Decimal]:
    """The meter's quantity of each customer that has events in the period."""
    if name not in scope.seen:
        rows = scope.call.workspace.usage.quantities(meter, scope.period)
        nobody = (UNATTRIBUTED, QUARANTINED)
        rows = [row for row in rows if row.customer not in nobody]
        scope.seen[name] = {row.customer: row.quantity for row in rows}
        scope.last_seqs[name] = {row.customer: row.last_seq for row in rows}
    return scope.seen[name]


def _past_chains(scope: _Scope, name: str) -> int:
    """How many customers have usage with numbers that their chains in the record have not reached."""
    reader = scope.call.workspace.reader
    return sum(
        (head := reader.chain_head(customer)) is None or head[0] < last
        for customer, last in scope.last_seqs[name].items()
    )


def _pairs(
    scope: _Scope, quantities: Mapping[str, Decimal], outcome: str
) -> tuple[tuple[Decimal, Decimal], ...]:
    metric = scope.catalog.metrics.get(outcome)
    if metric is None:
        return ()
    other = _quantities(scope, metric.meter, metric.key)
    everybody = sorted({*quantities, *other})
    return tuple((quantities.get(one, ZERO), other.get(one, ZERO)) for one in everybody)


def _types(scope: _Scope, meter: Meter) -> tuple[TypeFacts, ...]:
    names = sorted({name for leaf in meter.leaves for name in leaf.event_types})
    fits = scope.call.workspace.usage.ask(lambda view: type_fits(view, names, scope.period))
    found: list[TypeFacts] = []
    for name in names:
        declared, fit = scope.catalog.event_types.get(name), fits.get(name)
        found.append(
            TypeFacts(
                name=name,
                declared=declared is not None,
                has_schema=bool(declared and declared.schema),
                events=fit.events if fit else 0,
                mismatches=fit.mismatches if fit else 0,
            )
        )
    return tuple(found)


def _text(judged: Sequence[MetricScore]) -> str:
    """What the comparison comes to, in a sentence."""
    if not judged:
        return "there is no metric to judge"
    passed = sum(one.passed for one in judged)
    first = best(judged)
    said = f"{passed} of {len(judged)} pass all gates"
    return f"{said}; {first.facts.metric.name} {first.correlated.text}" if first else said


def _shaped(one: MetricScore) -> shapes.MetricScore:
    facts, metric = one.facts, one.facts.metric
    return shapes.MetricScore(
        key=metric.key,
        name=metric.name,
        unit=metric.unit,
        owner=metric.owner,
        definition=metric.definition,
        published=facts.published,
        passed=one.passed,
        rank=one.rank,
        events=facts.events,
        newest=None if facts.newest is None else iso(facts.newest),
        gates=[
            shapes.ScoreGate(
                name=gate.name,
                passed=gate.passed,
                score=plain(gate.score),
                checks=[shapes.ScoreCheck(ok=check.ok, text=check.text) for check in gate.checks],
            )
            for gate in one.gates
        ],
        correlated=shapes.ScoreCorrelated(
            outcome=one.correlated.outcome,
            rho=None if one.correlated.rho is None else plain(one.correlated.rho),
            customers=one.correlated.customers,
            text=one.correlated.text,
        ),
    )
