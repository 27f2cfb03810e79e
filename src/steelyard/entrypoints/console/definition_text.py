"""A value metric as the YAML that a catalog's folder holds, so that it can be read, copied and kept there."""

from __future__ import annotations

from typing import Any, Final

import yaml

from steelyard.entrypoints.console.answers import Json

# These stand at the metric, though the published catalog keeps them at its meter.
_TOLD_BY_THE_METRIC: Final = frozenset({"key", "name", "unit"})
# These follow from the others.
_DERIVED: Final = frozenset({"parts", "dimension_types", "windowed"})
# A formula has these from the metrics that it names.
_TAKEN_OVER: Final = frozenset({"event_types", "group_by"})
# What the catalog takes for granted where nothing is written.
_TAKEN_FOR_GRANTED: Final[Json] = {"allow_negative": True, "approximate": False, "time_unit": "hours"}


def metric_source(metric: Json) -> Json:
    """The metric as a catalog's file writes it, from the form in which a published version shows it.

    >>> meter = {"key": "calls", "name": "Calls", "unit": "calls", "event_types": ["call"], "filters": []}
    >>> metric_source({"key": "calls", "name": "Calls", "owner": "o", "definition": "d", "meter": meter})[
    ...     "meter"
    ... ]
    {'event_types': ['call']}
    """
    return {
        "key": metric["key"],
        "name": metric["name"],
        "owner": metric["owner"],
        "definition": metric["definition"],
        "unit": metric["meter"]["unit"],
        "meter": _meter_source(metric["meter"]),
        **({"outcome": metric["outcome"]} if metric.get("outcome") else {}),
    }


def _meter_source(meter: Json) -> Json:
    left_out = _TOLD_BY_THE_METRIC | _DERIVED | (_TAKEN_OVER if meter.get("formula") else frozenset())
    written = {name: value for name, value in meter.items() if name not in left_out and _says(name, value)}
    types = meter.get("dimension_types") or {}
    if "group_by" in written and types:
        written["group_by"] = {
            name: {"path": path, "type": types[name]} if name in types else path
            for name, path in written["group_by"].items()
        }
    if "filters" in written:
        written["filters"] = [_filter_source(one) for one in written["filters"]]
    if meter.get("windowed"):
        written["window"] = meter["windowed"]
    return written


def _says(name: str, value: Any) -> bool:
    """Whether a field says anything that is not taken for granted."""
    return value not in ("", None, [], {}) and not (
        name in _TAKEN_FOR_GRANTED and value == _TAKEN_FOR_GRANTED[name]
    )


def _filter_source(condition: Json) -> Json:
    return {name: value for name, value in condition.items() if value not in ([], None, "text")}


def metric_yaml(source: Json) -> str:
    """The `metrics` section of a catalog's file with this metric alone.

    >>> print(metric_yaml({"key": "calls", "meter": {"event_types": ["call"]}}), end="")
    metrics:
    - key: calls
      meter:
        event_types: [call]
    """
    return yaml.dump(
        {"metrics": [source]},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=100,
        default_flow_style=False,
    )


class _Dumper(yaml.SafeDumper):
    """Lists of plain texts stand in one line, as people write them."""


def _list(dumper: yaml.SafeDumper, values: list[Any]) -> yaml.Node:
    plain = all(isinstance(value, (str, int, bool)) for value in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=plain)


_Dumper.add_representer(list, _list)
