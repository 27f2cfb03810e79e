"""OpenMeter's filters with operators as conditions of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from steelyard.kernel import InvalidInput
from steelyard.metering import Filter, FilterOp

_OPERATORS: Final = {
    "$eq": FilterOp.IN,
    "$in": FilterOp.IN,
    "$ne": FilterOp.NOT_IN,
    "$nin": FilterOp.NOT_IN,
}
_DEPTH_MAX: Final = 8


def read_filters(text: str) -> list[Filter]:
    """The conditions of a JSON object of filters by dimension.

    Raises InvalidInput `invalid_parameter` for what is none, and for operators that are not `$eq`, `$ne`,
    `$in`, `$nin` or `$and`: a filter that was passed over would answer something else than was asked.

    >>> [one.values for one in read_filters('{"model": {"$in": ["a", "b"]}}')]
    [('a', 'b')]
    """
    try:
        tree = msgspec.json.decode(text, type=dict[str, dict[str, Any]])
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        message = f"advancedMeterGroupByFilters must be a JSON object of filters: {error}"
        raise InvalidInput(message, code="invalid_parameter") from None
    return filters_of(tree)


def filters_of(tree: Mapping[str, Mapping[str, Any]]) -> list[Filter]:
    """The conditions of filters by dimension, all of which an event must meet."""
    return [found for name, one in tree.items() for found in _of(name, one, 0)]


def _of(name: str, one: Mapping[str, Any], depth: int) -> list[Filter]:
    found: list[Filter] = []
    for operator, value in one.items():
        if operator == "$and" and isinstance(value, list) and depth < _DEPTH_MAX:
            for part in value:
                if not isinstance(part, dict):
                    raise _refusal(name, operator)
                found += _of(name, part, depth + 1)
            continue
        op = _OPERATORS.get(operator)
        values = value if isinstance(value, list) else [value]
        if op is None or not values or not all(isinstance(text, str) for text in values):
            raise _refusal(name, operator)
        found.append(Filter(path=name, op=op, values=tuple(values)))
    return found


def _refusal(name: str, operator: str) -> InvalidInput:
    allowed = ", ".join([*_OPERATORS, "$and"])
    message = f"the filter {operator[:20]!r} on {name[:60]!r} is not read (allowed: {allowed}, with texts)"
    return InvalidInput(message, code="invalid_parameter")
