"""Usage events, meters and event types: the records of this room.

A usage event says that something happened (`occurred_at`, here `time`), to whom (`subject`) and with which
figures (`data`). A meter says which events count, what is read from them and how it is folded into a
quantity. Millions of events live at once, so they are Structs outside the garbage collector.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from steelyard.kernel import InvalidInput, Problem, parse_decimal
from steelyard.metering.paths import parse_path

RESERVED_DIMENSIONS: Final = ("feature", "integration", "agent", "team", "role", "environment")
"""Typed dimensions that every event may carry; always free for grouping and filtering."""

FREE_DIMENSIONS: Final = ("subject", "source", "type", "mismatch", *RESERVED_DIMENSIONS)
"""Every dimension that a meter offers without declaring it."""

INTEGER_DIGITS_MAX: Final = 26
FRACTION_DIGITS_MAX: Final = 12
"""A metered number has at most so many digits before and after the point: SQL's DECIMAL(38,12)."""

NO_DATA: Final = msgspec.Raw(b"")
"""The data of an event that carries none."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")


class UsageEvent(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One thing that happened; `(source, id)` names it for ever.

    `time` is when it happened, in microseconds since 1970 UTC. `data` is the JSON text as it came. `cost` is
    what it cost the seller (decimal text, in `currency` if given), never a price. `customer` is a hint that
    wins over `subject` when the event is attributed. `arrival` tells that the event came without a time and
    has that of its arrival. `backfill` names the backfill that brought the event (it counts only while that
    is committed), and `again` says that its id was taken by an event which that backfill deprecates;
    `mismatch` is the place in the data that its schema does not allow; all three are set here, never by a
    client. Absent texts are empty. The order of fields is that of the stored payload, and they may be given
    by position: naming fifteen of them costs a batch a quarter of its time.

    >>> UsageEvent(source="api", id="e1", type="request", time=0).subject
    ''
    """

    source: str
    id: str
    type: str
    time: int
    subject: str = ""
    feature: str = ""
    integration: str = ""
    agent: str = ""
    team: str = ""
    role: str = ""
    environment: str = ""
    customer: str = ""
    cost: str = ""
    currency: str = ""
    arrival: bool = False
    data: msgspec.Raw = NO_DATA
    backfill: str = ""
    again: bool = False
    mismatch: str = ""


class EventClass(StrEnum):
    """What an event is for: to be billed, to show success, to carry a cost, or to help engineers."""

    BILLABLE = "billable"
    OUTCOME = "outcome"
    COST = "cost"
    TECHNICAL = "technical"


class OnMismatch(StrEnum):
    """What becomes of an event whose data is not as the schema of its type says.

    It is refused; or kept apart, where it counts for nobody until somebody accepts it; or counted as ever,
    with the place noted in `mismatch`.
    """

    REJECT = "reject"
    QUARANTINE = "quarantine"
    TAG = "tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """A declared type of events with its class; types that nobody declared are kept all the same.

    `schema` is the JSON text of a JSON Schema for the data of its events, blank where there is none.

    >>> EventType(name="llm.completion", cls=EventClass.BILLABLE).cls.value
    'billable'
    """

    name: str
    cls: EventClass = EventClass.BILLABLE
    description: str = ""
    schema: str = ""
    on_mismatch: OnMismatch = OnMismatch.TAG


class Aggregation(StrEnum):
    """How the values of a period become one quantity."""

    SUM = "sum"
    COUNT = "count"
    UNIQUE = "unique"
    MAX = "max"
    MIN = "min"
    LATEST = "latest"
    AVERAGE = "average"

    @property
    def reads_number(self) -> bool:
        """Whether the meter's value must be a number; `unique` counts texts and `count` reads nothing."""
        return self not in (Aggregation.COUNT, Aggregation.UNIQUE)


