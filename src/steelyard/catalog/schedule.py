"""What a dated change makes of a price, and which of several changes holds at a moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import msgspec

from steelyard.catalog.model import Price
from steelyard.catalog.rate_change import EVERY_PRICE, RateChange
from steelyard.catalog.scaling import scaled
from steelyard.kernel import InvalidInput, iso
from steelyard.rating import GraduatedPrice, PriceModel, Tier, VolumePrice


def names(selector: str, price: Price) -> bool:
    """Whether the selector means the price: by its key, its table, its card, or as every price."""
    return selector in (EVERY_PRICE, price.key, price.family, price.card)


def is_for(change: RateChange, price: Price) -> bool:
    """Whether the change is for the price.

    >>> from decimal import Decimal
    >>> from steelyard.rating import FlatPrice
    >>> fee = Price(key="fee", name="Fee", owner="o", definition="d", card="list", family="fee",
    ...             currency="USD", model=FlatPrice(amount=Decimal(5)))
    >>> [is_for(RateChange(price=name, multiplier=Decimal(2)), fee) for name in ("*", "list", "seats")]
    [True, True, False]
    """  # fmt: skip
    return names(change.price, price)


def applied(change: RateChange, price: Price) -> Price:
    """The price as the change makes it; raises InvalidInput where the price cannot have tiers."""
    if change.multiplier is not None:
        price = _times(price, change.multiplier)
    elif change.model is not None:
        price = replace(price, model=change.model)
    elif change.tiers:
        price = replace(price, model=_tiered(price, change.tiers))
    return price if change.included is None else replace(price, included=change.included)


def _times(price: Price, factor: Decimal) -> Price:
    """The price with its model and the bounds of its spend times the factor."""
    least, most = price.minimum, price.maximum
    return replace(
        price,
        model=scaled(price.model, factor),
        minimum=None if least is None else least * factor,
        maximum=None if most is None else most * factor,
    )


def _tiered(price: Price, tiers: tuple[Tier, ...]) -> PriceModel:
    if isinstance(price.model, GraduatedPrice | VolumePrice):
        return msgspec.structs.replace(price.model, tiers=tiers)
    message = f"{price.key!r} has no tiers that others could take the place of; give a whole model"
    raise InvalidInput(message, code="no_tiers")


def change_at(changes: Iterable[RateChange], price: Price, moment: datetime) -> RateChange | None:
    """The change that holds for the price at the moment; of several the latest begun, then the most exact."""
    found: RateChange | None = None
    for change in changes:
        held = change.holds_at(moment) and is_for(change, price)
        if held and (found is None or _rank(change, price) >= _rank(found, price)):
            found = change
    return found


def _rank(change: RateChange, price: Price) -> tuple[bool, str, int]:
    exact = (EVERY_PRICE, price.card, price.family, price.key)
    place = max(place for place, name in enumerate(exact) if change.price == name)
    return (
        change.effective_from is not None,
        iso(change.effective_from) if change.effective_from else "",
        place,
    )
