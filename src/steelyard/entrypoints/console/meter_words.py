"""What a meter does, in a few words that a person understands."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from steelyard.entrypoints.console.answers import Json
from steelyard.entrypoints.console.figures import number

AGGREGATIONS: Final = {
    "sum": "sum of",
    "unique": "different values of",
    "max": "highest",
    "min": "lowest",
    "latest": "latest",
    "average": "average of",
}
_OUTER: Final = {"sum": "added up", "max": "the highest of those", "average": "averaged"}


def meter_in_words(meter: Json) -> str:
    """What a meter does, in a few words.

    >>> meter_in_words({"aggregation": "sum", "value": "$.tokens", "event_types": ["llm.completion"]})
    'sum of $.tokens over llm.completion events'
    >>> meter_in_words({"aggregation": "count", "value": "", "event_types": ["agent.call"]})
    'number of agent.call events'
    >>> window = {"size": "HOUR", "inner": "max", "outer": "sum"}
    >>> meter_in_words({"aggregation": "windowed", "value": "$.n", "event_types": ["t"], "window": window})
    'highest $.n over t events per hour, added up'
    >>> meter_in_words({"aggregation": "formula", "formula": "a + b", "event_types": ["t"]})
    'a + b, computed from other meters'
    """
    if meter["aggregation"] == "formula":
        return f"{meter.get('formula', '')}, computed from other meters"
    events = f"{' and '.join(meter['event_types'])} events"
    window = meter.get("window") or meter.get("windowed")
    if meter["aggregation"] == "windowed" and window:
        inner = _read(window["inner"], meter, events)
        outer = _OUTER.get(window["outer"], window["outer"])
        return f"{inner} per {window['size'].lower()}, {outer}"
    return _read(meter["aggregation"], meter, events)


def _read(aggregation: str, meter: Json, events: str) -> str:
    if aggregation == "count":
        return f"number of {events}"
    what = AGGREGATIONS.get(aggregation, aggregation.replace("_", " "))
    if aggregation == "percentile":
        what = f"{_ordinal(meter.get('percentile'))} percentile of"
    if aggregation == "time_weighted_sum":
        return f"{meter['value']} held over time, in {meter.get('time_unit') or 'hours'}, over {events}"
    about = ", estimated" if aggregation == "unique" and meter.get("approximate") else ""
    return f"{what} {meter['value']} over {events}{about}"


def _ordinal(percentile: str | Decimal | None) -> str:
    """A percentile as a person says it.

    >>> _ordinal("95"), _ordinal("99.9"), _ordinal("91")
    ('95th', '99.9th', '91st')
    """
    text = number(percentile, missing="median")
    endings = {"1": "st", "2": "nd", "3": "rd"}
    return text + ("th" if "." in text else endings.get(text[-1], "th")) if text[-1].isdecimal() else text
