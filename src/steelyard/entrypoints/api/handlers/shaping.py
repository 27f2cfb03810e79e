"""From domain records to shapes, and from a list to a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from steelyard.entrypoints.api.pages import cursor_of
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
