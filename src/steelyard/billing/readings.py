"""Readings for many subscriptions at once: few questions to the usage store, one for each meter.

Sums and counts of several prices come from one grouped question; what does not add up (unique, maximum,
average …) is asked for each price with that price's own conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from steelyard.billing.ahead import Ahead
from steelyard.billing.bearing import on_payer
from steelyard.billing.draft import charges_of
from steelyard.billing.model import Line
from steelyard.billing.parts import WINDOWS, combine
from steelyard.billing.past import Past
from steelyard.billing.pooling import PoolParts, with_pools
from steelyard.billing.terms import Reading, Terms, usage_filters
from steelyard.catalog import Price, ValueMetric
from steelyard.contracts import Customer
from steelyard.contracts.rate_card import RateCard
from steelyard.kernel import Period, Problem
from steelyard.metering import ADDITIVE, Filter, Meter, QuantityRow, UsageStore, Window
from steelyard.rating import PercentagePrice, values_needed

NAMED_CUSTOMERS_MAX: Final = 200
"""Up to so many customers are named in a question; beyond that everybody is read, which is faster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One subscription of a customer with its card, and the part of the period in which it ran.

    `timezone` is the customer's, on whose calendar its hours, days and months are. `past` are its billed
    months before, where the card has terms that look back. `fellows` are the other subscriptions with which
    it shares prices under a contract. `ahead` stands for a document. `sharers` are the members of contracts
    whose usage this customer's commitments bear.
    """

    customer: str
    card: RateCard
    active: Period
    timezone: str = "UTC"
    past: Past = ()
    fellows: tuple[Span, ...] = ()
    ahead: Ahead | None = None
    sharers: tuple[Sharer, ...] = ()

    @property
    def looks_back(self) -> bool:
        """Whether the month depends on the months before it."""
        return self.card.arrangement.looks_back or self.ahead is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharer:
    """A member of a contract that shares a commitment, with its month: what it is charged is worked out."""

    customer: Customer
    period: Period
    spans: tuple[Span, ...]


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
    window: Window | None = None


Definitions = dict[tuple[str, str], Meter]
"""Meters as another catalog version than the store's defines them, by key and version."""


def read_terms(usage: UsageStore, spans: Sequence[Span], *, as_of: datetime | None = None) -> list[Terms]:
    """The terms of each span, in their order: its card and what the store measured for each of its prices.

    `as_of` is the moment as known at which all is read; None is now.
    """
    if not any(span.fellows or span.sharers for span in spans):
        return _read(usage, spans, as_of=as_of)
    theirs = [span for one in spans for sharer in one.sharers for span in sharer.spans]
    every = {id(one): one for span in (*spans, *theirs) for one in (span, *span.fellows)}
    read = dict(zip(every, _read(usage, list(every.values()), as_of=as_of), strict=True))

    known = PoolParts()

    def whole(span: Span) -> Terms:
        return with_pools(read[id(span)], [read[id(one)] for one in span.fellows], known)

    return [_with_borne(whole(span), span.sharers, whole) for span in spans]


def _with_borne(terms: Terms, sharers: Sequence[Sharer], whole: Callable[[Span], Terms]) -> Terms:
    """The terms with what members used that these commitments bear, charged as their own bill charges it."""
    contracts = {one.contract for one in terms.card.arrangement.commitments if one.contract}
    lines: list[Line] = []
    problems: list[Problem] = []
    for one in sharers:
        for span in one.spans:
            charged, found = charges_of(one.customer, one.period, whole(span))
            lines += charged
            problems += (replace(no, message=f"{one.customer.key}: {no.message}") for no in found)
    if not lines and not problems:
        return terms
    card = replace(terms.card, problems=(*terms.card.problems, *problems)) if problems else terms.card
    return replace(terms, card=card, borne=tuple(on_payer(lines, contracts, card.currency)))


def _read(usage: UsageStore, spans: Sequence[Span], *, as_of: datetime | None) -> list[Terms]:
    wanted: dict[Question, set[str]] = {}
    known = {meter.key: meter for meter in usage.meters}
    others: Definitions = {}
    alike: dict[tuple[object, ...], dict[str, Question]] = {}
    asked: list[dict[str, Question]] = []
    for span in spans:
        # Subscriptions to the same terms share the items of their card, and so their questions.
        place = (id(span.card.items), span.card.catalog_version, span.active, span.timezone)
        if place not in alike:
            alike[place] = _questions(span, known, others)
        asked.append(alike[place])
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
    brought = _brought(usage, spans, asked, others, as_of)
    meant: Meant = {}
    return [
        Terms(
            card=span.card,
            active=span.active,
            readings=_readings(span, questions, answers, brought, meant),
            timezone=span.timezone,
            past=span.past,
            ahead=span.ahead,
        )
        for span, questions in zip(spans, asked, strict=True)
    ]


