"""The month after a document's own: what is asked for it in advance, and what of it must be given back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from steelyard.billing.ahead import Ahead, asked_of
from steelyard.billing.past import Past
from steelyard.billing.readings import Span
from steelyard.catalog import CatalogVersion
from steelyard.contracts import Subscription
from steelyard.contracts.rate_card import RateCard
from steelyard.contracts.timeline import Deal
from steelyard.kernel import Period
from steelyard.kernel.period import month_of, zone


def active_part(subscription: Subscription, period: Period) -> Period | None:
    """The part of the period in which the subscription ran, if any."""
    if subscription.start <= period.start and (subscription.end is None or subscription.end >= period.end):
        return period
    start = max(subscription.start, period.start)
    end = period.end if subscription.end is None else min(subscription.end, period.end)
    return Period(start=start, end=end) if start < end else None


def coming(
    deal: Deal,
    version: CatalogVersion | None,
    period: Period,
    card_of: Callable[[Period], RateCard],
    *,
    asks: bool,
) -> Ahead:
    """What a document of the period asks for the month after it, by the same catalog version.

    `card_of` gives the subscription's card over its part of that month.
    """
    following = month_of(period.end, deal.customer.timezone)
    active = active_part(deal.subscription, following)
    if not asks or active is None or version is None or not version.catalog.asks_ahead:
        return Ahead(period=following)
    card = card_of(active)
    return Ahead(period=following, active=active, card=asked_of(card), contracts=card.contracts)


def ended_span(deal: Deal, period: Period, version: str, past: Past) -> Span:
    """A subscription that ended before the period, which was asked in advance: nothing of it is due."""
    one, timezone = deal.subscription, deal.customer.timezone
    card = RateCard(
        subscription=one.id,
        customer=one.customer,
        plan=one.plan,
        plan_name=one.plan,
        currency=deal.customer.currency,
        catalog_version=version,
    )
    ahead = Ahead(period=month_of(period.end, timezone))
    return Span(customer=one.customer, card=card, active=period, timezone=timezone, past=past, ahead=ahead)


def month_before(period: Period, timezone: str) -> Period:
    """The month of the time zone's calendar that ends where the period begins."""
    return month_of(period.start - timedelta(days=1), timezone)


def month_name(period: Period, timezone: str) -> str:
    """The month as documents call it.

    >>> month_name(Period.month(2026, 10, "Europe/Berlin"), "Europe/Berlin")
    '2026-10'
    """
    return f"{period.start.astimezone(zone(timezone)):%Y-%m}"
