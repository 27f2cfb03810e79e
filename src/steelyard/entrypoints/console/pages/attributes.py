"""By what prices and discounts are chosen for a customer, as a page shows it at a moment."""

from __future__ import annotations

from datetime import datetime

from steelyard.entrypoints.console.answers import Json
from steelyard.kernel import instant


def attributes_at(customer: Json, now: datetime) -> dict[str, str]:
    """What holds of the customer at the moment; an empty value of a later date takes an earlier one away.

    >>> from steelyard.kernel import instant
    >>> first = {"effective_from": "2026-01-01T00:00:00Z", "values": {"region": "eu", "size": "small"}}
    >>> later = {"effective_from": "2026-02-01T00:00:00Z", "values": {"region": ""}}
    >>> attributes_at({"attributes": [later, first]}, instant("2026-03-01T00:00:00Z"))
    {'size': 'small'}
    """
    begun = [row for row in customer["attributes"] if instant(row["effective_from"]) <= now]
    values: dict[str, str] = {}
    for row in sorted(begun, key=lambda row: instant(row["effective_from"])):
        values |= row["values"]
    return {name: value for name, value in values.items() if value}
