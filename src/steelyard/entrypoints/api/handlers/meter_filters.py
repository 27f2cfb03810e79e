"""OpenMeter's filters with operators as conditions of ours.

A filter asks about the values of one dimension. Where conditions of ours say the same they are used; any
other is put to the values that the dimension has, and those that meet it are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from steelyard.kernel import InvalidInput
from steelyard.metering import Filter, FilterOp, number_of

_PLAIN: Final = {
    "$eq": FilterOp.IN,
    "$in": FilterOp.IN,
    "$ne": FilterOp.NOT_IN,
    "$nin": FilterOp.NOT_IN,
}
_ORDER: Final = ("$gt", "$gte", "$lt", "$lte")
_LIKE: Final = ("$like", "$nlike", "$ilike", "$nilike")
_OF_TEXTS: Final = (*_PLAIN, *_LIKE, *_ORDER)
_OPERATORS: Final = (*_OF_TEXTS, "$and", "$or")
_DEPTH_MAX: Final = 8
VALUES_MAX: Final = 100_000
"""So many different values a dimension may have for a filter to be put to each of them."""

_NOTHING: Final = ("\x00", "\x01")
"""No value is both of them."""

Values = Callable[[str], Iterable[str]]
"""The values that a dimension has in the events asked about, blank for those without one."""


def read_tree(text: str) -> dict[str, dict[str, Any]]:
    """The filters by dimension that a JSON object holds; raises InvalidInput `invalid_parameter`."""
    try:
        return msgspec.json.decode(text, type=dict[str, dict[str, Any]])
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        message = f"advancedMeterGroupByFilters must be a JSON object of filters: {error}"
        raise InvalidInput(message, code="invalid_parameter") from None


def filters_of(tree: Mapping[str, Mapping[str, Any]], values: Values) -> list[Filter]:
    """The conditions of filters by dimension, all of which an event must meet.

    Raises InvalidInput `invalid_parameter` for what is no filter: one that was passed over would answer
    something else than was asked.

    >>> [one.values for one in filters_of({"model": {"$in": ["a", "b"]}}, lambda name: [])]
    [('a', 'b')]
    >>> [one.values for one in filters_of({"model": {"$like": "gpt-%"}}, lambda name: ["gpt-5", "other"])]
    [('gpt-5',)]
    """
    found: list[Filter] = []
    for name, one in tree.items():
        check_filter(name, one)
        found += _plain(name, one) if _is_plain(one) else _among(name, one, [*values(name)])
    return found


def check_filter(name: str, one: Mapping[str, Any], depth: int = 0) -> None:
    """Nothing, if this is a filter on the dimension; raises InvalidInput `invalid_parameter` otherwise."""
    for operator, value in one.items():
        if operator in ("$and", "$or") and isinstance(value, list) and value and depth < _DEPTH_MAX:
            for part in value:
                if not isinstance(part, dict):
                    raise _refusal(name, operator)
                check_filter(name, part, depth + 1)
            continue
        takes_list = operator in ("$in", "$nin", "$eq", "$ne")
        texts = value if isinstance(value, list) and takes_list else [value]
        if operator not in _OF_TEXTS or not texts or not all(isinstance(text, str) for text in texts):
            raise _refusal(name, operator)


def _is_plain(one: Mapping[str, Any]) -> bool:
    return all(
        all(_is_plain(part) for part in value) if operator == "$and" else operator in _PLAIN
        for operator, value in one.items()
    )


def _plain(name: str, one: Mapping[str, Any]) -> list[Filter]:
    found: list[Filter] = []
    for operator, value in one.items():
        if operator == "$and":
            found += [condition for part in value for condition in _plain(name, part)]
        else:
            texts = value if isinstance(value, list) else [value]
            found.append(Filter(path=name, op=_PLAIN[operator], values=tuple(texts)))
    return found


def _among(name: str, one: Mapping[str, Any], values: list[str]) -> list[Filter]:
    """The condition that exactly those of the values meet which meet the filter."""
    meeting = {value for value in values if meets_filter(one, value)}
    others = tuple(sorted({*values} - meeting - {""}))
    if meets_filter(one, ""):
        # Events without a value meet only the negation of a list.
        return [Filter(path=name, op=FilterOp.NOT_IN, values=others)] if others else []
    if not meeting:
        return [Filter(path=name, op=FilterOp.IN, values=(nothing,)) for nothing in _NOTHING]
    return [Filter(path=name, op=FilterOp.IN, values=tuple(sorted(meeting)))]


def meets_filter(one: Mapping[str, Any], text: str) -> bool:
    """Whether a text meets a checked filter. What are numbers on both sides is compared as numbers.

    >>> meets_filter({"$or": [{"$gt": "9"}, {"$ilike": "A_"}]}, "10"), meets_filter({"$nlike": "a%"}, "abc")
    (True, False)
    """
    return all(_meets(operator, value, text) for operator, value in one.items())


def _meets(operator: str, value: Any, text: str) -> bool:
    match operator:
        case "$and":
            return all(meets_filter(part, text) for part in value)
        case "$or":
            return any(meets_filter(part, text) for part in value)
        case "$eq" | "$in":
            return text in (value if isinstance(value, list) else [value])
        case "$ne" | "$nin":
            return text not in (value if isinstance(value, list) else [value])
        case "$like" | "$ilike":
            return _is_like(value, text, re.IGNORECASE if operator == "$ilike" else re.NOFLAG)
        case "$nlike" | "$nilike":
            return not _is_like(value, text, re.IGNORECASE if operator == "$nilike" else re.NOFLAG)
        case _:
            return _is_ordered(operator, text, value)


def _is_like(pattern: str, text: str, flags: re.RegexFlag) -> bool:
    """Whether the text has the form of an SQL pattern: `%` is any text, `_` any letter.

    Piece by piece, each where it is first found: no pattern takes long.
    """
    pieces = pattern.split("%")
    first, *others = [re.compile(re.escape(one).replace("_", "."), flags | re.DOTALL) for one in pieces]
    found = first.match(text)
    if not others or found is None:
        return first.fullmatch(text) is not None
    for one in others[:-1]:
        found = one.search(text, found.end())
        if found is None:
            return False
    start = len(text) - len(pieces[-1])
    return start >= found.end() and others[-1].fullmatch(text, start) is not None


def _is_ordered(operator: str, text: str, bound: str) -> bool:
    if not text:
        return False
    left, right = number_of(text), number_of(bound)
    if left is not None and right is not None:
        order = (left > right) - (left < right)
    else:
        order = (text > bound) - (text < bound)
    return {"$gt": order > 0, "$gte": order >= 0, "$lt": order < 0, "$lte": order <= 0}[operator]


def _refusal(name: str, operator: str) -> InvalidInput:
    allowed = ", ".join(_OPERATORS)
    message = f"the filter {operator[:20]!r} on {name[:60]!r} is not read (allowed: {allowed}, with texts)"
    return InvalidInput(message, code="invalid_parameter")
