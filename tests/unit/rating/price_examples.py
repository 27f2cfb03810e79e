"""Prices and usages in a few words, for tests of rating."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from steelyard.rating import (
    BlockPolicy,
    BlockPrice,
    BlockTier,
    HourTerms,
    MatrixCell,
    MatrixPrice,
    MultiUnitPrice,
    PerUnitPrice,
    Stair,
    StairstepPrice,
    UnitPrice,
    Usage,
    UsagePart,
    WindowedPrice,
    WindowTerms,
)


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def used(quantity: str, **fields: Any) -> Usage:
    return Usage(quantity=Decimal(quantity), **fields)


def parts(**quantities: str) -> Usage:
    """A usage divided by one dimension."""
    some = tuple(UsagePart(at=(name,), quantity=Decimal(each)) for name, each in quantities.items())
    return Usage(quantity=sum((part.quantity for part in some), Decimal(0)), parts=some)


def hours(*each: tuple[str, str]) -> Usage:
    """A usage divided by hours, such as ("2026-10-03T09", "10")."""
    some = tuple(UsagePart(at=(name,), quantity=Decimal(quantity)) for name, quantity in each)
    return Usage(quantity=sum((part.quantity for part in some), Decimal(0)), parts=some)


def moved(*values: str) -> Usage:
    """Money that was moved, event by event."""
    each = tuple(Decimal(value) for value in values)
    return Usage(quantity=sum(each, Decimal(0)), events=len(each), values=each)


def stairs(*steps: tuple[str | None, str], **options: Any) -> StairstepPrice:
    made = tuple(Stair(up_to=number(bound), amount=Decimal(amount)) for bound, amount in steps)
    return StairstepPrice(stairs=made, **options)


def blocks(*tiers: tuple[str, str | None, str], policy: str = "ALL_TIERS") -> BlockPrice:
    """Tiers of (size, count, amount)."""
    made = tuple(
        BlockTier(size=Decimal(size), count=number(count), amount=Decimal(amount))
        for size, count, amount in tiers
    )
    return BlockPrice(blocks=made, policy=BlockPolicy(policy))


def matrix(*cells: tuple[str, str], over: str = "region", **options: Any) -> MatrixPrice:
    """Cells of ("eu/small", amount)."""
    made = tuple(
        MatrixCell(at=tuple(place.split("/")), unit_amount=Decimal(amount)) for place, amount in cells
    )
    return MatrixPrice(over=tuple(over.split("/")), cells=made, **options)


def per_unit(amount: str) -> PerUnitPrice:
    return PerUnitPrice(unit_amount=Decimal(amount))


def units(**prices: Any) -> MultiUnitPrice:
    """Kinds of units by name; `rest` is any other."""
    made = tuple(
        UnitPrice(unit="*" if name == "rest" else name, price=price) for name, price in prices.items()
    )
    return MultiUnitPrice(over=("kind",), units=made)


def terms(
    unit_amount: str, commit: str | None = None, factor: str = "1", *, true_up: bool = False
) -> WindowTerms:
    return WindowTerms(
        unit_amount=Decimal(unit_amount),
        commit_amount=number(commit),
        overage_factor=Decimal(factor),
        true_up=true_up,
    )


def windowed(outside: WindowTerms, *spans: tuple[int, int, WindowTerms], **options: Any) -> WindowedPrice:
    made = tuple(HourTerms(from_hour=start, to_hour=end, terms=each) for start, end, each in spans)
    return WindowedPrice(outside=outside, hours=made, **options)
