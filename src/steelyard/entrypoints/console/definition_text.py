"""A value metric as the YAML that a catalog's folder holds, so that it can be read, copied and kept there."""

from __future__ import annotations

from typing import Any

import yaml

from steelyard.entrypoints.console.answers import Json

# These stand at the metric, though the published catalog keeps them at its meter.
_TOLD_BY_THE_METRIC = frozenset({"key", "name", "unit"})
# What the catalog takes for granted where nothing is written.
_TAKEN_FOR_GRANTED: dict[str, Any] = {"allow_negative": True}


def metric_source(metric: Json) -> Json:
    """The metric as a catalog's file writes it, from the form in which a published version shows it.

    >>> meter = {"key": "calls", "name": "Calls", "unit": "calls", "event_types": ["call"], "filters": []}
    >>> metric_source({"key": "calls", "name": "Calls", "owner": "o", "definition": "d", "meter": meter})[
    ...     "meter"
    ... ]
    {'event_types': ['call']}
    """
    meter = metric["meter"]
    return {
        "key": metric["key"],
        "name": metric["name"],
        "owner": metric["owner"],
        "definition": metric["definition"],
        "unit": meter["unit"],
        "meter": {
            name: value
            for name, value in meter.items()
            if name not in _TOLD_BY_THE_METRIC
            and value not in ("", None, [], {})
            and _TAKEN_FOR_GRANTED.get(name) is not value
        },
    }


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
