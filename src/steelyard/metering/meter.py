"""Meters: which events count, what is read from each, and how that becomes a quantity.

A meter that exists is valid: what is wrong with a definition is told at once, each mistake with its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from steelyard.kernel import InvalidInput, Problem, parse_decimal
from steelyard.metering.aggregation import Aggregation, DimensionType, FilterOp, TimeUnit, Windowed
from steelyard.metering.defining import FREE_DIMENSIONS, is_path
from steelyard.metering.expressions import names_of, parse_expression
from steelyard.metering.paths import parse_path

PERCENTILE_MIN: Final = Decimal(50)
PERCENTILE_MAX: Final = Decimal("99.9")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
_PATH = "$.name"
_EXPRESSION = "a path such as $.name, or arithmetic over paths such as $.bytes / 1024"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A condition that an event must meet: a path into its data or a dimension, an operator, values.

    Values are compared as `type` says, that of the dimension if it has one. A value that is absent, or is
    none of that type, meets `not_in` and `absent` only.

    >>> Filter(path="$.model", op=FilterOp.IN, values=("gpt-4o",)).values
    ('gpt-4o',)
    """

    path: str
    op: FilterOp = FilterOp.IN
    values: tuple[str, ...] = ()
    type: DimensionType = DimensionType.TEXT

    def __post_init__(self) -> None:
        if self.op.compares_numbers and len(self.values) != 1:
            raise InvalidInput(
                f"the filter {self.op.value!r} compares with exactly one number", code="filter"
            )
        if self.op.compares_numbers or self.type is DimensionType.NUMBER:
            for value in self.values:
                parse_decimal(value)
        if self.type is DimensionType.BOOLEAN and not set(self.values) <= {"true", "false"}:
            raise InvalidInput("a boolean is compared with true or false", code="filter")
        if self.op in (FilterOp.IN, FilterOp.NOT_IN) and not self.values:
            raise InvalidInput(f"the filter {self.op.value!r} needs at least one value", code="filter")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """Which events count, what is read from each, and how that becomes a quantity.

    `value` is a path into data or an expression over paths (blank for `count`); `unique` counts the different
    texts at a path. `amount` is the path or expression of an amount of money that the event carries, or
    `unit_price` the path of a price by which the value is multiplied (at most one of the two). Events whose
    value is absent or unreadable do not count.

    `dimension_types` are those of the dimensions that hold no text. `percentile` says which (50 to 99.9),
    `time_unit` in what levels are held over time, `windowed` how windows are taken, and `approximate` that
    `unique` may be estimated. A `formula` reads the quantities of its `parts`, by the names it gives them,
    and no events of its own; it has the event types of its parts, and the dimensions that they share.

    >>> Meter(key="tokens", event_types=("llm",), aggregation=Aggregation.SUM, value="$.tokens").name
    'tokens'
    """

    key: str
    event_types: tuple[str, ...] = ()
    aggregation: Aggregation
    name: str = ""
    value: str = ""
    group_by: Mapping[str, str] = field(default_factory=dict[str, str])
    filters: tuple[Filter, ...] = ()
    unit: str = ""
    amount: str = ""
    unit_price: str = ""
    allow_negative: bool = True
    dimension_types: Mapping[str, DimensionType] = field(default_factory=dict[str, DimensionType])
    percentile: Decimal | None = None
    approximate: bool = False
    time_unit: TimeUnit = TimeUnit.HOURS
    windowed: Windowed | None = None
    formula: str = ""
    parts: Mapping[str, Meter] = field(default_factory=dict[str, "Meter"])

    def __post_init__(self) -> None:
        if self.parts and not self.event_types:
            self._take_over()
        problems = tuple(_meter_problems(self))
        if problems:
            raise InvalidInput(f"the meter {self.key!r} is not valid", code="meter", problems=problems)
        if not self.name:
            object.__setattr__(self, "name", self.key)

    def _take_over(self) -> None:
        """Gives a formula the event types of its parts, and the dimensions that all of them declare alike."""
        types = (name for part in self.parts.values() for name in part.event_types)
        object.__setattr__(self, "event_types", tuple(dict.fromkeys(types)))
        first, *others = self.parts.values()
        shared = [name for name in first.group_by if all(one._declares_as(first, name) for one in others)]
        kinds = {name: kind for name, kind in first.dimension_types.items() if name in shared}
        object.__setattr__(self, "group_by", {name: first.group_by[name] for name in shared})
        object.__setattr__(self, "dimension_types", kinds)

    def _declares_as(self, other: Meter, name: str) -> bool:
        return self.group_by.get(name) == other.group_by[name] and self.type_of(name) is other.type_of(name)

    @property
    def folding(self) -> Aggregation:
        """How values are folded where they are read: the inner aggregation of windows, else the meter's."""
        return self.windowed.inner if self.windowed else self.aggregation

    @property
    def reads_number(self) -> bool:
        """Whether the value of an event must be a number."""
        return self.folding.reads_number

    @property
    def leaves(self) -> tuple[Meter, ...]:
        """The meters that read events: itself, or for a formula those it rests on, each once."""
        if self.aggregation is not Aggregation.FORMULA:
            return (self,)
        found: list[Meter] = []
        for part in self.parts.values():
            found += [leaf for leaf in part.leaves if leaf not in found]
        return tuple(found)

    @property
    def keeps_levels(self) -> bool:
        """Whether what was before a period matters in it: a level that was set and still holds."""
        return any(leaf.aggregation is Aggregation.TIME_WEIGHTED_SUM for leaf in self.leaves)

    @property
    def has_calendar(self) -> bool:
        """Whether its quantity depends on the time zone on whose calendar hours, days or months are taken."""
        return any(leaf.windowed or leaf.time_unit is TimeUnit.MONTHS for leaf in self.leaves)

    @property
    def is_approximate(self) -> bool:
        """Whether its quantity is, or rests on, an estimate."""
        return any(leaf.approximate for leaf in self.leaves)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Every dimension by which this meter's quantity can be grouped or filtered."""
        return (*FREE_DIMENSIONS, *self.group_by)

    def type_of(self, dimension: str) -> DimensionType:
        """What the dimension holds."""
        return self.dimension_types.get(dimension, DimensionType.TEXT)

    @property
    def carries_amount(self) -> bool:
        """Whether the events of this meter bring an amount of money with them."""
        return bool(self.amount or self.unit_price)


def _meter_problems(meter: Meter) -> Iterator[Problem]:
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
