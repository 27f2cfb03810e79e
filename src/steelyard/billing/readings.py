"""Readings for many subscriptions at once: few questions to the usage store, one for each meter.

Sums and counts of several prices come from one grouped question; what does not add up (unique, maximum,
average …) is asked for each price with that price's own conditions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from steelyard.billing.past import Past
from steelyard.billing.rounding import billable
from steelyard.billing.terms import Reading, Terms, usage_filters
from steelyard.catalog import Price, ValueMetric
from steelyard.contracts.rate_card import RateCard
from steelyard.kernel import ZERO, Period
from steelyard.metering import ADDITIVE, Filter, Meter, QuantityRow, UsageStore

NAMED_CUSTOMERS_MAX: Final = 200
"""Up to so many customers are named in a question; beyond that everybody is read, which is faster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One subscription of a customer with its card, and the part of the period in which it ran.

    `timezone` is the customer's, on whose calendar its hours, days and months are. `past` are its billed
    months before, where the card has terms that look back.
    """

    customer: str
    card: RateCard
    active: Period
    timezone: str = "UTC"
    past: Past = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the usage store once for all customers that need it.

    `version` is the catalog version whose definition of the meter is meant, where the store's own is another.
    """

    meter: str
    active: Period
    group_by: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    timezone: str = "UTC"
    version: str = ""


Definitions = dict[tuple[str, str], Meter]
"""Meters as another catalog version than the store's defines them, by key and version."""


def read_terms(usage: UsageStore, spans: Sequence[Span], *, as_of: datetime | None = None) -> list[Terms]:
    """The terms of each span, in their order: its card and what the store measured for each of its prices.

    `as_of` is the moment as known at which all is read; None is now.
    """
    wanted: dict[Question, set[str]] = {}
    known = {meter.key: meter for meter in usage.meters}
    others: Definitions = {}
    asked = [_questions(span, known, others) for span in spans]
    if others:
        usage.prepare(list(others.values()))
    for span, questions in zip(spans, asked, strict=True):
        for question in questions.values():
            wanted.setdefault(question, set()).add(span.customer)
    answers = {
        question: ask(
            usage, question, customers, as_of=as_of, meter=others.get((question.meter, question.version))
        )
        for question, customers in wanted.items()
    }
    return [
        Terms(
            card=span.card,
            active=span.active,
            readings=_readings(span, questions, answers),
            past=span.past,
        )
        for span, questions in zip(spans, asked, strict=True)
    ]


def _questions(span: Span, known: Mapping[str, Meter], others: Definitions) -> dict[str, Question]:
    """The question behind each metered price of the span, by price key."""
    found: dict[str, Question] = {}
    for item in span.card.items:
        if item.metric is not None and item.quantity is None:
            question = question_of(item.price, item.metric, span.active, span.timezone)
            meter = item.metric.meter
            if known.get(meter.key) != meter:
                question = replace(question, version=span.card.catalog_version)
                others[meter.key, question.version] = meter
            found[item.price.key] = question
    return found


def question_of(price: Price, metric: ValueMetric, active: Period, timezone: str = "UTC") -> Question:
    """What to ask the usage store so that this price can be applied; equal questions are asked once."""
    meter = metric.meter
    if meter.aggregation in ADDITIVE:
        return Question(meter=meter.key, active=active, group_by=price.dimension_names)
    zone = timezone if meter.has_calendar else "UTC"
    return Question(meter=meter.key, active=active, filters=usage_filters(price), timezone=zone)


def ask(
    usage: UsageStore,
    question: Question,
    customers: set[str] | None,
    *,
    as_of: datetime | None = None,
    meter: Meter | None = None,
) -> dict[str, list[QuantityRow]]:
    """The answer by customer; None asks about everybody. `meter` defines it where the store does not."""
    rows = usage.quantities(
        meter or question.meter,
        question.active,
        customers=None if customers is None or len(customers) > NAMED_CUSTOMERS_MAX else sorted(customers),
        group_by=question.group_by,
        filters=question.filters,
        timezone=question.timezone,
        as_of=as_of,
    )
    by_customer: dict[str, list[QuantityRow]] = {}
    for row in rows:
        by_customer.setdefault(row.customer, []).append(row)
    return by_customer


def _readings(
    span: Span,
    questions: Mapping[str, Question],
    answers: Mapping[Question, Mapping[str, list[QuantityRow]]],
) -> dict[str, Reading]:
    found: dict[str, Reading] = {}
    for item in span.card.items:
        question = questions.get(item.price.key)
        rows = answers[question].get(span.customer) if question else None
        reading = choose(item.price, question, rows) if question and rows else None
        if reading:
            found[item.price.key] = reading
    return found


def choose(price: Price, question: Question, rows: Sequence[QuantityRow]) -> Reading | None:
    """The reading of a price from one customer's rows of the answer; None where none is for this price."""
    chosen = [row for row in rows if price.is_for(row.group)] if question.group_by else rows
    return combine(chosen) if chosen else None


def combine(rows: Iterable[QuantityRow]) -> Reading:
    """Rows of one meter that add up, as one reading; a single row stays as it is."""
    rows = list(rows)
    if len(rows) == 1:
        (row,) = rows
        return Reading(
            quantity=billable(row.quantity),
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
