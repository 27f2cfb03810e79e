"""What a meter reads from one event: a text, a number, the dimensions, and whether the event counts.

These few rules are the meaning of a meter; engines that fold in bulk must give the same for every event.

- A text is a JSON string as it is, `true` or `false`, or a number written plainly; objects, lists and null
  are absent.
- A number is a text that reads as a finite decimal with at most 26 digits before and 12 after the point.
- A reserved dimension is the event's own, or else the text of that name at the top of its data.
"""

from __future__ import annotations

import decimal
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final, cast

from steelyard.kernel import ONE, ZERO, plain
from steelyard.metering.model import (
    FRACTION_DIGITS_MAX,
    INTEGER_DIGITS_MAX,
    RESERVED_DIMENSIONS,
    Filter,
    FilterOp,
    Meter,
    UsageEvent,
)
from steelyard.metering.paths import parse_path
from steelyard.metering.payload import tree

STEP: Final = ONE.scaleb(-FRACTION_DIGITS_MAX)
LIMIT: Final = ONE.scaleb(INTEGER_DIGITS_MAX)
_DIGITS_OF_A_TEXT_MAX: Final = 60
_WIDE: Final = decimal.Context(prec=80, rounding=decimal.ROUND_HALF_EVEN)

_COMPARE: Final[Mapping[FilterOp, Callable[[Decimal, Decimal], bool]]] = {
    FilterOp.LT: lambda found, bound: found < bound,
    FilterOp.LTE: lambda found, bound: found <= bound,
    FilterOp.GT: lambda found, bound: found > bound,
    FilterOp.GTE: lambda found, bound: found >= bound,
}


def number_of(text: str | None) -> Decimal | None:
    """The metered number that a text stands for, or None where it is none that can be metered.

    >>> number_of("1.50"), number_of("NaN"), number_of("0.0000000000001")
    (Decimal('1.50'), None, None)
    """
    if text is None:
        return None
    if len(text) <= INTEGER_DIGITS_MAX and text.isdecimal():
        return Decimal(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > INTEGER_DIGITS_MAX:
        return ZERO if number.is_zero() else None
    if abs(number) >= LIMIT or _fraction_digits(number) > FRACTION_DIGITS_MAX:
        return None
    return number


def _fraction_digits(number: Decimal) -> int:
    _, digits, exponent = number.as_tuple()
    places = -int(exponent)
    for digit in reversed(digits):
        if places <= 0 or digit:
            break
        places -= 1
    return places


def text_of(value: Any) -> str | None:
    """The text of a JSON value, or None where it has none.

    >>> text_of("a"), text_of(True), text_of(Decimal("1E+2")), text_of({})
    ('a', 'true', '100', None)
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal) and (value.is_zero() or abs(value.adjusted()) <= _DIGITS_OF_A_TEXT_MAX):
        return plain(value)
    return None


@dataclass(frozen=True, slots=True)
class Fields:
    """One event with its data parsed, ready to be read by path or dimension."""

    event: UsageEvent
    data: Any

    @classmethod
    def of(cls, event: UsageEvent) -> Fields:
        """The event's fields; data that cannot be parsed reads as absent."""
        raw = bytes(event.data)
        try:
            return cls(event, tree(raw) if raw else None)
        except (ValueError, RecursionError):
            return cls(event, None)

    def at(self, path: str) -> str | None:
        """The text at a path into the data.

        >>> import msgspec
        >>> data = msgspec.Raw(b'{"n": {"m": 1.0}}')
        >>> Fields.of(UsageEvent(source="s", id="1", type="t", time=0, data=data)).at("$.n.m")
        '1'
        """
        found = self.data
        for name in parse_path(path):
            found = cast("dict[str, Any]", found).get(name) if isinstance(found, dict) else None
        return text_of(found)

    def dimension(self, name: str, group_by: Mapping[str, str]) -> str | None:
        """The text of a dimension: built in, reserved or declared by the meter."""
        if name in group_by:
            return self.at(group_by[name])
        own = cast("str", getattr(self.event, name))
        if own or name not in RESERVED_DIMENSIONS:
            return own
        return self.at(f"$.{name}")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter read from one event that counts."""

    text: str
    number: Decimal
    amount: Decimal


@functools.lru_cache(maxsize=1024)
def _bound(text: str) -> Decimal:
    return number_of(text) or ZERO


def meets(fields: Fields, condition: Filter, group_by: Mapping[str, str]) -> bool:
    """Whether the event meets the condition."""
    by_path = condition.path.startswith("$")
    text = fields.at(condition.path) if by_path else fields.dimension(condition.path, group_by)
    match condition.op:
        case FilterOp.IN:
            return text in condition.values
        case FilterOp.NOT_IN:
            return text not in condition.values
        case FilterOp.EXISTS:
            return text is not None
        case FilterOp.ABSENT:
            return text is None
        case _:
            number = number_of(text)
            return number is not None and _COMPARE[condition.op](number, _bound(condition.values[0]))


def read_event(meter: Meter, event: UsageEvent) -> Reading | None:
    """What the meter reads from the event, or None where the event does not count.

    >>> import msgspec
    >>> from steelyard.metering.model import Aggregation
    >>> meter = Meter(key="m", event_types=("t",), aggregation=Aggregation.SUM, value="$.n")
    >>> data = msgspec.Raw(b'{"n": "2.5"}')
    >>> read_event(meter, UsageEvent(source="s", id="1", type="t", time=0, data=data)).number
    Decimal('2.5')
    """
    if event.type not in meter.event_types:
        return None
    return read_fields(meter, Fields.of(event))


def read_fields(meter: Meter, fields: Fields) -> Reading | None:
    """The same for an event of a matching type whose data is parsed already."""
    text = fields.at(meter.value) if meter.value else ""
    number = number_of(text) if meter.aggregation.reads_number else ZERO
    if text is None or number is None or (number < 0 and not meter.allow_negative):
        return None
    if not all(meets(fields, condition, meter.group_by) for condition in meter.filters):
        return None
    return Reading(text, number, _amount(meter, fields, number))


def product_of(number: Decimal, price: Decimal | None) -> Decimal:
    """The amount of so many at a price, to 12 digits after the point; 0 where it cannot be metered.

    >>> product_of(Decimal("3"), Decimal("0.25"))
    Decimal('0.750000000000')
    """
    # The product of two metered numbers has up to 76 digits.
    product = _WIDE.multiply(number, price or ZERO)
    return _WIDE.quantize(product, STEP) if abs(product) < LIMIT else ZERO


def _amount(meter: Meter, fields: Fields, number: Decimal) -> Decimal:
    if meter.unit_price:
        return product_of(number, number_of(fields.at(meter.unit_price)))
    return number_of(fields.at(meter.amount)) or ZERO if meter.amount else ZERO