Brought = dict[tuple[str, Question], dict[str, tuple[Decimal, ...]]]
"""What single events brought, by the item's slot and question, then by customer."""


def _brought(
    usage: UsageStore,
    spans: Sequence[Span],
    asked: Sequence[Mapping[str, Question]],
    others: Definitions,
    as_of: datetime | None,
) -> Brought:
    """The values of events for the prices that look at them, each price asked once."""
    wanted: dict[tuple[str, Question], tuple[Price, set[str]]] = {}
    for span, questions in zip(spans, asked, strict=True):
        for item in span.card.items:
            if item.slot in questions and item.price.breakdown.events:
                place = (item.slot, questions[item.slot])
                wanted.setdefault(place, (item.price, set()))[1].add(span.customer)
    return {
        (key, question): values_of(
            usage,
            price,
            others.get((question.meter, question.version), question.meter),
            question.active,
            customers,
            as_of=as_of,
        )
        for (key, question), (price, customers) in wanted.items()
    }


def _questions(span: Span, known: Mapping[str, Meter], others: Definitions) -> dict[str, Question]:
    """The question behind each metered price of the span, by the item's slot."""
    found: dict[str, Question] = {}
    for item in span.card.items:
        if item.metric is not None and item.quantity is None:
            question = question_of(item.price, item.metric, item.active or span.active, span.timezone)
            meter = item.metric.meter
            if known.get(meter.key) != meter:
                question = replace(question, version=item.version or span.card.catalog_version)
                others[meter.key, question.version] = meter
            found[item.slot] = question
    return found


def question_of(price: Price, metric: ValueMetric, active: Period, timezone: str = "UTC") -> Question:
    """What to ask the usage store so that this price can be applied; equal questions are asked once."""
    meter, wanted = metric.meter, price.breakdown
    window = WINDOWS[wanted.window] if wanted.window else None
    zone = timezone if meter.has_calendar or window else "UTC"
    if meter.aggregation in ADDITIVE:
        names = tuple(dict.fromkeys((*price.dimension_names, *wanted.over)))
        return Question(meter=meter.key, active=active, group_by=names, window=window, timezone=zone)
    return Question(
        meter=meter.key,
        active=active,
        group_by=wanted.over,
        filters=usage_filters(price),
        window=window,
        timezone=zone,
    )


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
        window=question.window,
        filters=question.filters,
        timezone=question.timezone,
        as_of=as_of,
    )
    by_customer: dict[str, list[QuantityRow]] = {}
    for row in rows:
        by_customer.setdefault(row.customer, []).append(row)
    return by_customer


Meant = dict[tuple[int, Question, tuple[str, ...]], list[str]]
"""The slots for which rows of a question with these values of its dimensions are, by the items of a card."""


def _readings(
    span: Span,
    questions: Mapping[str, Question],
    answers: Mapping[Question, Mapping[str, list[QuantityRow]]],
    brought: Brought,
    meant: Meant,
) -> dict[str, Reading]:
    chosen: dict[str, list[QuantityRow]] = {}
    for question in dict.fromkeys(questions.values()):
        for row in answers[question].get(span.customer, ()):
            place = (id(span.card.items), question, tuple(row.group.values()))
            if place not in meant:
                meant[place] = _slots_for(row, question, span, questions)
            for slot in meant[place]:
                chosen.setdefault(slot, []).append(row)
    found: dict[str, Reading] = {}
    for item in span.card.items:
        question = questions.get(item.slot)
        if question and item.slot in chosen:
            reading = combine(chosen[item.slot], item.price.breakdown, question.timezone)
            values = brought.get((item.slot, question), {}).get(span.customer)
            found[item.slot] = replace(reading, values=values) if values else reading
    return found


def _slots_for(
    row: QuantityRow, question: Question, span: Span, questions: Mapping[str, Question]
) -> list[str]:
    """The slots of the items that ask this question and whose price is for such a row."""
    grouped = question.group_by and not question.filters
    return [
        item.slot
        for item in span.card.items
        if questions.get(item.slot) == question and (not grouped or item.price.is_for(row.group))
    ]


def values_of(
    usage: UsageStore,
    price: Price,
    meter: Meter | str,
    active: Period,
    customers: set[str] | None,
    *,
    as_of: datetime | None = None,
) -> dict[str, tuple[Decimal, ...]]:
    """What the events under a price brought, by customer, as many of the first as the price must know."""
    model = price.model
    assert isinstance(model, PercentagePrice)
    found = usage.values(
        meter,
        active,
        customers=None if customers is None or len(customers) > NAMED_CUSTOMERS_MAX else sorted(customers),
        filters=usage_filters(price),
        first=model.free_events if model.free_events and not model.is_by_event else None,
        as_of=as_of,
    )
    return {customer: tuple(values_needed(model, iter(values))) for customer, values in found.items()}
