"""Event types and value metrics: what happens, what of it is counted, and what that means."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from steelyard.catalog.fields import (
    BOOL,
    TEXT,
    WRONG,
    Field,
    Kind,
    Noun,
    decimal,
    describe,
    is_right,
    list_of,
    mapping_to,
    one_of,
    one_or_many,
    record,
    whole,
)
from steelyard.catalog.model import ValueMetric
from steelyard.catalog.nouns.defined import DEFINED
from steelyard.catalog.source import Path, Reading
from steelyard.kernel import ZERO, InvalidInput
from steelyard.metering import (
    Aggregation,
    AnomalyAction,
    AnomalyMethod,
    EventClass,
    EventType,
    Filter,
    FilterOp,
    Meter,
    OnMismatch,
    Watch,
    parse_path,
    schema_problems,
    schema_text,
)


def _json_path(reading: Reading, path: Path, value: Any) -> Any:
    try:
        parse_path(value)
    except (InvalidInput, TypeError, AttributeError) as error:
        why = error.message if isinstance(error, InvalidInput) else f"{describe(value)} is not a path"
        reading.wrong(path, "bad_path", why, allowed="a path into the event's data, such as $.usage.tokens")
        return WRONG
    return value


def _json_schema(reading: Reading, path: Path, value: Any) -> Any:
    problems = schema_problems(value)
    for problem in problems:
        reading.wrong((*path, *problem.path), "bad_schema", problem.message, allowed=_DRAFT)
    return WRONG if problems else schema_text(value)


_DRAFT = "JSON Schema, draft 2020-12, without references to other documents"
JSON_SCHEMA = Kind(_json_schema, {"type": "object"})
JSON_PATH = Kind(_json_path, {"type": "string", "pattern": r"^\$"})

EVENT_TYPE = Noun(
    "event type",
    (
        Field("name", TEXT, "the type that events carry", required=True),
        Field("class", one_of(EventClass), "what such events are for", default=EventClass.BILLABLE),
        Field("description", TEXT, "what happened when such an event is sent", default=""),
        Field("schema", JSON_SCHEMA, "what the data of such an event looks like, as JSON Schema", default=""),
        Field(
            "on_mismatch",
            one_of(OnMismatch),
            "what becomes of an event whose data the schema does not allow",
            default=OnMismatch.TAG,
        ),
    ),
)

FILTER = Noun(
    "filter",
    (
        Field("path", TEXT, "a dimension, or a path into the event's data", required=True),
        Field("op", one_of(FilterOp), "how to compare", default=FilterOp.IN),
        Field("values", one_or_many(TEXT), "what to compare with", default=()),
    ),
)


def _filter(reading: Reading, path: Path, values: dict[str, Any]) -> Any:
    if not is_right(*values.values()):
        return WRONG
    try:
        return Filter(path=values["path"], op=values["op"], values=values["values"])
    except InvalidInput as error:
        reading.wrong(path, error.detail_code, error.message)
        return WRONG


METER = Noun(
    "meter",
    (
        Field("event_types", one_or_many(TEXT), "the types of events that count", required=True),
        Field("aggregation", one_of(Aggregation), "how values become one quantity", required=True),
        Field("value", JSON_PATH, "what is read from an event; left out for count", default=""),
        Field("group_by", mapping_to(JSON_PATH), "dimensions read from the event, by name", default={}),
        Field("filters", list_of(record(FILTER, _filter)), "which events count", default=()),
        Field("amount", JSON_PATH, "the amount of money that the event carries", default=""),
        Field(
            "unit_price", JSON_PATH, "a price that the event carries: value × price is its amount", default=""
        ),
        Field("allow_negative", BOOL, "whether an event may take away (returns, corrections)", default=True),
    ),
)

WATCH = Noun(
    "watch for anomalies",
    (
        Field("method", one_of(AnomalyMethod), "how the expected range is found", default=AnomalyMethod.MAD),
        Field(
            "deviations",
            decimal(above=ZERO),
            "how many deviations from the median are expected",
            default=Decimal(6),
        ),
        Field(
            "minimum_events",
            whole(at_least=1, at_most=1000),
            "from how many past events on a range is known",
            default=50,
        ),
        Field(
            "action", one_of(AnomalyAction), "what becomes of an event outside", default=AnomalyAction.FLAG
        ),
        Field(
            "silence_hours",
            whole(at_least=1, at_most=8760),
            "after how many hours without events a regular customer is silent; left out: never",
        ),
    ),
)


def _watch(_reading: Reading, _path: Path, values: dict[str, Any]) -> Any:
    return Watch(**values) if is_right(*values.values()) else WRONG


METRIC = Noun(
    "metric",
    (
        *DEFINED,
        Field("unit", TEXT, "what is counted, in the plural: requests, tokens, seats", required=True),
        Field(
            "meter",
            record(METER, lambda _reading, _path, values: values),
            "how it is measured",
            required=True,
        ),
        Field("anomalies", record(WATCH, _watch), "what is unusual, and what becomes of it"),
    ),
)


def event_type(reading: Reading, path: Path, values: dict[str, Any]) -> EventType | None:
    """The event type that the fields describe, or None where one is wrong."""
    if not is_right(*values.values()):
        return None
    return EventType(
        name=values["name"],
        cls=values["class"],
        description=values["description"],
        schema=values["schema"],
        on_mismatch=values["on_mismatch"],
    )


def metric(reading: Reading, path: Path, values: dict[str, Any]) -> ValueMetric | None:
    """The value metric that the fields describe, or None where one is wrong."""
    if not is_right(*values.values()) or not is_right(*values["meter"].values()):
        return None
    try:
        meter = Meter(key=values["key"], name=values["name"], unit=values["unit"], **values["meter"])
    except InvalidInput as error:
        for problem in error.problems:
            place = (*path, "meter", *problem.field.split("."))
            reading.wrong(place, "bad_meter", problem.message, allowed=problem.allowed)
        return None
    return ValueMetric(
        key=values["key"],
        name=values["name"],
        owner=values["owner"],
        definition=values["definition"],
        meter=meter,
        anomalies=values["anomalies"],
    )
