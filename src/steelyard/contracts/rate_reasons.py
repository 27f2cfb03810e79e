"""Why each rate of a card applies: what the catalog lists, and each layer that made of it what is charged.

The layers are those by which the card itself was made; this only shows them one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from steelyard.catalog import CatalogVersion, Price
from steelyard.contracts.changes import RunState
from steelyard.contracts.layers import layered
from steelyard.contracts.rate_card import RateCard, RatedItem, effective_rate_card
from steelyard.contracts.timeline import Deal, moments
from steelyard.kernel import InvalidInput, Period, iso
from steelyard.kernel.period import months_later

MONTHS_AHEAD = 24
"""How far ahead the next changes of a card are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonedRate:
    """One item of a card with the price as the catalog lists it, and what was done to it, in order.

    Without `layers` it applies as it is listed.
    """

    item: RatedItem
    listed: Price | None
    layers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonedCard:
    """The effective rate card of a subscription at a moment, each rate with its reasons.

    `changes_at` are the moments ahead at which something about the terms changes.
    """

    card: RateCard
    at: datetime
    rates: tuple[ReasonedRate, ...]
    changes_at: tuple[datetime, ...]


def reasoned_card(deal: Deal, version: CatalogVersion, at: datetime) -> ReasonedCard:
    """The card of a deal at the moment by this catalog version, with the reasons of each rate.

    >>> from steelyard.catalog import Catalog
    >>> from steelyard.contracts.model import Customer, Subscription
    >>> from steelyard.kernel import instant
    >>> at = instant("2026-01-01T00:00:00Z")
    >>> empty = CatalogVersion(id="cat_1", number=1, published_at=at, published_by="x", catalog=Catalog())
    >>> acme = Customer(key="acme", name="Acme", currency="EUR", created_at=at)
    >>> deal = Deal(subscription=Subscription(id="s", customer="acme", plan="pro", start=at), customer=acme)
    >>> reasoned_card(deal, empty, at).rates
    ()
    """
    card = effective_rate_card(deal.agreement_at(at), version, at)
    ahead = Period(start=at, end=months_later(at, MONTHS_AHEAD, deal.customer.timezone))
    return ReasonedCard(
        card=card,
        at=at,
        rates=tuple(_reasoned(item, deal, version, at, card.state) for item in card.items),
        changes_at=tuple(moments(deal, version, ahead)),
    )


def _reasoned(
    item: RatedItem, deal: Deal, version: CatalogVersion, at: datetime, state: RunState
) -> ReasonedRate:
    listed = version.catalog.prices.get(item.price.key)
    layers = () if listed is None else tuple(_layers(listed, deal, version, at, state))
    return ReasonedRate(item=item, listed=listed, layers=layers)


def _layers(
    listed: Price, deal: Deal, version: CatalogVersion, at: datetime, state: RunState
) -> Iterator[str]:
    agreement = deal.agreement_at(at)
    try:
        yield from layered(listed, agreement, version.catalog, at).words
    except InvalidInput as error:
        # The card tells of it as a problem; nothing is charged by such a card.
        yield error.message
    if state is RunState.TRIAL:
        until = deal.subscription.terms_at(at).until
        yield "trial: free" if until is None else f"trial until {iso(until)[:10]}: free"
