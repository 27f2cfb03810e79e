"""The price types that look into the usage, and the union of all of them.

They rate a usage by its parts (`UsagePart`): the values of a dimension, or hours, or single events; how
a price wants it divided is told by `breakdown_of`. Amounts are exact and in the currency of the price.
"""

from __future__ import annotations

import itertools
from decimal import Decimal
from enum import StrEnum

import msgspec

from steelyard.kernel import ONE, ZERO, InvalidInput
from steelyard.rating.commitment import HourTerms, WindowTerms
from steelyard.rating.simple_prices import (
    DynamicPrice,
    FlatPrice,
    GraduatedPrice,
    PackagePrice,
    PerUnitPrice,
    Priced,
    VolumePrice,
    check_power_of_ten,
)

ANY = "*"
"""Stands for every value of a dimension that no other entry names."""


class WindowSize(StrEnum):
    """How long a window is, on the customer's calendar."""

    HOUR = "hour"
    DAY = "day"


class BlockPolicy(StrEnum):
    """Whether each tier prices the units it holds, or the last tier reached prices all."""

    ALL_TIERS = "ALL_TIERS"
    TOP_TIER = "TOP_TIER"


class BlockTier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to `count` blocks (None: unlimited) of `size` units at an amount each.

    >>> BlockTier(size=Decimal(100), count=Decimal(10), amount=Decimal(1)).capacity
    Decimal('1000')
    """

    size: Decimal
    amount: Decimal
    count: Decimal | None = None

    def __post_init__(self) -> None:
        if self.size <= 0:
            raise InvalidInput("a block holds more than nothing", code="block_size")

    @property
    def capacity(self) -> Decimal | None:
        """How many units the tier holds, or None for all."""
        return None if self.count is None else self.size * self.count


class BlockPrice(Priced, frozen=True, kw_only=True, tag="block"):
    """Whole blocks of units, in tiers that each hold a number of blocks of their own (Kill Bill's way).

    With the policy `TOP_TIER` all blocks cost what the last tier reached says.
    """

    blocks: tuple[BlockTier, ...]
    policy: BlockPolicy = BlockPolicy.ALL_TIERS

    def __post_init__(self) -> None:
        if not self.blocks:
            raise InvalidInput("a tiered price needs at least one tier", code="no_tiers")
        if any(tier.count is None for tier in self.blocks[:-1]):
            raise InvalidInput("only the last tier of blocks may be unlimited", code="tier_order")


class Stair(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of a staircase: what it costs, up to how many units, or up to how many of each unit.

    `up_to=None` without `limits` holds everything; `limits` are by the names of the parts, inclusive.
    """

    amount: Decimal
    up_to: Decimal | None = None
    limits: dict[str, Decimal] = {}

    @property
    def is_unlimited(self) -> bool:
        """Whether every usage stands on this step."""
        return self.up_to is None and not self.limits


class StairstepPrice(Priced, frozen=True, kw_only=True, tag="stairstep"):
    """One amount for the whole usage: that of the first step that holds it.

    Steps with `limits` hold a usage whose every part is within the limit of its name (capacity pricing);
    `over` is then the dimension that names the parts. `flat_at_zero=False` asks nothing for no usage.
    """

    stairs: tuple[Stair, ...]
    over: tuple[str, ...] = ()
    flat_at_zero: bool = True

    def __post_init__(self) -> None:
        if not self.stairs:
            raise InvalidInput("a staircase needs at least one step", code="no_stairs")
        bound = ZERO
        for number, stair in enumerate(self.stairs, start=1):
            if stair.is_unlimited and number != len(self.stairs):
                raise InvalidInput(f"step {number} holds everything but is not the last", code="stair_order")
            if stair.limits and stair.up_to is not None:
                raise InvalidInput(f"step {number} has a bound and limits", code="stair_two_bounds")
            if stair.up_to is not None:
                if stair.up_to <= bound:
                    raise InvalidInput(f"step {number} ends at or before the one below", code="stair_order")
                bound = stair.up_to
        with_limits = [stair for stair in self.stairs if stair.limits]
        if with_limits and any(stair.up_to is not None for stair in self.stairs):
            raise InvalidInput("a staircase has bounds or limits, not both", code="stair_two_bounds")
        if with_limits:
            check_one_dimension(self.over)
        for lower, upper in itertools.combinations(with_limits, 2):
            if all(limit <= lower.limits.get(name, ZERO) for name, limit in upper.limits.items()):
                raise InvalidInput("a step holds nothing that one below it does not", code="stair_order")


class FreeWindow(StrEnum):
    """When the free events of a percentage price end, where it has free events and a free amount.

    `either`: as soon as one of the two is used up; `both`: not before both are (Lago's rule per transaction).
    """

    EITHER = "either"
    BOTH = "both"


class PercentagePrice(Priced, frozen=True, kw_only=True, tag="percentage"):
    """A share of money that was moved, and an amount for each event; the first events or amount may be free.

    The quantity is money. `free_events` and `free_amount` open the free window (0: none); an event in it
    costs neither share nor fixed amount. `event_minimum` and `event_maximum` bound what one event costs.
    """

    percent: Decimal
    event_amount: Decimal = ZERO
    free_events: int = 0
    free_amount: Decimal = ZERO
    free_until: FreeWindow = FreeWindow.EITHER
    event_minimum: Decimal | None = None
    event_maximum: Decimal | None = None

    def __post_init__(self) -> None:
        low, high = self.event_minimum, self.event_maximum
        if low is not None and high is not None and low > high:
            raise InvalidInput("the least an event costs is more than the most", code="event_bounds")
        if self.free_events < 0 or self.free_amount < 0:
            raise InvalidInput("what is free is not negative", code="negative_included")

    @property
    def is_by_event(self) -> bool:
        """Whether each event is priced alone, so that all their values are needed."""
        bounded = self.event_minimum is not None or self.event_maximum is not None
        return bounded or self.free_until is FreeWindow.BOTH


class MatrixCell(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The amount of a unit where the dimensions have these values; `*` is any other value."""

    at: tuple[str, ...]
    unit_amount: Decimal


class MatrixPrice(Priced, frozen=True, kw_only=True, tag="matrix"):
    """An amount per unit for each combination of dimensions, such as region, model and size.

    The cell that names most of the values applies, the earlier one among equals; a combination that no cell
    covers costs `rest`, and is refused where there is none.
    """

    over: tuple[str, ...]
    cells: tuple[MatrixCell, ...]
    rest: Decimal | None = None
    per: Decimal = ONE

    def __post_init__(self) -> None:
        check_power_of_ten(self.per)
        check_cells(self.over, [cell.at for cell in self.cells])


class UnitPrice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one kind of unit costs among several that a price counts."""

    unit: str
    price: FlatPrice | PerUnitPrice | GraduatedPrice | VolumePrice | PackagePrice | BlockPrice


class MultiUnitPrice(Priced, frozen=True, kw_only=True, tag="multi_unit"):
    """Several kinds of units on one price, each by a model of its own; `over` names their dimension.

    A unit that is not named is refused, unless there is one for `*`.
    """

    over: tuple[str, ...]
    units: tuple[UnitPrice, ...]

    def __post_init__(self) -> None:
        names = [each.unit for each in self.units]
        check_one_dimension(self.over)
        if not names or len(set(names)) != len(names):
            raise InvalidInput("the units of a price are named, each once", code="units")


class WindowedPrice(Priced, frozen=True, kw_only=True, tag="windowed"):
    """Each hour or day at the terms of its time: a unit amount, perhaps a commitment that is settled alone.

    `hours` are spans of the customer's day; `outside` holds at all other times. Windows without usage are not
    billed.
    """

    outside: WindowTerms
    hours: tuple[HourTerms, ...] = ()
    window: WindowSize = WindowSize.HOUR

    def __post_init__(self) -> None:
        if self.hours and self.window is not WindowSize.HOUR:
            raise InvalidInput("times of day need windows of an hour", code="window")
        taken: set[int] = set()
        for span in self.hours:
            hours = set(range(span.from_hour, span.to_hour))
            if not 0 <= span.from_hour < span.to_hour <= 24:
                raise InvalidInput("a span of hours lies within 0 and 24 and is not empty", code="hours")
            if hours & taken:
                raise InvalidInput("two spans of hours overlap", code="hours_overlap")
            taken |= hours


PriceModel = (
    FlatPrice
    | PerUnitPrice
    | GraduatedPrice
    | VolumePrice
    | PackagePrice
    | DynamicPrice
    | StairstepPrice
    | PercentagePrice
    | BlockPrice
    | MatrixPrice
    | MultiUnitPrice
    | WindowedPrice
)


def check_one_dimension(over: tuple[str, ...]) -> None:
    """Raises InvalidInput unless exactly one dimension is named.

    >>> check_one_dimension(("unit",))
    """
    if len(over) != 1:
        raise InvalidInput("one dimension names the units", code="one_dimension")


def check_cells(over: tuple[str, ...], places: list[tuple[str, ...]]) -> None:
    """Raises InvalidInput where a cell does not name a value of each dimension, or two are for the same.

    >>> check_cells(("region",), [("eu",), ("us",)])
    """
    if not over or len(set(over)) != len(over):
        raise InvalidInput("name the dimensions, each once", code="matrix_dimensions")
    for place in places:
        if len(place) != len(over):
            wanted = ", ".join(over)
            raise InvalidInput(
                f"{' / '.join(place)!r} has not one value each for {wanted}", code="matrix_cell"
            )
    if len(set(places)) != len(places):
        raise InvalidInput("two cells are for the same values", code="matrix_cell")
