"""Cursors: where a list goes on. Opaque to the caller, checked when they come back."""

from __future__ import annotations

import base64
from typing import Annotated, Final

import msgspec

from steelyard.kernel.errors import InvalidInput

LIMIT_MAX: Final = 1000
LIMIT_DEFAULT: Final = 100

Limit = Annotated[int, msgspec.Meta(ge=1, le=LIMIT_MAX, description="How many items at most.")]
Cursor = Annotated[str, msgspec.Meta(max_length=2000, description="The `next` of the page before.")]


class PageQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of a list."""

    limit: Limit = LIMIT_DEFAULT
    cursor: Cursor = ""


def cursor_of(place: str | int) -> str:
    """The cursor that stands for a place in a list.

    >>> place_of(cursor_of("acme"))
    'acme'
    """
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def place_of(cursor: str) -> str:
    """The place that a cursor stands for.

    Raises InvalidInput `invalid_cursor` for one that we did not make.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        place = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except ValueError:
        raise InvalidInput(
            "this cursor is not one of ours; start without one", code="invalid_cursor"
        ) from None
    if cursor_of(place) != cursor or "\x00" in place:
        raise InvalidInput("this cursor is not one of ours; start without one", code="invalid_cursor")
    return place


def number_of(cursor: str) -> int | None:
    """The number that a cursor stands for; None for no cursor."""
    if not cursor:
        return None
    place = place_of(cursor)
    if not place.isdecimal() or len(place) > 18:
        raise InvalidInput("this cursor is not one of ours; start without one", code="invalid_cursor")
    return int(place)
