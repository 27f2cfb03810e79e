"""What is kept of an event that was refused, so that its sender can be told and helped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from steelyard.kernel import DamagedRecord, micros
from steelyard.metering.model import REFUSED_BYTES_KEPT, WHOLE_REQUEST, RefusalCode, Refused, UsageEvent
from steelyard.metering.payload import encode, read

_TEXT_MAX: Final = 256

OF_ONE_REQUEST_MAX: Final = 1000
"""So many refusals of one request are kept in detail; all of them are counted."""


class Rejection(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One refusal: when, why, what is known of the event, and the key that sent it.

    `at` is microseconds since 1970. `item` is the beginning of what was sent, where that was at hand. `id`
    counts refusals and is 0 until they are kept.
    """

    id: int = 0
    at: int
    code: str
    field: str
    message: str
    type: str = ""
    source: str = ""
    event_id: str = ""
    subject: str = ""
    key: str = ""
    item: str = ""


def rejections_of(
    refusals: Sequence[Refused], *, at: datetime, key: str, body: bytes = b""
) -> list[Rejection]:
    """What to keep of these refusals of one request; `body` shows what a refusal of all of it is about.

    >>> from steelyard.kernel import instant
    >>> refused = Refused(index=0, code=RefusalCode.TOO_DEEP, message="too deep", item=b"[[[[\\xff")
    >>> rejections_of([refused], at=instant("1970-01-01T00:00:00Z"), key="key_1")[0].item
    '[[[[\\ufffd'
    """
    moment = micros(at)
    return [
        _of(one, moment, key, body if one.index == WHOLE_REQUEST else one.item)
        for one in refusals[:OF_ONE_REQUEST_MAX]
    ]


def conflict(payload: bytes, message: str, *, index: int) -> Refused:
    """The refusal of an event whose (source, id) names another event already."""
    try:
        event: UsageEvent | None = read(payload)
    except DamagedRecord:
        event = None
    return Refused(index=index, code=RefusalCode.CONFLICT, field="id", message=message, event=event)


def _of(one: Refused, at: int, key: str, item: bytes) -> Rejection:
    event = one.event
    if event is None:
        text = item[:REFUSED_BYTES_KEPT].decode(errors="replace")
        return Rejection(at=at, code=one.code.value, field=one.field, message=one.message, key=key, item=text)
    return Rejection(
        at=at,
        code=one.code.value,
        field=one.field,
        message=one.message,
        type=event.type[:_TEXT_MAX],
        source=event.source[:_TEXT_MAX],
        event_id=event.id[:_TEXT_MAX],
        subject=event.subject[:_TEXT_MAX],
        key=key,
        item=encode(event)[:REFUSED_BYTES_KEPT].decode(errors="replace"),
    )
