"""Scope: over what a price's tiers, packages and steps count, and what a price must know of the usage."""

from __future__ import annotations

from dataclasses import dataclass

from steelyard.kernel import InvalidInput
from steelyard.rating.prices import (
    BlockPrice,
    MatrixPrice,
    MultiUnitPrice,
    PercentagePrice,
    PriceModel,
    StairstepPrice,
    WindowedPrice,
    WindowSize,
)
from steelyard.rating.simple_prices import GraduatedPrice, PackagePrice, PerUnitPrice, VolumePrice


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The price applies to each group of these dimensions, or to each window, by itself: tiers begin anew.

    Without a scope they count over the customer's whole period (peers differ: OpenMeter counts by period,
    Orb and Metronome also by group or by window).
    """

    over: tuple[str, ...] = ()
    window: WindowSize | None = None

    def __post_init__(self) -> None:
        if bool(self.over) == (self.window is not None):
            raise InvalidInput("a scope is one of dimensions or of a window", code="scope")


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """How a usage must be divided for a price: by dimensions, by windows, or into its single events.

    Nothing of it: the quantity is enough.
    """

    over: tuple[str, ...] = ()
    window: WindowSize | None = None
    events: bool = False

    def __bool__(self) -> bool:
        return bool(self.over or self.window or self.events)


NOTHING = Breakdown()


def breakdown_of(
    model: PriceModel, *, weights_over: tuple[str, ...] = (), scope: Scope | None = None
) -> Breakdown:
    """How a usage must be divided so that this model can rate it, with weights by dimensions and a scope.

    Raises InvalidInput `two_divisions` where the model and its options want it divided in two ways.

    >>> from decimal import Decimal
    >>> breakdown_of(MatrixPrice(over=("region",), cells=(), rest=Decimal(1))).over
    ('region',)
    """
    wanted = [one for one in (_of_model(model), Breakdown(over=weights_over)) if one]
    if scope is not None:
        wanted.append(Breakdown(over=scope.over, window=scope.window))
    if len(wanted) > 1:
        raise InvalidInput(
            "the usage would have to be divided in two ways: give the price one of "
            "dimensions, windows, weights and scope",
            code="two_divisions",
        )
    return wanted[0] if wanted else NOTHING


def takes_included(model: PriceModel, scope: Scope | None = None) -> bool:
    """Whether the model rates plain units over the whole period, so that the first of them can be free.

    >>> from decimal import Decimal
    >>> takes_included(MatrixPrice(over=("region",), cells=(), rest=Decimal(1)))
    False
    """
    counted = isinstance(
        model, (PerUnitPrice, GraduatedPrice, VolumePrice, PackagePrice, BlockPrice, StairstepPrice)
    )
    return counted and scope is None and not (isinstance(model, StairstepPrice) and model.over)


def _of_model(model: PriceModel) -> Breakdown:
    match model:
        case MatrixPrice():
            return Breakdown(over=model.over)
        case MultiUnitPrice():
            return Breakdown(over=model.over)
        case StairstepPrice() if model.over:
            return Breakdown(over=model.over)
        case WindowedPrice():
            return Breakdown(window=model.window)
        case PercentagePrice():
            return Breakdown(events=bool(model.is_by_event or model.free_events or model.free_amount))
        case _:
            return NOTHING
