"""Usage events, meters and event types: the records of this room.

A usage event says that something happened (`occurred_at`, here `time`), to whom (`subject`) and with which
figures (`data`). A meter says which events count, what is read from them and how it is folded into a
quantity. Millions of events live at once, so they are Structs outside the garbage collector.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

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
