"""Value metrics judged by the playbook's rules, so that candidates can be compared before one is chosen.

Three rules are gates, which a metric passes or not: *measurable* (customers and days have events, and fresh
ones), *auditable* (every unit has a receipt in the record), *observable* (metrics and traces exist, its event
types are declared and described, and its events fit). The fourth ranks those that pass: *correlated*, by
rank, with an outcome that customers care about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

from steelyard.insight.correlation import PAIRS_MIN, rank_correlation
from steelyard.insight.metric_facts import Audit, MetricFacts
from steelyard.kernel import ONE, ZERO, plain

CUSTOMERS_SHARE: Final = Decimal("0.5")
DAYS_SHARE: Final = Decimal("0.5")
FRESH_WITHIN: Final = timedelta(hours=48)
FIT_SHARE: Final = Decimal("0.99")
FEW_CUSTOMERS: Final = 10
"""With fewer customers than this a correlation may well be chance, and the score says so."""

_STRONG, _MODERATE = Decimal("0.7"), Decimal("0.4")
_SHARE: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question of a gate, answered in words."""

    ok: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One rule that a metric passes or not; `score` is between 0 and 1, and 1 only if nothing is missing."""

    name: str
    score: Decimal
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every question is answered well."""
        return all(check.ok for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlated:
    """How the metric ranks customers beside its outcome: rho from -1 to 1, or why there is none."""

    outcome: str
    rho: Decimal | None
    customers: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricScore:
    """All that is said of one candidate; `rank` counts from 1 among those that pass all gates."""

    facts: MetricFacts
    gates: tuple[Gate, ...]
    correlated: Correlated
    rank: int | None = None

    @property
    def passed(self) -> bool:
        """Whether it passes every gate, so that it may be charged for."""
        return all(gate.passed for gate in self.gates)


def scored(candidates: Iterable[MetricFacts]) -> tuple[MetricScore, ...]:
    """The candidates judged, the best first: those that pass all gates by their correlation, then the others.

    >>> scored([])
    ()
    """
    judged = [_score(facts) for facts in candidates]
    judged.sort(key=_order)
    places = iter(range(1, len(judged) + 1))
    return tuple(replace(one, rank=next(places)) if one.passed else one for one in judged)


def _order(score: MetricScore) -> tuple[bool, int, Decimal, str]:
    rho = score.correlated.rho
    failed = sum(not gate.passed for gate in score.gates)
    return not score.passed, failed, -rho if rho is not None else Decimal(2), score.facts.metric.key


def _score(facts: MetricFacts) -> MetricScore:
    return MetricScore(
        facts=facts,
        gates=(measurable(facts), auditable(facts), observable(facts)),
        correlated=correlated(facts),
    )


def measurable(facts: MetricFacts) -> Gate:
    """Whether enough customers use it on enough days, and lately; the score is the smaller share."""
    customers = share(facts.using, facts.customers)
    days = share(facts.days_with_events, facts.days)
    fresh = facts.newest is not None and facts.seen_until - facts.newest <= FRESH_WITHIN
    newest = (
        "nothing was ever counted"
        if facts.newest is None
        else f"the newest event is of {facts.newest:%Y-%m-%d %H:%M} UTC"
    )
    return Gate(
        name="measurable",
        score=min(customers, days) if fresh else ZERO,
        checks=(
            Check(
                ok=customers >= CUSTOMERS_SHARE,
                text=f"{facts.using:,} of {facts.customers:,} customers have events ({percent(customers)} %)",
            ),
            Check(
                ok=days >= DAYS_SHARE,
                text=f"{facts.days_with_events} of {facts.days} days have events ({percent(days)} %)",
            ),
            Check(ok=fresh, text=newest),
        ),
    )


def auditable(facts: MetricFacts) -> Gate:
    """Whether every unit has a receipt, and a sample of them walked back to the record holds."""
    audit = facts.audit
    checks = tuple(_audit_checks(facts.events, audit))
    good = audit.checked - len(audit.problems)
    held = share(facts.events - audit.without_entry, facts.events)
    return Gate(name="auditable", score=min(held, share(good, audit.checked)), checks=checks)


def _audit_checks(events: int, audit: Audit) -> Iterator[Check]:
    if not events:
        yield Check(ok=False, text="there is no event to audit")
        return
    held = events - audit.without_entry
    yield Check(ok=not audit.without_entry, text=f"{held:,} of {events:,} events have an entry in the record")
    good = audit.checked - len(audit.problems)
    sampled = f"a sample of {audit.checked}, spread evenly over all," if audit.checked < held else "them all"
    found = f"{good} of {sampled} lead to their entry, its value and its signed proof"
    yield Check(ok=not audit.problems and audit.checked > 0, text=found)
    for problem in audit.problems[:3]:
        yield Check(ok=False, text=problem)


def observable(facts: MetricFacts) -> Gate:
    """Whether it has metrics and traces, and its event types a schema that their events fit.

    The metric is its series over the days; a trace is an event that can be followed from its receipt to the
    quantity that it is part of.
    """
    traced = facts.audit.checked - len(facts.audit.problems)
    checks: list[Check] = [
        Check(
            ok=facts.days_with_events > 0,
            text=f"metrics: its series has values on {facts.days_with_events} of {facts.days} days",
        ),
        Check(
            ok=facts.audit.checked > 0 and traced == facts.audit.checked,
            text=f"traces: {traced} of {facts.audit.checked} sampled events lead from receipt to quantity",
        ),
    ]
    for one in facts.types:
        declared = "is declared" if one.declared else "is not declared in the catalog"
        checks.append(Check(ok=one.declared, text=f"{one.name} {declared}"))
        schema = "has a schema" if one.has_schema else "has no schema; derive one from its events"
        checks.append(Check(ok=one.has_schema, text=f"{one.name} {schema}"))
        fit = share(one.events - one.mismatches, one.events)
        text = f"{percent(fit)} % of its events fit" if one.events else "no event to be watched came in"
        checks.append(Check(ok=one.events > 0 and fit >= FIT_SHARE, text=f"{one.name}: {text}"))
    return Gate(
        name="observable", score=share(sum(check.ok for check in checks), len(checks)), checks=tuple(checks)
    )


def correlated(facts: MetricFacts) -> Correlated:
    """How the metric goes with its outcome over customers."""
    count = len(facts.pairs)
    if not facts.outcome:
        return Correlated(outcome="", rho=None, customers=0, text="it names no outcome to go with")
    rho = rank_correlation(facts.pairs)
    if count < PAIRS_MIN:
        text = f"only {count} customers have events of it or of {facts.outcome}"
    elif rho is None:
        text = f"it or {facts.outcome} is the same for all customers"
    else:
        few = f", of {count} customers only: it may be chance" if count < FEW_CUSTOMERS else ""
        text = f"{_strength(rho)} {facts.outcome} (rho {plain(rho)}, {count:,} customers){few}"
    return Correlated(outcome=facts.outcome, rho=rho, customers=count, text=text)


def _strength(rho: Decimal) -> str:
    size = abs(rho)
    word = "strongly" if size >= _STRONG else "moderately" if size >= _MODERATE else "hardly"
    if word == "hardly":
        return "hardly goes along with"
    return f"goes {word} {'against' if rho < 0 else 'along with'}"


def share(part: int, whole: int) -> Decimal:
    """The part of the whole, to four decimals; nothing of nothing is 0.

    >>> share(1, 3), share(0, 0), share(2, 2)
    (Decimal('0.3333'), Decimal('0'), Decimal('1'))
    """
    if not whole:
        return ZERO
    return ONE if part == whole else (Decimal(part) / whole).quantize(_SHARE)


def percent(of: Decimal) -> str:
    """A share in percent with one decimal at most.

    >>> percent(Decimal("0.3333")), percent(Decimal(1))
    ('33.3', '100')
    """
    return plain((of * 100).quantize(Decimal("0.1")))


def best(scores: Sequence[MetricScore]) -> MetricScore | None:
    """The one that ranks first, if any passes the gates and goes with its outcome."""
    return next((one for one in scores if one.rank == 1 and one.correlated.rho is not None), None)
