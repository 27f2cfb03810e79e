"""Matrix: an amount per unit for each combination of dimensions, such as region, model and size."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from steelyard.kernel import ZERO, InvalidInput
from steelyard.rating.model import Rated, Step, Usage, UsagePart
from steelyard.rating.models.per_unit import unit_step
from steelyard.rating.prices import ANY, MatrixPrice
from steelyard.rating.wording import Wording


def amount(price: MatrixPrice, usage: Usage) -> Decimal:
    """The units of each combination at its amount.

    >>> from steelyard.rating.prices import MatrixCell
    >>> cells = (
    ...     MatrixCell(at=("eu",), unit_amount=Decimal(2)),
    ...     MatrixCell(at=("*",), unit_amount=Decimal(1)),
    ... )
    >>> parts = (
    ...     UsagePart(at=("eu",), quantity=Decimal(3)),
    ...     UsagePart(at=("us",), quantity=Decimal(4)),
    ... )
    >>> amount(MatrixPrice(over=("region",), cells=cells), Usage(quantity=Decimal(7), parts=parts))
    Decimal('10')
    """
    total = ZERO
    for part in usage.parts:
        total += part.quantity * unit_amount_of(price, part.at)
    return total.scaleb(-price.per.adjusted())


def rate(price: MatrixPrice, usage: Usage, wording: Wording) -> Rated:
    """One step for each combination that was used."""
    steps = tuple(_step(price, part, wording) for part in usage.parts)
    return Rated(amount=sum((step.amount for step in steps), ZERO), steps=steps)


def unpriced(price: MatrixPrice, usage: Usage) -> UsagePart | None:
    """The first combination that has no amount, or None if all have one."""
    if price.rest is not None:
        return None
    places = [cell.at for cell in price.cells]
    return next((part for part in usage.parts if place_of(places, part.at) is None), None)


def unit_amount_of(price: MatrixPrice, at: tuple[str, ...]) -> Decimal:
    """The amount of a unit at this combination; raises InvalidInput `no_rate` where there is none."""
    place = place_of([cell.at for cell in price.cells], at)
    if place is not None:
        return price.cells[place].unit_amount
    if price.rest is None:
        raise InvalidInput(f"there is no amount for {' / '.join(at)}", code="no_rate")
    return price.rest


def place_of(places: Sequence[tuple[str, ...]], at: tuple[str, ...]) -> int | None:
    """Which entry is for these values: the one that names most of them, the earlier one among equals.

    >>> place_of([("*", "*"), ("eu", "*"), ("*", "small")], ("eu", "small"))
    1
    """
    best, named_most = None, -1
    for number, place in enumerate(places):
        if place == at:
            return number
        if all(value in (ANY, own) for value, own in zip(place, at, strict=True)):
            named = sum(value != ANY for value in place)
            if named > named_most:
                best, named_most = number, named
    return best


def _step(price: MatrixPrice, part: UsagePart, wording: Wording) -> Step:
    where = ", ".join(value or "none" for value in part.at)
    return unit_step(part.quantity, unit_amount_of(price, part.at), price.per, wording, f" ({where})")
