"""The table of aggregations: a meter, events, a period, and what every engine must answer.

Events are one line each: when, the customer, the data. Days are those of October 2026 unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from steelyard.kernel import Period, instant, micros
from steelyard.metering import (
    Aggregation,
    DimensionType,
    Filter,
    FilterOp,
    Meter,
    Outer,
    TimeUnit,
    UsageEvent,
    Window,
    Windowed,
)

OCTOBER = Period.month(2026, 10)


def day(first: int, last: int | None = None) -> Period:
    """From the beginning of one day of October to the end of another."""
    end = (last or first) + 1
    return Period(start=instant(f"2026-10-{first:02}T00:00:00Z"), end=instant(f"2026-10-{end:02}T00:00:00Z"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row of the table; `expected` are (customer, group values …): quantity, or None for no row."""

    name: str
    meter: Meter
    events: str
    expected: dict[tuple[str, ...], str]
    period: Period = OCTOBER
    group_by: tuple[str, ...] = ()
    window: Window | None = None
    filters: tuple[Filter, ...] = ()
    timezone: str = "UTC"
    counted: dict[str, int] = field(default_factory=dict[str, int])
    """How many events a customer's row rests on, where the case is about that."""


def meter(aggregation: Aggregation, value: str = "$.n", **fields: object) -> Meter:
    """A meter of events of the type `t`."""
    return Meter(key="m", event_types=("t",), aggregation=aggregation, value=value, **fields)  # type: ignore[arg-type]


def formula(text: str, **parts: Meter) -> Meter:
    """A formula over these meters."""
    return Meter(key="f", aggregation=Aggregation.FORMULA, formula=text, parts=parts)


def windowed(size: Window, inner: Aggregation, outer: Outer, value: str = "$.n") -> Meter:
    """A meter of windows."""
    return meter(Aggregation.WINDOWED, value, windowed=Windowed(size=size, inner=inner, outer=outer))


def read_events(text: str) -> list[tuple[str, UsageEvent]]:
    """The events that lines stand for: `01T10:00 acme {"n": 1}`, the type after a slash if it is not `t`."""
    found: list[tuple[str, UsageEvent]] = []
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines()))):
        when, customer, data = line.split(maxsplit=2)
        customer, _, event_type = customer.partition("/")
        month = "" if when.count("-") else "2026-10-"
        event = UsageEvent(
            source="s",
            id=str(number),
            type=event_type or "t",
            time=micros(instant(f"{month}{when}Z")),
            data=msgspec.Raw(data.encode()),
        )
        found.append((customer, event))
    return found


PERCENTILE_95 = meter(Aggregation.PERCENTILE, percentile=Decimal(95))
SEATS = meter(Aggregation.TIME_WEIGHTED_SUM, time_unit=TimeUnit.DAYS)
STORAGE = meter(Aggregation.TIME_WEIGHTED_SUM, group_by={"bucket": "$.bucket"})
INPUT, OUTPUT = meter(Aggregation.SUM, "$.input"), meter(Aggregation.SUM, "$.output")
A_TO_TWENTY = "\n".join(f'05T{hour:02}:00:00 acme {{"n": {hour + 1}}}' for hour in range(20))
NUMBER, BOOLEAN = DimensionType.NUMBER, DimensionType.BOOLEAN
SIZED = meter(
    Aggregation.COUNT,
    "",
    group_by={"size": "$.size", "big": "$.big"},
    dimension_types={"size": NUMBER, "big": BOOLEAN},
)
SIZES = """
    01T00:00:00 acme {"size": 1.0, "big": true}
    01T00:00:01 acme {"size": "1", "big": "true"}
    01T00:00:02 acme {"size": 10, "big": false}
    01T00:00:03 acme {"size": "many", "big": "no"}
    01T00:00:04 acme {}
"""

