"""Three gates that a value metric passes or not, and a rank among those that pass them all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from steelyard.catalog import ValueMetric
from steelyard.insight.metric_facts import Audit, MetricFacts, TypeFacts
from steelyard.insight.metric_scores import auditable, best, correlated, measurable, observable, scored
from steelyard.kernel import instant
from steelyard.metering import Aggregation, Meter

END = instant("2026-11-01T00:00:00Z")
METER = Meter(key="calls", event_types=("call",), aggregation=Aggregation.COUNT)
GOOD = TypeFacts(name="call", declared=True, has_schema=True, events=100, mismatches=0)


def facts(key: str = "calls", **fields: Any) -> MetricFacts:
    metric = ValueMetric(key=key, name=key.title(), owner="Ada", definition="d", meter=METER)
    good: dict[str, Any] = {
        "customers": 10,
        "using": 10,
        "days": 31,
        "days_with_events": 31,
        "events": 100,
        "newest": END - timedelta(hours=1),
        "seen_until": END,
        "types": (GOOD,),
        "audit": Audit(checked=32),
        "outcome": "tickets",
        "pairs": tuple((Decimal(n), Decimal(n)) for n in range(12)),
    }
    return MetricFacts(metric=metric, **(good | fields))


def test_all_is_well_where_nothing_is_missing() -> None:
    (one,) = scored([facts()])
    assert one.passed
    assert [gate.score for gate in one.gates] == [1, 1, 1]
    assert (one.rank, one.correlated.rho) == (1, Decimal("1.0000"))


@pytest.mark.parametrize(
    ("change", "score"),
    [
        ({"using": 4}, "0.4"),
        ({"days_with_events": 15}, "0.4839"),
        ({"newest": END - timedelta(hours=49)}, "0"),
        ({"newest": None, "using": 0, "days_with_events": 0}, "0"),
        ({"customers": 0, "using": 0}, "0"),
    ],
)
def test_too_few_customers_or_days_or_old_events_are_not_measurable(
    change: dict[str, Any], score: str
) -> None:
    gate = measurable(facts(**change))
    assert not gate.passed
    assert gate.score == Decimal(score)


def test_the_bounds_themselves_pass() -> None:
    assert measurable(facts(using=5, days=30, days_with_events=15, newest=END - timedelta(hours=48))).passed


@pytest.mark.parametrize(
    "audit",
    [
        Audit(checked=32, problems=("entry 7: the usage store says 5, the record does not",)),
        Audit(checked=32, without_entry=1),
        Audit(checked=0),
    ],
)
def test_one_unit_without_a_receipt_is_not_auditable(audit: Audit) -> None:
    gate = auditable(facts(audit=audit))
    assert not gate.passed
    assert gate.score < 1
    assert all(any(problem in check.text for check in gate.checks) for problem in audit.problems)


def test_without_events_there_is_nothing_to_audit() -> None:
    assert not auditable(facts(events=0, audit=Audit(checked=0))).passed


@pytest.mark.parametrize(
    "kind",
    [
        replace(GOOD, declared=False),
        replace(GOOD, has_schema=False),
        replace(GOOD, mismatches=2),
        replace(GOOD, events=0),
    ],
)
def test_undeclared_undescribed_or_unfitting_events_are_not_observable(kind: TypeFacts) -> None:
    gate = observable(facts(types=(GOOD, kind)))
    assert not gate.passed
    assert 0 < gate.score < 1


def test_correlation_is_said_in_words_and_with_its_doubts() -> None:
    against = tuple((Decimal(n), Decimal(-n)) for n in range(5))
    assert "against tickets" in correlated(facts(pairs=against)).text
    assert "may be chance" in correlated(facts(pairs=against)).text
    assert "names no outcome" in correlated(facts(outcome="", pairs=())).text
    assert "only 2 customers" in correlated(facts(pairs=against[:2])).text
    assert (
        "the same for all" in correlated(facts(pairs=tuple((Decimal(1), Decimal(n)) for n in range(9)))).text
    )


def test_gates_come_before_the_rank_and_the_rank_goes_by_correlation() -> None:
    loose = tuple((Decimal(n), Decimal(n * 7 % 12)) for n in range(12))
    found = scored(
        [
            facts("perfect-but-stale", newest=None),
            facts("loose", pairs=loose),
            facts("close"),
            facts("unknown", outcome="", pairs=()),
        ]
    )
    assert [(one.facts.metric.key, one.rank) for one in found] == [
        ("close", 1),
        ("loose", 2),
        ("unknown", 3),
        ("perfect-but-stale", None),
    ]
    first = best(found)
    assert first is not None
    assert first.facts.metric.key == "close"


def test_nothing_is_best_where_nothing_correlates() -> None:
    assert best(scored([facts(outcome="", pairs=())])) is None


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"days_with_events": 0}, "metrics: its series has values on 0 of 31 days"),
        (
            {"audit": Audit(checked=32, problems=("entry 5: gone",))},
            "traces: 31 of 32 sampled events lead from receipt to quantity",
        ),
        ({"audit": Audit(checked=0)}, "traces: 0 of 0 sampled events lead from receipt to quantity"),
    ],
)
def test_without_a_series_or_traces_it_is_not_observable(change: dict[str, Any], missing: str) -> None:
    gate = observable(facts(**change))
    assert [check.text for check in gate.checks if not check.ok] == [missing]
    assert gate.score == Decimal("0.8")


def test_the_audit_says_how_it_sampled() -> None:
    told = [check.text for check in auditable(facts()).checks]
    assert (
        told[1]
        == "32 of a sample of 32, spread evenly over all, lead to their entry, its value and its signed proof"
    )
    whole = [check.text for check in auditable(facts(events=32)).checks]
    assert whole[1] == "32 of them all lead to their entry, its value and its signed proof"
