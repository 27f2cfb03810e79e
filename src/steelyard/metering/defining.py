"""What makes a meter valid: every mistake in its definition, with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from steelyard.kernel import InvalidInput, Problem
from steelyard.metering.aggregation import Aggregation, DimensionType
from steelyard.metering.expressions import names_of, parse_expression
from steelyard.metering.paths import parse_path

if TYPE_CHECKING:
    from steelyard.metering.model import Meter

RESERVED_DIMENSIONS: Final = ("feature", "integration", "agent", "team", "role", "environment")
"""Dimensions that every event may carry; always free for grouping and filtering."""

FREE_DIMENSIONS: Final = ("subject", "source", "type", "mismatch", *RESERVED_DIMENSIONS)
"""Every dimension that a meter offers without declaring it."""

PERCENTILE_MIN: Final = Decimal(50)
PERCENTILE_MAX: Final = Decimal("99.9")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
_PATH = "$.name"
_EXPRESSION = "a path such as $.name, or arithmetic over paths such as $.bytes / 1024"


def meter_problems(meter: Meter) -> Iterator[Problem]:
    """Everything that is wrong with the definition; nothing for a meter that can measure."""
    if not _NAME.fullmatch(meter.key):
        yield _problem("key", f"{meter.key!r} is not a key", "letters, digits, _ . and -, at most 100")
    if meter.aggregation is Aggregation.FORMULA:
        yield from _formula_problems(meter)
        return
    if not meter.event_types or not all(meter.event_types):
        yield _problem("event_types", "a meter needs at least one event type")
    yield from _option_problems(meter)
    yield from _value_problems(meter)
    yield from _dimension_problems(meter)


def is_path(text: str) -> bool:
    """Whether the text is one path, and no arithmetic.

    >>> is_path("$.a-b"), is_path("$.a - $.b")
    (True, False)
    """
    try:
        parse_path(text)
    except InvalidInput:
        return False
    return True


def paths_of(text: str) -> tuple[str, ...]:
    """The paths that a value reads: its own, or those of the expression that it is.

    >>> paths_of("$.a"), paths_of("$.a - $.b"), paths_of("")
    (('$.a',), ('$.a', '$.b'), ())
    """
    if not text or is_path(text):
        return (text,) if text else ()
    return names_of(parse_expression(text))


def _problem(field: str, message: str, allowed: str = "") -> Problem:
    return Problem(code="meter", field=field, message=message, allowed=allowed)


def _option_problems(meter: Meter) -> Iterator[Problem]:
    """Options of one aggregation that are missing, or that stand at another."""
    windowed, percentile = meter.windowed, meter.percentile
    if (meter.aggregation is Aggregation.WINDOWED) != (windowed is not None):
        why = "windowed needs its windows" if windowed is None else "only a windowed meter has windows"
        yield _problem("window", why, "window: {size: HOUR, inner: max, outer: sum}")
    if (meter.folding is Aggregation.PERCENTILE) != (percentile is not None):
        why = "a percentile must be named" if percentile is None else "this is the option of a percentile"
        yield _problem("percentile", why, "percentile: 95")
    elif percentile is not None and not PERCENTILE_MIN <= percentile <= PERCENTILE_MAX:
        yield _problem("percentile", f"{percentile} is no percentile that can be metered", "50 to 99.9")
    if meter.approximate and meter.folding is not Aggregation.UNIQUE:
        yield _problem("approximate", "only unique can be approximate")
    if meter.approximate and meter.windowed is not None:
        yield _problem("approximate", "estimates of windows do not add up", "leave it out")
    if meter.formula or meter.parts:
        yield _problem("formula", "only the aggregation formula has one", "aggregation: formula")


def _value_problems(meter: Meter) -> Iterator[Problem]:
    folding = meter.folding
    if folding is Aggregation.COUNT and meter.value:
        yield _problem("value", "a meter that counts reads no value", "leave it out")
    if folding is not Aggregation.COUNT and not meter.value:
        yield _problem("value", f"the aggregation {folding.value} needs the path of a value", _PATH)
    if meter.amount and meter.unit_price:
        yield _problem("amount", "give the amount or the unit price, not both")
    if meter.carries_amount and meter.keeps_levels:
        place = "amount" if meter.amount else "unit_price"
        yield _problem(place, "a level is held, not paid: its events carry no amount", "leave it out")
    if meter.unit_price and not meter.reads_number:
        yield _problem("unit_price", "a unit price needs a value that is a number")
    elif meter.unit_price and meter.value and not is_path(meter.value):
        yield _problem("unit_price", "write the product as the amount", f"amount: ({meter.value}) * $.price")
    texts = {"value": meter.value} if meter.reads_number else {}
    for place, text in (texts | {"amount": meter.amount}).items():
        yield from _expression_problems(place, text)
    paths = {"unit_price": meter.unit_price} | ({} if meter.reads_number else {"value": meter.value})
    for place, path in paths.items():
        yield from _path_problems(place, path)


def _dimension_problems(meter: Meter) -> Iterator[Problem]:
    for name, path in meter.group_by.items():
        if name in FREE_DIMENSIONS or not _NAME.fullmatch(name):
            yield _problem(f"group_by.{name}", f"{name!r} cannot be declared", "a name that is not built in")
        yield from _path_problems(f"group_by.{name}", path)
    for name in meter.dimension_types:
        if name not in meter.group_by:
            yield _problem(f"dimension_types.{name}", f"{name!r} is not declared in group_by")
    for number, condition in enumerate(meter.filters):
        place = f"filters.{number}"
        if condition.path not in meter.dimensions:
            yield from _path_problems(f"{place}.path", condition.path)
        elif condition.type not in (DimensionType.TEXT, own := meter.type_of(condition.path)):
            yield _problem(f"{place}.type", f"the dimension {condition.path!r} is a {own.value}", own.value)


def _path_problems(place: str, path: str) -> Iterator[Problem]:
    if not path:
        return
    try:
        parse_path(path)
    except InvalidInput as problem:
        yield _problem(place, problem.message, _PATH)


def _expression_problems(place: str, text: str) -> Iterator[Problem]:
    if not text or is_path(text):
        return
    try:
        names = names_of(parse_expression(text))
    except InvalidInput as problem:
        yield _problem(place, problem.message, _EXPRESSION)
        return
    foreign = [name for name in names if not is_path(name)]
    if foreign or not names:
        yield _problem(place, f"{(foreign or [text])[0]!r} is not a path into data", _EXPRESSION)


def _formula_problems(meter: Meter) -> Iterator[Problem]:
    own = (meter.value, meter.amount, meter.unit_price, meter.filters, meter.windowed)
    if any(own) or meter.approximate or meter.percentile is not None:
        yield _problem("formula", "a formula reads meters, which read the events", "leave the rest out")
    if not meter.formula:
        yield _problem("formula", "the aggregation formula needs a formula", "input + 4 * output")
        return
    try:
        names = names_of(parse_expression(meter.formula))
    except InvalidInput as problem:
        yield _problem("formula", problem.message, "numbers, keys of meters, + - * / ( ) min max ceil floor")
        return
    if not names:
        yield _problem("formula", "a formula reads at least one meter")
    for name in names:
        if name not in meter.parts:
            yield _problem("formula", f"there is no meter {name!r} among its parts")
