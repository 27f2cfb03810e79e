"""Pricing tests as they are written in the section `tests`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from steelyard.catalog.fields import (
    KEY,
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
    read_noun,
    record,
)
from steelyard.catalog.source import Path, Reading
from steelyard.catalog.trial import Expected, ExpectedLine, GivenUsage, Trial
from steelyard.kernel import ZERO, InvalidInput, instant, parse_month
from steelyard.kernel.period import zone

_NUMBER = decimal()
_AMOUNT = decimal(at_least=ZERO)


def _month(reading: Reading, path: Path, value: Any) -> Any:
    try:
        parse_month(value)
    except (InvalidInput, TypeError, AttributeError):
        reading.wrong(path, "bad_period", f"{describe(value)} is no month", allowed="a month such as 2026-10")
        return WRONG
    return value


def _moment(reading: Reading, path: Path, value: Any) -> Any:
    text = f"{value}T00:00:00Z" if isinstance(value, str) and len(value) == len("2026-01-01") else value
    try:
        return instant(text)
    except (InvalidInput, TypeError, AttributeError):
        allowed = "a day such as 2026-10-15, or a time such as 2026-10-15T12:00:00Z"
        reading.wrong(path, "bad_time", f"{describe(value)} is no time", allowed=allowed)
        return WRONG


def _zone(reading: Reading, path: Path, value: Any) -> Any:
    try:
        zone(value)
    except (InvalidInput, TypeError):
        reading.wrong(path, "bad_timezone", f"{describe(value)} is no time zone", allowed="Europe/Berlin")
        return WRONG
    return value


MONTH = Kind(_month, {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"})
MOMENT = Kind(_moment, {"type": "string"})
_ZONE = Kind(_zone, {"type": "string"})

GIVEN = Noun(
    "usage",
    (
        Field("quantity", _NUMBER, "how much the metric measured", required=True),
        Field("amount", _NUMBER, "the sum of amounts that the events carried"),
        Field("where", mapping_to(SCALAR), "the values of dimensions under which it was used", default={}),
    ),
)


def _given(reading: Reading, path: Path, value: Any) -> Any:
    """A number, or a list of quantities by dimension."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        rows = [_one(reading, (*path, n), each) for n, each in enumerate(cast("Sequence[Any]", value))]
        return tuple(rows) if is_right(*rows) else WRONG
    if isinstance(value, Mapping):
        row = _one(reading, path, value)
        return (row,) if row is not WRONG else WRONG
    number = _NUMBER.read(reading, path, value)
    return WRONG if number is WRONG else (GivenUsage(quantity=number),)


def _one(reading: Reading, path: Path, value: Any) -> Any:
    values = read_noun(reading, GIVEN, path, value)
    return GivenUsage(**values) if values is not None and is_right(*values.values()) else WRONG


_GIVEN = Kind(_given, {"anyOf": [{"type": ["string", "number"]}, {"type": "array", "items": GIVEN.schema()}]})

LINE = Noun(
    "expected line",
    (
        Field("price", TEXT, "the key of the line's price"),
        Field("title", TEXT, "the line's title, for lines without a price, such as tax"),
        Field("amount", _NUMBER, "what the line says, rounded as the invoice rounds", required=True),
        Field("quantity", _NUMBER, "the quantity that the line shows"),
    ),
)


def _line(reading: Reading, path: Path, values: dict[str, Any]) -> Any:
    if not is_right(*values.values()):
        return WRONG
    if (values["price"] is None) == (values["title"] is None):
        reading.wrong(path, "missing_field", "name the line by its price or by its title, one of the two")
        return WRONG
    return ExpectedLine(**values)


EXPECT = Noun(
    "expectation",
    (
        Field("total", _NUMBER, "what is due"),
        Field("subtotal", _NUMBER, "what is due before tax"),
        Field("tax", _NUMBER, "the tax"),
        Field("lines", list_of(record(LINE, _line), whole=True), "all lines of the invoice, in any order"),
        Field("problems", list_of(TEXT), "the codes of what cannot be charged", default=()),
    ),
)


def _expect(reading: Reading, path: Path, values: dict[str, Any]) -> Any:
    if not is_right(*values.values()):
        return WRONG
    if not values["problems"] and all(values[name] is None for name in ("total", "subtotal", "tax", "lines")):
        reading.wrong(path, "empty", "a test expects something", allowed="total, subtotal, tax, lines")
        return WRONG
    return Expected(**values)


TRIAL = Noun(
    "test",
    (
        Field("name", TEXT, "what is tested, in words", required=True),
        Field("plan", KEY, "the plan that the customer has", required=True),
        Field("period", MONTH, "the month that is billed", default="2026-01"),
        Field("timezone", _ZONE, "whose calendar the month is on", default="UTC"),
        Field("start", MOMENT, "when the subscription begins, if not before the month"),
        Field("end", MOMENT, "when the subscription ends, if it does"),
        Field("quantities", mapping_to(_AMOUNT), "what the subscription states, such as seats", default={}),
        Field("add_ons", list_of(KEY), "prices that the subscription adds", default=()),
        Field("commitment", _AMOUNT, "the amount that the subscription commits to"),
        Field("tax", _AMOUNT, "the percentage of tax"),
        Field("attributes", mapping_to(TEXT), "attributes of the customer, such as its region", default={}),
        Field("usage", mapping_to(_GIVEN), "by metric what was used", default={}),
        Field("expect", record(EXPECT, _expect), "the invoice that must come of it", required=True),
    ),
)


def trial(reading: Reading, path: Path, values: dict[str, Any]) -> Trial | None:
    """The test that the fields describe, or None where one is wrong."""
    if not is_right(*values.values()):
        return None
    start, end = values["start"], values["end"]
    if start is not None and end is not None and end <= start:
        reading.wrong((*path, "end"), "empty_period", "the subscription would end before it begins")
        return None
    file, line = reading.source.place(path)
    return Trial(**values, file=file, line=line)