class FilterOp(StrEnum):
    """How a filter compares: text equality for the first two, exact numbers for the last four."""

    IN = "in"
    NOT_IN = "not_in"
    EXISTS = "exists"
    ABSENT = "absent"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"

    @property
    def compares_numbers(self) -> bool:
        """Whether the filter reads a number."""
        return self in (FilterOp.LT, FilterOp.LTE, FilterOp.GT, FilterOp.GTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A condition that an event must meet: a path into its data or a dimension, an operator, values.

    A value that is absent meets `not_in` and `absent` only.

    >>> Filter(path="$.model", op=FilterOp.IN, values=("gpt-4o",)).values
    ('gpt-4o',)
    """

    path: str
    op: FilterOp = FilterOp.IN
    values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.op.compares_numbers and len(self.values) != 1:
            raise InvalidInput(
                f"the filter {self.op.value!r} compares with exactly one number", code="filter"
            )
        if self.op.compares_numbers:
            parse_decimal(self.values[0])
        if self.op in (FilterOp.IN, FilterOp.NOT_IN) and not self.values:
            raise InvalidInput(f"the filter {self.op.value!r} needs at least one value", code="filter")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """Which events count, what is read from each, and how that becomes a quantity.

    `value` is a path into data (blank for `count`); `unique` counts the different texts found there. `amount`
    is the path of an amount of money that the event carries, or `unit_price` that of a price by which the
    value is multiplied (at most one of the two). Events whose value is absent or unreadable do not count.

    >>> Meter(key="tokens", event_types=("llm",), aggregation=Aggregation.SUM, value="$.tokens").name
    'tokens'
    """

    key: str
    event_types: tuple[str, ...]
    aggregation: Aggregation
    name: str = ""
    value: str = ""
    group_by: Mapping[str, str] = field(default_factory=dict[str, str])
    filters: tuple[Filter, ...] = ()
    unit: str = ""
    amount: str = ""
    unit_price: str = ""
    allow_negative: bool = True

    def __post_init__(self) -> None:
        problems = tuple(_meter_problems(self))
        if problems:
            raise InvalidInput(f"the meter {self.key!r} is not valid", code="meter", problems=problems)
        if not self.name:
            object.__setattr__(self, "name", self.key)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Every dimension by which this meter's quantity can be grouped or filtered."""
        return (*FREE_DIMENSIONS, *self.group_by)

    @property
    def carries_amount(self) -> bool:
        """Whether the events of this meter bring an amount of money with them."""
        return bool(self.amount or self.unit_price)


def _meter_problems(meter: Meter) -> list[Problem]:
    found: list[Problem] = []

    def refuse(field: str, message: str, allowed: str = "") -> None:
        found.append(Problem(code="meter", field=field, message=message, allowed=allowed))

    if not _NAME.fullmatch(meter.key):
        refuse("key", f"{meter.key!r} is not a key", "letters, digits, _ . and -, at most 100")
    if not meter.event_types or not all(meter.event_types):
        refuse("event_types", "a meter needs at least one event type")
    if meter.aggregation is Aggregation.COUNT and meter.value:
        refuse("value", "a meter that counts reads no value", "leave it out")
    if meter.aggregation is not Aggregation.COUNT and not meter.value:
        refuse("value", f"the aggregation {meter.aggregation.value} needs the path of a value", "$.name")
    if meter.amount and meter.unit_price:
        refuse("amount", "give the amount or the unit price, not both")
    if meter.unit_price and not meter.aggregation.reads_number:
        refuse("unit_price", "a unit price needs a value that is a number")
    for name in meter.group_by:
        if name in FREE_DIMENSIONS or not _NAME.fullmatch(name):
            refuse(f"group_by.{name}", f"{name!r} cannot be declared", "a name that is not built in")
    for place, path in _paths_of(meter).items():
        try:
            parse_path(path)
        except InvalidInput as problem:
            refuse(place, problem.message, "$.name")
    return found


def _paths_of(meter: Meter) -> dict[str, str]:
    paths = {name: getattr(meter, name) for name in ("value", "amount", "unit_price")}
    paths |= {f"group_by.{name}": path for name, path in meter.group_by.items()}
    for number, condition in enumerate(meter.filters):
        if condition.path not in meter.dimensions:
            paths[f"filters.{number}.path"] = condition.path
    return {place: path for place, path in paths.items() if path}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """What a meter measured: the quantity, the amount carried (None if it carries none), events used.

    >>> Quantity(quantity=Decimal(3), amount=None, events=3).quantity
    Decimal('3')
    """

    quantity: Decimal
    amount: Decimal | None
    events: int


class RefusalCode(StrEnum):
    """Why an event, or a whole request, is not stored."""

    EMPTY_BODY = "empty_body"
    BODY_TOO_LARGE = "body_too_large"
    TOO_MANY_EVENTS = "too_many_events"
    UNSUPPORTED_CONTENT_TYPE = "unsupported_content_type"
    MALFORMED_JSON = "malformed_json"
    MALFORMED_FORM = "malformed_form"
    INVALID_UTF8 = "invalid_utf8"
    TOO_DEEP = "too_deep"
    NOT_AN_OBJECT = "not_an_object"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    REPEATED_NAME = "repeated_name"
    TOO_LONG = "too_long"
    NOT_A_TIME = "not_a_time"
    TIME_IN_FUTURE = "time_in_future"
    TIME_TOO_EARLY = "time_too_early"
    NOT_A_NUMBER = "not_a_number"
    NUMBER_TOO_LARGE = "number_too_large"
    NEGATIVE_VALUE = "negative_value"
    UNKNOWN_CURRENCY = "unknown_currency"
    CONFLICT = "conflict"
    SCHEMA_MISMATCH = "schema_mismatch"
    OTHER_CUSTOMER = "other_customer"

    @property
    def retryable(self) -> bool:
        """Whether sending the same bytes again later can succeed: only for a time still in the future."""
        return self is RefusalCode.TIME_IN_FUTURE

    @property
    def about_size(self) -> bool:
        """Whether the request as a whole was too large; sending it in parts helps."""
        return self in (RefusalCode.BODY_TOO_LARGE, RefusalCode.TOO_MANY_EVENTS)


WHOLE_REQUEST: Final = -1
"""The index of a refusal that is about the request and not about one event."""

REFUSED_BYTES_KEPT: Final = 1024
"""So much of a refused item is kept; what is wrong with it nearly always stands at its beginning."""


class Refused(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One event that was not stored: its place in the request, why, and what to do.

    `event` is the event where it could be read, `item` else the beginning of its bytes.

    >>> Refused(index=3, code=RefusalCode.MISSING_FIELD, field="id", message="id is missing").code.value
    'missing_field'
    """

    index: int
    code: RefusalCode
    field: str = ""
    message: str
    event: UsageEvent | None = None
    item: bytes = b""
