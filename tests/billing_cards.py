"""Rate cards in a few words, for tests of the draft."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from steelyard.billing import DraftInvoice, Line
from steelyard.billing.draft import draft
from steelyard.billing.terms import Reading, Terms
from steelyard.catalog import Group, Price, ValueMetric
from steelyard.contracts import AgreedCommitment, Customer, RateCard, RatedItem, Tax
from steelyard.kernel import Period, instant
from steelyard.metering import Aggregation, Meter
from steelyard.rating import FlatPrice, PerUnitPrice, PriceModel

OCTOBER = Period.month(2026, 10)
CALLS = ValueMetric(
    key="calls",
    name="Calls",
    owner="Ada",
    definition="Calls answered.",
    meter=Meter(key="calls", event_types=("call",), aggregation=Aggregation.COUNT, unit="calls"),
)


def customer(*, currency: str = "USD", tax: str = "", timezone: str = "UTC") -> Customer:
    """Acme, who pays in this currency with this percentage of tax."""
    return Customer(
        key="acme",
        name="Acme",
        currency=currency,
        timezone=timezone,
        created_at=instant("2026-01-01T00:00:00Z"),
        tax=Tax(name="VAT", percent=Decimal(tax)) if tax else None,
    )


def price(key: str, model: PriceModel, *, currency: str = "USD", metric: str | None = None) -> Price:
    """A price of that key and model."""
    return Price(
        key=key,
        name=key.title(),
        owner="Ada",
        definition="d",
        card="list",
        family=key,
        currency=currency,
        model=model,
        metric=metric,
    )


def usage(
    key: str, model: PriceModel, *, included: str = "0", group: Group = Group.OVERAGE, currency: str = "USD"
) -> RatedItem:
    """An item that charges calls by this model."""
    return RatedItem(
        price=price(key, model, metric="calls", currency=currency),
        metric=CALLS,
        group=group,
        included=Decimal(included),
        quantity=None,
        reason="plan Pro",
    )


def per_call(amount: str, **fields: Any) -> RatedItem:
    """An item that charges each call."""
    return usage("calls", PerUnitPrice(unit_amount=Decimal(amount)), **fields)


def fee(amount: str, *, key: str = "fee", group: Group = Group.CORE, currency: str = "USD") -> RatedItem:
    """A flat fee of the period."""
    return RatedItem(
        price=price(key, FlatPrice(amount=Decimal(amount)), currency=currency),
        metric=None,
        group=group,
        included=Decimal(0),
        quantity=None,
        reason="plan Pro",
    )


def seats(count: str, amount: str) -> RatedItem:
    """So many seats, each at the amount."""
    return RatedItem(
        price=price("seats", PerUnitPrice(unit_amount=Decimal(amount))),
        metric=None,
        group=Group.CORE,
        included=Decimal(0),
        quantity=Decimal(count),
        reason="plan Pro",
    )


def terms(
    *items: RatedItem,
    readings: Mapping[str, str | Reading] | None = None,
    active: Period = OCTOBER,
    commitment: str = "",
    covers: tuple[str, ...] = ("calls",),
    currency: str = "USD",
) -> Terms:
    """A subscription's part of a bill; readings are by price key, a text is a quantity."""
    found = {
        key: one if isinstance(one, Reading) else Reading(quantity=Decimal(one), events=1, last_seq=5)
        for key, one in (readings or {}).items()
    }
    agreed = None
    if commitment:
        agreed = AgreedCommitment(amount=Decimal(commitment), covers=covers, reason="committed by plan Pro")
    card = RateCard(
        subscription="sub_1",
        customer="acme",
        plan="pro",
        plan_name="Pro",
        currency=currency,
        catalog_version="cat_1",
        items=items,
        commitment=agreed,
    )
    return Terms(card=card, active=active, readings=found)


def drafted(*parts: Terms, tax: str = "", currency: str = "USD", timezone: str = "UTC") -> DraftInvoice:
    """Acme's draft of October by these terms."""
    period = Period.month(2026, 10, timezone)
    return draft(customer(currency=currency, tax=tax, timezone=timezone), period, parts)


def only(found: DraftInvoice) -> Line:
    """The one line of a draft."""
    (line,) = found.lines
    return line


def said(line: Line) -> list[str]:
    """The steps of a line in words."""
    return [step.text for step in line.steps]