CASES = (
    # The nearest rank is always one of the values.
    Case(
        name="the 95th percentile of twenty values is the nineteenth",
        meter=PERCENTILE_95,
        events=A_TO_TWENTY,
        expected={("acme",): "19"},
    ),
    Case(
        name="the 95th percentile of five values is the largest",
        meter=PERCENTILE_95,
        events="\n".join(f'05T0{n}:00:00 acme {{"n": {n}.5}}' for n in (3, 1, 4, 2, 5)),
        expected={("acme",): "5.5"},
    ),
    Case(
        name="the median of an even number of values is the lower of the two in the middle",
        meter=meter(Aggregation.PERCENTILE, percentile=Decimal(50)),
        events="\n".join(f'05T0{n}:00:00 acme {{"n": {n}}}' for n in (3, 1, 4, 2)),
        expected={("acme",): "2"},
    ),
    Case(
        name="the 99.9th percentile of a thousand values is the last but one",
        meter=meter(Aggregation.PERCENTILE, percentile=Decimal("99.9")),
        events="\n".join(f'05T00:{n // 60:02}:{n % 60:02} acme {{"n": {n + 1}}}' for n in range(1000)),
        expected={("acme",): "999"},
    ),
    # Levels.
    Case(
        name="ten seats for ten days and twelve for the rest of the month",
        meter=SEATS,
        events='01T00:00:00 acme {"n": 10}\n11T00:00:00 acme {"n": 12}',
        expected={("acme",): "352"},
        counted={"acme": 2},
    ),
    Case(
        name="a level that was set before the period holds when it begins",
        meter=SEATS,
        events='2026-08-01T00:00:00 acme {"n": 3}\n2026-09-15T12:00:00 acme {"n": 5}',
        expected={("acme",): "155"},
        counted={"acme": 1},
    ),
    Case(
        name="a level set exactly when the period begins leaves nothing of the one before",
        meter=SEATS,
        events='2026-09-15T12:00:00 acme {"n": 5}\n01T00:00:00 acme {"n": 1}',
        expected={("acme",): "31"},
        counted={"acme": 1},
    ),
    Case(
        name="a level ends with the period and a later one does not reach back",
        meter=SEATS,
        events='31T12:00:00 acme {"n": 4}\n2026-11-01T00:00:00 acme {"n": 100}',
        expected={("acme",): "2"},
        counted={"acme": 1},
    ),
    Case(
        name="of levels set at the same moment the largest counts, in any order",
        meter=SEATS,
        events='31T00:00:00 acme {"n": 2}\n31T00:00:00 acme {"n": 7}\n31T00:00:00 acme {"n": 3}',
        expected={("acme",): "7"},
        counted={"acme": 3},
    ),
    Case(
        name="a level that came late counts from when it was set",
        meter=SEATS,
        events='21T00:00:00 acme {"n": 10}\n11T00:00:00 acme {"n": 20}',
        expected={("acme",): "310"},
    ),
    Case(
        name="what was set to zero long ago leaves no row",
        meter=SEATS,
        events='2026-08-01T00:00:00 acme {"n": 3}\n2026-09-15T12:00:00 acme {"n": 0}',
        expected={},
    ),
    Case(
        name="each bucket keeps a level of its own, and together they are the sum",
        meter=STORAGE,
        events="""
            05T00:00:00 acme {"n": 100, "bucket": "a"}
            05T06:00:00 acme {"n": 10, "bucket": "b"}
            05T12:00:00 acme {"n": 0, "bucket": "a"}
        """,
        expected={("acme",): "1380"},
        period=day(5),
    ),
    Case(
        name="levels by bucket",
        meter=STORAGE,
        events="""
            05T00:00:00 acme {"n": 100, "bucket": "a"}
            05T06:00:00 acme {"n": 10, "bucket": "b"}
            05T12:00:00 acme {"n": 0, "bucket": "a"}
        """,
        expected={("acme", "a"): "1200", ("acme", "b"): "180"},
        period=day(5),
        group_by=("bucket",),
    ),
    Case(
        name="levels day by day, also on a day without events",
        meter=STORAGE,
        events='01T12:00:00 acme {"n": 1}\n03T12:00:00 acme {"n": 0}',
        expected={("acme", "01"): "12", ("acme", "02"): "24", ("acme", "03"): "12"},
        period=day(1, 4),
        window=Window.DAY,
    ),
    Case(
        name="a third of an hour is rounded to twelve digits",
        meter=STORAGE,
        events='01T00:00:00 acme {"n": 1}\n01T00:20:00 acme {"n": 0}',
        expected={("acme",): "0.333333333333"},
    ),
    Case(
        name="a month is the calendar month in which the time lies",
        meter=meter(Aggregation.TIME_WEIGHTED_SUM, time_unit=TimeUnit.MONTHS),
        events='2026-01-16T12:00:00 acme {"n": 10}\n2026-02-15T00:00:00 acme {"n": 0}',
        expected={("acme",): "10"},
        period=Period(start=Period.month(2026, 1).start, end=Period.month(2026, 3).end),
    ),
    # Windows.
    Case(
        name="the maximum of each hour, then their sum",
        meter=windowed(Window.HOUR, Aggregation.MAX, Outer.SUM),
        events="""
            01T00:10:00 acme {"n": 3}
            01T00:50:00 acme {"n": 5}
            01T01:00:00 acme {"n": 2}
            02T23:59:59 acme {"n": 4}
        """,
        expected={("acme",): "11"},
        counted={"acme": 4},
    ),
    Case(
        name="the maximum of each hour, then their sum, day by day",
        meter=windowed(Window.HOUR, Aggregation.MAX, Outer.SUM),
        events="""
            01T00:10:00 acme {"n": 3}
            01T00:50:00 acme {"n": 5}
            01T01:00:00 acme {"n": 2}
            02T23:59:59 acme {"n": 4}
        """,
        expected={("acme", "01"): "7", ("acme", "02"): "4"},
        window=Window.DAY,
    ),
    Case(
        name="days are those of the customer's calendar",
        meter=windowed(Window.DAY, Aggregation.MAX, Outer.SUM),
        events='01T21:00:00 acme {"n": 3}\n01T22:00:00 acme {"n": 5}\n01T23:00:00 acme {"n": 4}',
        expected={("acme",): "8"},
        timezone="Europe/Berlin",
    ),
    Case(
        name="different users of each day, then the day with most of them",
        meter=windowed(Window.DAY, Aggregation.UNIQUE, Outer.MAX, "$.user"),
        events="""
            01T00:00:00 acme {"user": "a"}
            01T01:00:00 acme {"user": "b"}
            01T02:00:00 acme {"user": "a"}
            02T00:00:00 acme {"user": "c"}
        """,
        expected={("acme",): "2"},
    ),
    Case(
        name="the average of days is of those with events",
        meter=windowed(Window.DAY, Aggregation.SUM, Outer.AVERAGE),
        events='01T00:00:00 acme {"n": 1}\n01T01:00:00 acme {"n": 2}\n09T00:00:00 acme {"n": 6}',
        expected={("acme",): "4.5"},
    ),
    Case(
        name="the average of each day, then the largest",
        meter=windowed(Window.DAY, Aggregation.AVERAGE, Outer.MAX),
        events='01T00:00:00 acme {"n": 1}\n01T01:00:00 acme {"n": 2}\n09T00:00:00 acme {"n": 1}',
        expected={("acme",): "1.5"},
    ),
    # Formulas.
    Case(
        name="a formula weighs two meters, and an event that both read counts once",
        meter=formula("input + 4 * output", input=INPUT, output=OUTPUT),
        events='01T00:00:00 acme {"input": 100, "output": 10}\n02T00:00:00 globex {"input": 1}',
        expected={("acme",): "140", ("globex",): "1"},
        counted={"acme": 1, "globex": 1},
    ),
    Case(
        name="a division by zero leaves a formula at 0, or at what coalesce says",
        meter=formula("coalesce(input / output, -1)", input=INPUT, output=OUTPUT),
        events='01T00:00:00 acme {"input": 100, "output": 3}\n02T00:00:00 globex {"input": 1}',
        expected={("acme",): "33.333333333333", ("globex",): "-1"},
    ),
    Case(
        name="without coalesce it is 0",
        meter=formula("input / output", input=INPUT, output=OUTPUT),
        events='02T00:00:00 globex {"input": 1}',
        expected={("globex",): "0"},
    ),
    Case(
        name="a formula is computed for each group and window by itself",
        meter=formula(
            "max(a - b, 0)",
            a=meter(Aggregation.SUM, "$.a", group_by={"region": "$.region"}),
            b=meter(Aggregation.SUM, "$.b", group_by={"region": "$.region"}),
        ),
        events="""
            01T00:00:00 acme {"a": 5, "region": "eu"}
            01T01:00:00 acme {"b": 2, "region": "eu"}
            01T02:00:00 acme {"b": 9, "region": "us"}
            02T00:00:00 acme {"a": 1, "region": "us"}
        """,
        expected={("acme", "eu", "01"): "3", ("acme", "us", "01"): "0", ("acme", "us", "02"): "1"},
        group_by=("region",),
        window=Window.DAY,
    ),
    Case(
        name="a formula may rest on levels and on other formulas",
        meter=formula("2 * both + ceil(seats / 31)", both=formula("x + x", x=INPUT), seats=SEATS),
        events='2026-09-01T00:00:00 acme {"n": 1.5}\n02T00:00:00 acme {"input": 7}',
        expected={("acme",): "30"},
        counted={"acme": 2},
    ),
    # Values.
    Case(
        name="a value is computed exactly, and rounded once to twelve digits, half to even",
        meter=meter(Aggregation.SUM, "$.bytes / 1024"),
        events='01T00:00:00 acme {"bytes": 1536}\n01T00:00:01 acme {"bytes": "0.000000000512"}',
        expected={("acme",): "1.5"},
    ),
    Case(
        name="a value rests on several numbers, and needs those that coalesce does not stand in for",
        meter=meter(Aggregation.SUM, "$.usage.in + coalesce($.usage.out, 0) * 3"),
        events="""
            01T00:00:00 acme {"usage": {"in": 10, "out": 2.5}}
            01T00:00:01 acme {"usage": {"in": 1}}
            01T00:00:02 acme {"usage": {"out": 100}}
        """,
        expected={("acme",): "18.5"},
        counted={"acme": 2},
    ),
    Case(
        name="an event whose value divides by zero does not count",
        meter=meter(Aggregation.MAX, "$.a / $.b"),
        events='01T00:00:00 acme {"a": 1, "b": 0}\n01T00:00:01 acme {"a": 1, "b": 3}',
        expected={("acme",): "0.333333333333"},
        counted={"acme": 1},
    ),
    Case(
        name="a value may be rounded up, limited, and found by a name with blanks",
        meter=meter(Aggregation.SUM, 'min(ceil($."tokens in" / 1000), 5)'),
        events='01T00:00:00 acme {"tokens in": 1001}\n01T00:00:01 acme {"tokens in": 999999}',
        expected={("acme",): "7"},
    ),
    # Types.
    Case(
        name="a dimension of numbers has one spelling, and one of booleans two values",
        meter=SIZED,
        events=SIZES,
        expected={("acme", "1", "true"): "2", ("acme", "10", "false"): "1", ("acme", "", ""): "2"},
        group_by=("size", "big"),
    ),
    Case(
        name="a filter compares a dimension of numbers as numbers",
        meter=SIZED,
        events=SIZES,
        expected={("acme",): "2"},
        filters=(Filter(path="size", values=("1.00", "7")),),
    ),
    Case(
        name="not in, of numbers, is met by what is none",
        meter=SIZED,
        events=SIZES,
        expected={("acme",): "3"},
        filters=(Filter(path="size", op=FilterOp.NOT_IN, values=("1",)),),
    ),
    Case(
        name="a dimension of numbers can be compared by size",
        meter=SIZED,
        events=SIZES,
        expected={("acme",): "1"},
        filters=(Filter(path="size", op=FilterOp.GT, values=("9",)),),
    ),
    Case(
        name="a boolean that is none is absent",
        meter=SIZED,
        events=SIZES,
        expected={("acme",): "2"},
        filters=(Filter(path="big", op=FilterOp.ABSENT),),
    ),
    Case(
        name="a filter of the meter says itself that it compares numbers",
        meter=meter(Aggregation.COUNT, "", filters=(Filter(path="$.size", values=("1.0",), type=NUMBER),)),
        events=SIZES,
        expected={("acme",): "2"},
    ),
)
