"""Readings for many subscriptions at once: few questions to the usage store, one for each meter.

Sums and counts of several prices come from one grouped question; what does not add up (unique, maximum,
average …) is asked for each price with that price's own conditions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from steelyard.billing.terms import Reading, Terms, usage_filters
from steelyard.catalog import Price, ValueMetric
from steelyard.contracts.rate_card import RateCard
from steelyard.kernel import ZERO, Period
from steelyard.metering import Aggregation, Filter, QuantityRow, UsageStore

NAMED_CUSTOMERS_MAX: Final = 200
"""Up to so many customers are named in a question; beyond that everybody is read, which is faster."""

_ADDITIVE: Final = frozenset({Aggregation.SUM, Aggregation.COUNT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One subscription of a customer with its card, and the part of the period in which it ran."""

    customer: str
    card: RateCard
    active: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What is asked of the usage store once for all customers that need it."""

    meter: str
    active: Period
    group_by: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()


def read_terms(usage: UsageStore, spans: Sequence[Span]) -> list[Terms]:
    """The terms of each span, in their order: its card and what the store measured for each of its prices."""
    wanted: dict[_Question, set[str]] = {}
    asked = [_questions(span) for span in spans]
    for span, questions in zip(spans, asked, strict=True):
        for question in questions.values():
            wanted.setdefault(question, set()).add(span.customer)
    answers = {question: _ask(usage, question, customers) for question, customers in wanted.items()}
    return [
        Terms(card=span.card, active=span.active, readings=_readings(span, questions, answers))
        for span, questions in zip(spans, asked, strict=True)
    ]


def _questions(span: Span) -> dict[str, _Question]:
    """The question behind each metered price of the span, by price key."""
    return {
        item.price.key: _question(item.price, item.metric, span.active)
        for item in span.card.items
        if item.metric is not None and item.quantity is None
    }


def _question(price: Price, metric: ValueMetric, active: Period) -> _Question:
    if metric.meter.aggregation in _ADDITIVE:
        return _Question(meter=metric.meter.key, active=active, group_by=price.dimension_names)
    return _Question(meter=metric.meter.key, active=active, filters=usage_filters(price))


def _ask(usage: UsageStore, question: _Question, customers: set[str]) -> dict[str, list[QuantityRow]]:
    rows = usage.quantities(
        question.meter,
        question.active,
        customers=sorted(customers) if len(customers) <= NAMED_CUSTOMERS_MAX else None,
        group_by=question.group_by,
        filters=question.filters,
    )
    by_customer: dict[str, list[QuantityRow]] = {}
    for row in rows:
        by_customer.setdefault(row.customer, []).append(row)
    return by_customer


def _readings(
    span: Span,
    questions: Mapping[str, _Question],
    answers: Mapping[_Question, Mapping[str, list[QuantityRow]]],
) -> dict[str, Reading]:
    found: dict[str, Reading] = {}
    for item in span.card.items:
        question = questions.get(item.price.key)
        rows = answers[question].get(span.customer) if question else None
        if question and rows:
            chosen = [row for row in rows if item.price.is_for(row.group)] if question.group_by else rows
            if chosen:
                found[item.price.key] = combine(chosen)
    return found


def combine(rows: Iterable[QuantityRow]) -> Reading:
    """Rows of one meter that add up, as one reading; a single row stays as it is."""
    rows = list(rows)
    if len(rows) == 1:
        (row,) = rows
        return Reading(
            quantity=row.quantity,
            amount=row.amount,
            events=row.events,
            first_seq=row.first_seq,
            last_seq=row.last_seq,
        )
    carried = [row.amount for row in rows if row.amount is not None]
    return Reading(
        quantity=sum((row.quantity for row in rows), ZERO),
        amount=sum(carried, ZERO) if carried else None,
        events=sum(row.events for row in rows),
        first_seq=min(row.first_seq for row in rows),
        last_seq=max(row.last_seq for row in rows),
    )
