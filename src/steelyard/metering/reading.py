"""What a meter reads from one event: a text, a number, the dimensions, and whether the event counts.

These few rules are the meaning of a meter; engines that fold in bulk must give the same for every event.

- A text is a JSON string as it is, `true` or `false`, or a number written plainly; objects, lists and null
  are absent.
- A number is a text that reads as a finite decimal with at most 26 digits before and 12 after the point.
- An expression over paths is exact, and rounded once, to 12 digits after the point; it has no value where it
  needs one that is absent, divides by zero, or has more than 26 digits.
- A reserved dimension is the event's own, or else the text of that name at the top of its data.
- A dimension that holds numbers is the number written plainly (`1.0` and `1e0` are `1`), one that holds
  booleans is `true` or `false`; anything else there is absent.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, cast

from steelyard.kernel import ZERO, plain
from steelyard.metering.aggregation import DimensionType, FilterOp
from steelyard.metering.defining import RESERVED_DIMENSIONS, is_path
from steelyard.metering.expressions import evaluate, metered, parse_expression
from steelyard.metering.meter import Filter, Meter
from steelyard.metering.model import UsageEvent
from steelyard.metering.numbers import number_of, product_of
from steelyard.metering.paths import parse_path
from steelyard.metering.payload import tree

_DIGITS_OF_A_TEXT_MAX: Final = 60

_COMPARE: Final[Mapping[FilterOp, Callable[[Decimal, Decimal], bool]]] = {
    FilterOp.LT: lambda found, bound: found < bound,
    FilterOp.LTE: lambda found, bound: found <= bound,
    FilterOp.GT: lambda found, bound: found > bound,
    FilterOp.GTE: lambda found, bound: found >= bound,
}


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

    def number(self, value: str) -> Decimal | None:
        """The number that a path or expression gives.

        >>> import msgspec
        >>> data = msgspec.Raw(b'{"bytes": 1536}')
        >>> Fields.of(UsageEvent(source="s", id="1", type="t", time=0, data=data)).number("$.bytes / 1024")
        Decimal('1.500000000000')
        """
        if _is_path(value):
            return number_of(self.at(value))
        return metered(evaluate(parse_expression(value), lambda path: number_of(self.at(path))))

    def dimension(self, name: str, group_by: Mapping[str, str]) -> str | None:
        """The text of a dimension: built in, reserved or declared by the meter, whatever its type."""
        if name in group_by:
            return self.at(group_by[name])
        own = cast("str", getattr(self.event, name))
        if own or name not in RESERVED_DIMENSIONS:
            return own
        return self.at(f"$.{name}")

    def group(self, meter: Meter, name: str) -> str:
        """The text under which the meter groups the event by this dimension; empty where it is absent."""
        return typed(self.dimension(name, meter.group_by), meter.type_of(name)) or ""


def typed(text: str | None, kind: DimensionType) -> str | None:
    """The text of a value of that type, in its one spelling; None where it is none.

    >>> (
    ...     typed("1.50", DimensionType.NUMBER),
    ...     typed("yes", DimensionType.BOOLEAN),
    ...     typed("a", DimensionType.TEXT),
    ... )
    ('1.5', None, 'a')
    """
    if kind is DimensionType.NUMBER:
        number = number_of(text)
        return None if number is None else plain(number)
    return text if kind is DimensionType.TEXT or text in ("true", "false") else None


_is_path = functools.lru_cache(maxsize=4096)(is_path)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter read from one event that counts; `stream` tells apart the levels that it sets."""

    text: str
    number: Decimal
    amount: Decimal
    stream: tuple[str, ...] = ()


@functools.lru_cache(maxsize=1024)
def _bound(text: str) -> Decimal:
    return number_of(text) or ZERO


@functools.lru_cache(maxsize=1024)
def _wanted(condition: Filter, kind: DimensionType) -> frozenset[str | None]:
    return frozenset(typed(value, kind) for value in condition.values) - {None}


def type_of_condition(meter: Meter, condition: Filter) -> DimensionType:
    """As what the condition compares: as it says itself, else as the dimension that it names."""
    return meter.type_of(condition.path) if condition.type is DimensionType.TEXT else condition.type


def meets(fields: Fields, condition: Filter, meter: Meter) -> bool:
    """Whether the event meets the condition of this meter, or of a question to it."""
    by_path = condition.path.startswith("$")
    text = fields.at(condition.path) if by_path else fields.dimension(condition.path, meter.group_by)
    kind = (
        condition.type
        if by_path or condition.type is not DimensionType.TEXT
        else meter.type_of(condition.path)
    )
    if condition.op.compares_numbers:
        number = number_of(text)
        return number is not None and _COMPARE[condition.op](number, _bound(condition.values[0]))
    text = typed(text, kind)
    match condition.op:
        case FilterOp.IN:
            return text is not None and text in _wanted(condition, kind)
        case FilterOp.NOT_IN:
            return text is None or text not in _wanted(condition, kind)
        case FilterOp.EXISTS:
            return text is not None
        case _:
            return text is None


def read_event(meter: Meter, event: UsageEvent) -> Reading | None:
    """What the meter reads from the event, or None where the event does not count.

    >>> import msgspec
    >>> from steelyard.metering.aggregation import Aggregation
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
    text, number = "", ZERO
    if meter.reads_number:
        found = fields.number(meter.value)
        if found is None or (found < 0 and not meter.allow_negative):
            return None
        number = found
    elif meter.value:
        found_text = fields.at(meter.value)
        if found_text is None:
            return None
        text = found_text
    if not all(meets(fields, condition, meter) for condition in meter.filters):
        return None
    stream = tuple(fields.group(meter, name) for name in meter.group_by) if meter.keeps_levels else ()
    return Reading(text, number, _amount(meter, fields, number), stream)


def _amount(meter: Meter, fields: Fields, number: Decimal) -> Decimal:
    if meter.unit_price:
        return product_of(number, number_of(fields.at(meter.unit_price)))
    return fields.number(meter.amount) or ZERO if meter.amount else ZERO
