"""The numbers and moments that a request may hold: finite, and such that everything behind can work with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from steelyard.kernel.errors import Problem

NUMBER_LIMIT: Final = Decimal(10) ** 18
DECIMALS_MAX: Final = 30
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 9000
_DEPTH_MAX: Final = 12


def out_of_bounds(value: Any, place: str = "", depth: int = 0) -> Iterator[Problem]:
    """Every number and moment within a request that nothing could be worked out with, by its place.

    >>> [str(one) for one in out_of_bounds({"amount": Decimal("NaN"), "percent": Decimal(5)})]
    ['amount: must be a number']
    >>> [str(one) for one in out_of_bounds([Decimal("1e999")], "values")]
    ['values[0]: must lie between -1000000000000000000 and 1000000000000000000']
    """
    if isinstance(value, Decimal):
        yield from _of_number(value, place)
    elif isinstance(value, datetime):
        yield from _of_moment(value, place)
    elif depth < _DEPTH_MAX:
        for where, part in _parts(value, place):
            yield from out_of_bounds(part, where, depth + 1)


def _parts(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, msgspec.Struct):
        for field, name in zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True):
            yield (f"{place}.{name}" if place else name), getattr(value, field)
    elif isinstance(value, Mapping):
        for name, part in value.items():  # pyright: ignore[reportUnknownVariableType]
            yield (f"{place}.{name}" if place else str(name)), part  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
            yield f"{place}[{number}]", part


def _of_number(number: Decimal, place: str) -> Iterator[Problem]:
    if not number.is_finite():
        yield Problem(code="invalid_value", message="must be a number", field=place)
    elif abs(number) > NUMBER_LIMIT:
        bounds = f"must lie between -{NUMBER_LIMIT:f} and {NUMBER_LIMIT:f}"
        yield Problem(code="invalid_value", message=bounds, field=place)
    elif -int(number.as_tuple().exponent) > DECIMALS_MAX:
        most = f"must have at most {DECIMALS_MAX} decimals"
        yield Problem(code="invalid_value", message=most, field=place)


def _of_moment(moment: datetime, place: str) -> Iterator[Problem]:
    if not FIRST_YEAR <= moment.year < LAST_YEAR:
        years = f"must lie between the years {FIRST_YEAR} and {LAST_YEAR}; leave it out where there is no end"
        yield Problem(code="invalid_value", message=years, field=place)
