"""Usage events, meters and event types: the records of this room.

A usage event says that something happened (`occurred_at`, here `time`), to whom (`subject`) and with which
figures (`data`). A meter says which events count, what is read from them and how it is folded into a
quantity. Millions of events live at once, so they are Structs outside the garbage collector.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from steelyard.kernel import InvalidInput, parse_decimal
from steelyard.metering.aggregation import Aggregation, DimensionType, FilterOp, TimeUnit, Windowed
from steelyard.metering.defining import FREE_DIMENSIONS, meter_problems

NO_DATA: Final = msgspec.Raw(b"")
"""The data of an event that carries none."""


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
        problems = tuple(meter_problems(self))
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
