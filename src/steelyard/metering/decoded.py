"""What every decoder of request bodies gives: events with their places, and what could not be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from steelyard.metering.items import ItemProblem, problem_of
from steelyard.metering.model import REFUSED_BYTES_KEPT, WHOLE_REQUEST, RefusalCode, Refused, UsageEvent

EVENTS_MAX: Final = 10_000

UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ItemProblem)
"""What reading an item may raise; everything else is a mistake of ours."""


class Decoded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The events of a request, the place of each in it, and what could not be read.

    `positions[i]` is the place of `events[i]` among the items of the request. `dialect` names the product
    whose form the body has, where that is not ours: its client expects an answer of its own.
    """

    events: list[UsageEvent]
    positions: list[int]
    refusals: list[Refused]
    dialect: str = ""


def refuse_whole(code: RefusalCode, message: str, *, dialect: str = "") -> Decoded:
    """No events, and one refusal that is about the request as a whole.

    >>> refuse_whole(RefusalCode.EMPTY_BODY, "send something").refusals[0].index
    -1
    """
    refusal = Refused(index=WHOLE_REQUEST, code=code, message=message)
    return Decoded(events=[], positions=[], refusals=[refusal], dialect=dialect)


def read_each(items: list[bytes], read: Callable[[bytes], UsageEvent], *, dialect: str = "") -> Decoded:
    """The events of single items, each read by itself, so that a bad one harms no other.

    >>> def read(item: bytes) -> UsageEvent:
    ...     return UsageEvent(source="s", id=item.decode(), type="t", time=0)
    >>> decoded = read_each([b"1", bytes([255]), b"3"], read)
    >>> decoded.positions, [one.code.value for one in decoded.refusals]
    ([0, 2], ['invalid_utf8'])
    """
    if len(items) > EVENTS_MAX:
        message = f"{len(items)} events in one request; send at most {EVENTS_MAX}"
        return refuse_whole(RefusalCode.TOO_MANY_EVENTS, message, dialect=dialect)
    events: list[UsageEvent] = []
    positions: list[int] = []
    refusals: list[Refused] = []
    for index, item in enumerate(items):
        try:
            event = read(item)
        except UNREADABLE as error:
            problem = problem_of(error)
            refusals.append(
                Refused(
                    index=index,
                    code=problem.code,
                    field=problem.field,
                    message=problem.message,
                    item=item[:REFUSED_BYTES_KEPT],
                )
            )
        else:
            events.append(event)
            positions.append(index)
    return Decoded(events=events, positions=positions, refusals=refusals, dialect=dialect)
