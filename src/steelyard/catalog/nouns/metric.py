"""Event types and value metrics: what happens, what of it is counted, and what that means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from steelyard.catalog.fields import (
    BOOL,
    SCALAR,
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
    read_noun,
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
    DimensionType,
    EventClass,
    EventType,
    Filter,
    FilterOp,
    Meter,
    OnMismatch,
    Outer,
    TimeUnit,
    Watch,
    Window,
    Windowed,
    is_path,
    names_of,
    parse_expression,
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


def _value(reading: Reading, path: Path, value: Any) -> Any:
    if not isinstance(value, str) or is_path(value):
        return _json_path(reading, path, value)
    try:
        foreign = next((name for name in names_of(parse_expression(value)) if not is_path(name)), None)
        why = f"{foreign!r} is not a path into data; write $.name or $.a.b" if foreign else ""
    except InvalidInput as error:
        why = error.message
    if why:
        allowed = "a path such as $.usage.tokens, or arithmetic over paths such as $.bytes / 1024"
        reading.wrong(path, "bad_path", why, allowed=allowed)
    return WRONG if why else value


VALUE = Kind(_value, {"type": "string", "pattern": r"\$"})


def _dimension(reading: Reading, path: Path, value: Any) -> Any:
    """A path, whose dimension holds texts, or a path with a type."""
    if isinstance(value, str):
        given = JSON_PATH.read(reading, path, value)
        return given if given is WRONG else (given, DimensionType.TEXT)
    values = read_noun(reading, DIMENSION, path, value)
    if values is None or not is_right(*values.values()):
        return WRONG
    return values["path"], values["type"]


TYPE = Field("type", one_of(DimensionType), "as what it is read and compared", default=DimensionType.TEXT)

DIMENSION = Noun(
    "dimension", (Field("path", JSON_PATH, "where it stands in the event's data", required=True), TYPE)
)

DIMENSION_KIND = Kind(_dimension, {"anyOf": [dict(JSON_PATH.schema), DIMENSION.schema()]})

_FORMULA = "numbers, keys of metrics, + - * / ( ), min, max, ceil, floor, coalesce"

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
        Field("values", one_or_many(SCALAR), "what to compare with", default=()),
        TYPE,
    ),
)


def _filter(reading: Reading, path: Path, values: dict[str, Any]) -> Any:
    if not is_right(*values.values()):
        return WRONG
    try:
        return Filter(**values)
    except InvalidInput as error:
        reading.wrong(path, error.detail_code, error.message)
        return WRONG


WINDOW = Noun(
    "window",
    (
        Field("size", one_of(Window), "HOUR or DAY", required=True),
        Field("inner", one_of(Aggregation), "how the values of each window are folded", required=True),
        Field("outer", one_of(Outer), "how the windows become the quantity", default=Outer.SUM),
    ),
)


def _window(reading: Reading, path: Path, values: dict[str, Any]) -> Any:
    if not is_right(*values.values()):
        return WRONG
    try:
        return Windowed(**values)
    except InvalidInput as error:
        reading.wrong(path, "bad_meter", error.message, allowed="size: HOUR or DAY; inner: max, sum, …")
        return WRONG


METER = Noun(
    "meter",
    (
        Field("event_types", one_or_many(TEXT), "the types of events that count; all but a formula have one"),
        Field("aggregation", one_of(Aggregation), "how values become one quantity", required=True),
        Field("value", VALUE, "a path into the data, or arithmetic over paths; not for count", default=""),
        Field("group_by", mapping_to(DIMENSION_KIND), "dimensions read from the event, by name", default={}),
        Field("filters", list_of(record(FILTER, _filter)), "which events count", default=()),
        Field("amount", VALUE, "a path to, or arithmetic for, the money that the event carries", default=""),
        Field(
            "unit_price", JSON_PATH, "a price that the event carries: value × price is its amount", default=""
        ),
        Field("allow_negative", BOOL, "whether an event may take away (returns, corrections)", default=True),
        Field("percentile", decimal(), "which percentile: 50 to 99.9"),
        Field("approximate", BOOL, "whether unique may be estimated; never priced then", default=False),
        Field("time_unit", one_of(TimeUnit), "in what levels are held over time", default=TimeUnit.HOURS),
        Field("window", record(WINDOW, _window), "the hours or days of a windowed meter"),
        Field("formula", TEXT, "arithmetic over the keys of other metrics", default=""),
    ),
    extra={
        "if": {"properties": {"aggregation": {"const": Aggregation.FORMULA.value}}},
        "then": {"required": ["formula"]},
        "else": {"required": ["event_types"]},
    },
)


def _meter(reading: Reading, path: Path, values: dict[str, Any]) -> Any:
    """The fields of the meter; which of them must be there depends on the aggregation."""
    name = "formula" if values["aggregation"] is Aggregation.FORMULA else "event_types"
    if not values[name]:
        meaning = next(field.meaning for field in METER.fields if field.name == name)
        reading.wrong(path, "missing_field", f"this meter has no {name!r}: {meaning}")
        values[name] = WRONG
    return values


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
            record(METER, _meter),
            "how it is measured",
            required=True,
        ),
        Field("anomalies", record(WATCH, _watch), "what is unusual, and what becomes of it"),
        Field("outcome", TEXT, "the key of the metric that it should correlate with", default=""),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFormula:
    """A metric whose meter is a formula, before the metrics that it names are known."""

    values: dict[str, Any]
    formula: str


def metric(reading: Reading, path: Path, values: dict[str, Any]) -> ValueMetric | WrittenFormula | None:
    """The value metric that the fields describe, or None where one is wrong."""
    if not is_right(*values.values()) or not is_right(*values["meter"].values()):
        return None
    meter = values["meter"]
    if meter["aggregation"] is Aggregation.FORMULA:
        return _formula(reading, path, values)
    return build_metric(reading, path, values, {})


def _formula(reading: Reading, path: Path, values: dict[str, Any]) -> WrittenFormula | None:
    """A formula that can be read; whom it names is not known yet."""
    place = (*path, "meter")
    for field in METER.fields:
        if field.name not in ("aggregation", "formula") and values["meter"][field.name] != field.default:
            reading.wrong((*place, field.name), "bad_meter", "a formula reads metrics, and no events itself")
            return None
    text = values["meter"]["formula"]
    try:
        parse_expression(text)
    except InvalidInput as error:
        reading.wrong((*place, "formula"), "bad_meter", error.message, allowed=_FORMULA)
        return None
    return WrittenFormula(values=values, formula=text)


def build_metric(
    reading: Reading, path: Path, values: dict[str, Any], parts: Mapping[str, Meter]
) -> ValueMetric | None:
    """The metric of these fields; `parts` are the meters that a formula rests on."""
    fields = dict(values["meter"])
    fields["event_types"] = fields["event_types"] or ()
    fields["windowed"] = fields.pop("window")
    dimensions: dict[str, tuple[str, DimensionType]] = fields["group_by"]
    fields["group_by"] = {name: where for name, (where, _) in dimensions.items()}
    fields["dimension_types"] = {
        name: kind for name, (_, kind) in dimensions.items() if kind is not DimensionType.TEXT
    }
    try:
        meter = Meter(key=values["key"], name=values["name"], unit=values["unit"], parts=parts, **fields)
    except InvalidInput as error:
        for problem in error.problems:
            place = (
                *path,
                "meter",
                *(int(one) if one.isdecimal() else one for one in problem.field.split(".")),
            )
            reading.wrong(place, "bad_meter", problem.message, allowed=problem.allowed)
        return None
    return ValueMetric(
        key=values["key"],
        name=values["name"],
        owner=values["owner"],
        definition=values["definition"],
        meter=meter,
        anomalies=values["anomalies"],
        outcome=values["outcome"],
    )
