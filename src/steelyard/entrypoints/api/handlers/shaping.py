"""From domain records to shapes, and from a list to a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from steelyard.adapters.sql import REGISTRY
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.pages import cursor_of, place_of
from steelyard.kernel.canonical import to_builtins

T = TypeVar("T")


def shaped(record: object, shape: type[T], **more: Any) -> T:
    """A domain record in the shape that goes over the wire: exact numbers and instants as text.

    A field that the shape does not know is a fault of ours and raises.
    """
    return msgspec.convert({**to_builtins(record), **more}, type=shape)


def page(found: Sequence[T], limit: int, place: Callable[[T], str | int]) -> tuple[Sequence[T], str | None]:
    """The items of one page, given one more than asked for where there is more, and the next page's cursor.

    >>> page(["a", "b", "c"], 2, str)[0]
    ['a', 'b']
    """
    if len(found) <= limit:
        return found, None
    items = found[:limit]
    return items, cursor_of(place(items[-1]))


def listed(call: Call, type: type[T], /, **columns: str | None) -> tuple[Sequence[T], str | None]:
    """The page of kept records that a query asks for, by key, and the next page's cursor.

    A column that is None is not asked about.
    """
    query = call.query
    found = call.workspace.state.find(
        type,
        limit=query.limit + 1,
        after=place_of(query.cursor) if query.cursor else None,
        **{name: value for name, value in columns.items() if value is not None},
    )
    return page(found, query.limit, REGISTRY.kept(type).record_table.key)
