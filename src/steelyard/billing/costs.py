"""What usage costs the seller: carried by the events themselves, or rated by the cost cards.

The same rating that makes a charge makes a cost; the two never meet in one sum. A cost card's prices rate the
whole usage of a customer in the period, so that tiers of a purchase apply customer by customer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from steelyard.billing.parts import combine
from steelyard.billing.readings import Question, ask, question_of, values_of
from steelyard.billing.terms import Reading
from steelyard.catalog import Catalog, Price
from steelyard.kernel import ZERO, Period
from steelyard.metering import Meter, QuantityRow, UsageStore
from steelyard.rating import Usage
from steelyard.rating.bulk import bulk_charges


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageCost:
    """What one customer's usage of a period cost, in one currency, exact and unrounded.

    `carried` is the sum of what events said they cost (their currency may be blank), `rated` what the cost
    cards make of the quantities.
    """

    customer: str
    currency: str
    carried: Decimal
    rated: Decimal

    @property
    def total(self) -> Decimal:
        """Both together.

        >>> UsageCost(customer="a", currency="USD", carried=Decimal("1.5"), rated=Decimal(2)).total
        Decimal('3.5')
        """
        return self.carried + self.rated


def usage_costs(
    usage: UsageStore, catalog: Catalog, period: Period, *, customers: Sequence[str] | None = None
) -> list[UsageCost]:
    """The cost of each customer's usage in the period, by customer and currency; None asks for everybody.

    A quantity that a cost price cannot rate (such as a negative one) costs nothing.
    """
    carried: dict[tuple[str, str], Decimal] = {}
    for row in usage.costs(period, customers=customers):
        carried[row.customer, row.currency] = row.cost
    rated = _rated(usage, catalog, period, None if customers is None else set(customers))
    return [
        UsageCost(
            customer=customer,
            currency=currency,
            carried=carried.get((customer, currency), ZERO),
            rated=rated.get((customer, currency), ZERO),
        )
        for customer, currency in sorted({*carried, *rated})
    ]


def _rated(
    usage: UsageStore, catalog: Catalog, period: Period, customers: set[str] | None
) -> dict[tuple[str, str], Decimal]:
    prices = [price for price in catalog.cost_prices if price.metric is not None]
    questions = {
        price.key: question_of(price, catalog.metric(price.metric or ""), period) for price in prices
    }
    defined = _other_definitions(usage, catalog, {question.meter for question in questions.values()})
    answers = {
        question: ask(usage, question, customers, meter=defined.get(question.meter))
        for question in set(questions.values())
    }
    costs: dict[tuple[str, str], Decimal] = {}
    for question, answer in answers.items():
        those = [price for price in prices if questions[price.key] == question]
        brought = {
            price.key: values_of(usage, price, defined.get(question.meter, question.meter), period, customers)
            for price in those
            if price.breakdown.events
        }
        read: dict[str, dict[str, Usage]] = {price.key: {} for price in those}
        for customer, price, reading in _read(those, question, answer):
            values = brought.get(price.key, {}).get(customer, ())
            read[price.key][customer] = (replace(reading, values=values) if values else reading).usage
        for price in those:
            mine = read[price.key]
            amounts = bulk_charges(price.pricing(), list(mine.values()))
            for customer, amount in zip(mine, amounts, strict=True):
                if amount is not None:
                    place = (customer, price.currency)
                    costs[place] = costs.get(place, ZERO) + amount
    return costs


def _read(
    prices: Sequence[Price], question: Question, answer: Mapping[str, Sequence[QuantityRow]]
) -> Iterator[tuple[str, Price, Reading]]:
    """What each price reads of each customer; which prices a combination of dimensions has is found once."""
    known: dict[tuple[str, ...], list[Price]] = {}
    for customer, rows in answer.items():
        chosen: dict[str, tuple[Price, list[QuantityRow]]] = {}
        for row in rows:
            place = tuple(row.group.values())
            if place not in known:
                every = not question.group_by or bool(question.filters)
                known[place] = [price for price in prices if every or price.is_for(row.group)]
            for price in known[place]:
                chosen.setdefault(price.key, (price, []))[1].append(row)
        for price, those in chosen.values():
            yield customer, price, combine(those, price.breakdown, question.timezone)


def _other_definitions(usage: UsageStore, catalog: Catalog, keys: set[str]) -> dict[str, Meter]:
    """The catalog's own definitions of these meters where the store's are others, ready to be asked."""
    known = {meter.key: meter for meter in usage.meters}
    found = {key: catalog.metric(key).meter for key in sorted(keys)}
    others = {key: meter for key, meter in found.items() if known.get(key) != meter}
    if others:
        usage.prepare(list(others.values()))
    return others
