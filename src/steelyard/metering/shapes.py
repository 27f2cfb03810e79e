"""The numbers that meters need from each type of event, compiled so that a batch is checked in C.

A type's shape is one record type with exactly the numeric fields that its meters read. Decoding the data of
an event into it tells at once whether those are numbers, without building anything else.
"""

from __future__ import annotations

import decimal
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import repeat
from operator import attrgetter
from typing import Annotated, Any, Final

import msgspec

from steelyard.metering.defining import paths_of
from steelyard.metering.items import ItemProblem, problem_of
from steelyard.metering.meter import Meter
from steelyard.metering.model import RefusalCode
from steelyard.metering.numbers import FRACTION_DIGITS_MAX, INTEGER_DIGITS_MAX, STEP, number_of
from steelyard.metering.paths import parse_path

_LIMIT_WHOLE: Final = 10**INTEGER_DIGITS_MAX
_WHOLE_MAX: Final = (1 << 63) - 1
_EXACT: Final = decimal.Context(
    prec=INTEGER_DIGITS_MAX + FRACTION_DIGITS_MAX, traps=[decimal.InvalidOperation, decimal.Inexact]
)
_UNFIT: Final = (
    msgspec.DecodeError,
    UnicodeDecodeError,
    RecursionError,
    AttributeError,
    decimal.InvalidOperation,
    decimal.Inexact,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    path: str
    get: Callable[[Any], int | Decimal | None]
    allow_negative: bool


class Shape:
    """The numeric fields of one event type: checks many events at once, or tells what is wrong with one."""

    __slots__ = ("_all_whole", "_decode", "_decode_all", "_fields", "_tries_whole")

    def __init__(self, signs: Mapping[str, bool]) -> None:
        """`signs` says for each path whether the number there may be negative."""
        places: dict[tuple[str, ...], str] = {}
        paths = [parse_path(path) for path in signs]
        record = _record_type(paths, (), places, lambda _: int | Decimal | None)
        whole = _record_type(paths, (), {}, lambda path: _whole(signs, path))
        self._decode = msgspec.json.Decoder(record).decode
        self._decode_all = msgspec.json.Decoder(list[record]).decode
        self._all_whole = msgspec.json.Decoder(list[whole]).decode
        self._tries_whole = True
        self._fields = tuple(
            _Field(path=path, get=attrgetter(places[parse_path(path)]), allow_negative=negative)
            for path, negative in signs.items()
        )

    def fits(self, datas: Sequence[msgspec.Raw]) -> bool:
        """Whether every one of these data holds only good numbers, at first sight; False asks to look."""
        joined = b"[" + b",".join(datas) + b"]"
        if self._tries_whole:
            try:
                # Most meters read whole numbers; then decoding alone is the whole check.
                self._all_whole(joined)
                return True
            except _UNFIT:
                pass
        try:
            records = self._decode_all(joined)
            columns = [[one for one in map(field.get, records) if one is not None] for field in self._fields]
            self._tries_whole = all(type(number) is int for column in columns for number in column[:1])
            return all(map(_all_good, columns, [field.allow_negative for field in self._fields]))
        except _UNFIT:
            return False

    def problem(self, data: msgspec.Raw) -> ItemProblem | None:
        """What is wrong with the numbers of one event, if anything."""
        try:
            record = self._decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return self._explain(error)
        for field in self._fields:
            try:
                number = field.get(record)
            except AttributeError:
                continue
            problem = None if number is None else _number_problem(field, number)
            if problem:
                return problem
        return None

    def _explain(self, error: Exception) -> ItemProblem:
        known = problem_of(error)
        if known.code is not RefusalCode.WRONG_TYPE and known.code is not RefusalCode.NOT_AN_OBJECT:
            return known
        field = f"data.{known.field}" if known.field else "data"
        if known.code is RefusalCode.NOT_AN_OBJECT or "`object" in known.message:
            return ItemProblem(RefusalCode.WRONG_TYPE, f"{field} must be an object: a meter reads it", field)
        message = f"{field} must be a number or the text of one: a meter reads it"
        return ItemProblem(RefusalCode.NOT_A_NUMBER, message, field)


class Shapes:
    """The shapes of all event types that a set of meters reads numbers from.

    >>> from steelyard.metering.aggregation import Aggregation
    >>> meter = Meter(key="m", event_types=("t",), aggregation=Aggregation.SUM, value="$.n")
    >>> shapes = Shapes([meter])
    >>> shapes.get("t").problem(msgspec.Raw(b'{"n": "many"}')).message
    'data.n must be a number or the text of one: a meter reads it'
    """

    __slots__ = ("_by_type",)

    def __init__(self, meters: Iterable[Meter] = ()) -> None:
        """Compiles the shapes of these meters."""
        signs: dict[str, dict[str, bool]] = {}
        for meter in itertools.chain.from_iterable(meter.leaves for meter in meters):
            value = meter.value if meter.reads_number else ""
            for event_type in meter.event_types:
                of_type = signs.setdefault(event_type, {})
                paths = (path for text in (value, meter.amount, meter.unit_price) for path in paths_of(text))
                for path in paths:
                    # The sign of an expression is known only once it is computed.
                    negative = meter.allow_negative or path != value
                    of_type[path] = of_type.get(path, True) and negative
        self._by_type = {event_type: Shape(paths) for event_type, paths in signs.items() if paths}

    def get(self, event_type: str) -> Shape | None:
        """The shape of a type, or None when no meter reads a number from it."""
        return self._by_type.get(event_type)


def _whole(signs: Mapping[str, bool], path: tuple[str, ...]) -> Any:
    """A whole number that every path there allows, of fewer digits than any limit."""
    negative = all(allowed for text, allowed in signs.items() if parse_path(text) == path)
    kind: Any = Annotated[int, msgspec.Meta(ge=-_WHOLE_MAX if negative else 0, le=_WHOLE_MAX)]
    return kind | None


def _record_type(
    paths: list[tuple[str, ...]],
    prefix: tuple[str, ...],
    places: dict[tuple[str, ...], str],
    kind_of: Callable[[tuple[str, ...]], Any],
) -> type[msgspec.Struct]:
    heads = list(dict.fromkeys(path[0] for path in paths))
    fields: list[tuple[str, Any, Any]] = []
    for number, head in enumerate(heads):
        here = (*prefix, head)
        deeper = [path[1:] for path in paths if path[0] == head and len(path) > 1]
        attribute = f"f{number}"
        if deeper and (head,) not in paths:
            inner = _record_type(deeper, here, local := {}, kind_of)
            fields.append((attribute, inner | None, msgspec.field(name=head, default_factory=inner)))
            places.update({(head, *path): f"{attribute}.{place}" for path, place in local.items()})
        else:
            # A path that is the beginning of another must hold a number, so the longer one reads nothing.
            fields.append((attribute, kind_of(here), msgspec.field(name=head, default=None)))
            places.update({(head, *path): attribute for path in [(), *deeper]})
    return msgspec.defstruct("Shape", fields, gc=False)


def _all_good(numbers: list[int | Decimal], allow_negative: bool) -> bool:
    if not numbers:
        return True
    if set(map(type, numbers)) != {int}:
        decimals = [number for number in numbers if type(number) is Decimal]
        # Raises where a number has too many digits on either side of the point, or is infinite.
        list(map(_EXACT.quantize, decimals, repeat(STEP)))
        if any(number.is_nan() for number in decimals):
            return False
    lowest = min(numbers)
    return max(numbers) < _LIMIT_WHOLE and lowest > -_LIMIT_WHOLE and (allow_negative or lowest >= 0)


def _number_problem(field: _Field, number: int | Decimal) -> ItemProblem | None:
    place = f"data.{field.path[2:]}"
    if isinstance(number, Decimal) and not number.is_finite():
        return ItemProblem(RefusalCode.NOT_A_NUMBER, f"{place} must be a finite number", place)
    if isinstance(number, int):
        good = number if abs(number) < _LIMIT_WHOLE else None
    else:
        good = number_of(str(number))
    if good is None:
        message = f"{place} may have at most 26 digits before and 12 after the point"
        return ItemProblem(RefusalCode.NUMBER_TOO_LARGE, message, place)
    if good < 0 and not field.allow_negative:
        message = f"{place} is negative, which its meter refuses"
        return ItemProblem(RefusalCode.NEGATIVE_VALUE, message, place)
    return None
