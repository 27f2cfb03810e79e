"""Lago's events as usage events, so that its published clients work with their base address changed.

A body is Lago's only if `event` or `events` is its sole root key. `transaction_id` becomes the id, `code` the
type, `external_subscription_id` (else `external_customer_id`) the subject, `properties` the data.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

import msgspec

from steelyard.metering.decoded import Decoded, read_each, refuse_whole
from steelyard.metering.items import ItemProblem, cut_array, problem_of
from steelyard.metering.model import NO_DATA, RefusalCode, UsageEvent
from steelyard.metering.seconds import micros_of_seconds

LAGO: Final = "lago"
"""The name of this form, and the source of its events."""

LAGO_BATCH: Final = "lago_batch"
"""The name of the form with many events, whose answers differ."""

AMOUNT: Final = "precise_total_amount_cents"
"""The member of an event's data in which an amount that Lago's event carries is kept."""

_ROOT = re.compile(rb'\s*\{\s*"events?"\s*:\s*[\[{]')


class _Event(msgspec.Struct, kw_only=True, gc=False):
    transaction_id: str
    code: str
    external_subscription_id: str | None = ""
    external_customer_id: str | None = ""
    timestamp: int | Decimal | None = None
    precise_total_amount_cents: int | Decimal | None = None
    properties: msgspec.Raw = NO_DATA


_root = msgspec.json.Decoder(dict[str, msgspec.Raw])
_items = msgspec.json.Decoder(list[msgspec.Raw])
_event = msgspec.json.Decoder(_Event)


def root_of(body: bytes) -> msgspec.Raw | None:
    """What stands under `event` or `events` where that is the body's sole root key, else None.

    >>> bytes(root_of(b'{"event": {"code": "c"}}') or b"")
    b'{"code": "c"}'
    >>> root_of(b'{"event": {}, "id": "7", "type": "t"}') is None
    True
    """
    beginning = _ROOT.match(body)
    if not beginning:
        return None
    try:
        root = _root.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # One event that is no JSON does not take the others of its array with it.
        inner = body.rstrip().removesuffix(b"}").rstrip()[beginning.end() - 1 :]
        return msgspec.Raw(inner) if inner[:1] == b"[" and inner[-1:] == b"]" else None
    return next(iter(root.values())) if len(root) == 1 else None


def decode_lago(body: bytes, arrival: int) -> Decoded:
    """The events of Lago's `{"event": …}` or `{"events": […]}`; never raises, whatever the bytes are.

    `arrival` (microseconds) is the time of events that carry none.

    >>> body = b'{"event": {"transaction_id": "t1", "code": "call", "external_subscription_id": "s"}}'
    >>> decode_lago(body, 7).events[0].subject
    's'
    """
    inner = root_of(body)
    if inner is None:
        message = 'the body must be {"event": {…}} or {"events": […]} and nothing beside it'
        return refuse_whole(RefusalCode.MALFORMED_JSON, message, dialect=LAGO)
    content = bytes(inner)
    items, dialect = [content], LAGO
    if content[:1] == b"[":
        dialect = LAGO_BATCH
        try:
            items = [bytes(item) for item in _items.decode(content)]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            try:
                items = cut_array(content)
            except ItemProblem as problem:
                return refuse_whole(problem.code, problem.message, dialect=dialect)
    if not items:
        return refuse_whole(RefusalCode.EMPTY_BODY, "there is no event in the body", dialect=dialect)
    return read_each(items, lambda item: _read(item, arrival), dialect=dialect)


def _read(item: bytes, arrival: int) -> UsageEvent:
    str(item, "utf-8")
    try:
        wire = _event.decode(item)
    except msgspec.ValidationError as error:
        raise _in_their_words(problem_of(error)) from None
    if not wire.transaction_id.isprintable():
        raise ItemProblem(RefusalCode.WRONG_TYPE, "transaction_id has control characters", "transaction_id")
    when = arrival if wire.timestamp is None else micros_of_seconds(wire.timestamp, "timestamp")
    return UsageEvent(
        source=LAGO,
        id=wire.transaction_id,
        type=wire.code,
        time=when,
        subject=wire.external_subscription_id or wire.external_customer_id or "",
        arrival=wire.timestamp is None,
        data=_data(wire),
    )


def _in_their_words(problem: ItemProblem) -> ItemProblem:
    if problem.field == "timestamp":
        message = "timestamp must be seconds since 1970, as a number or the text of one"
        return ItemProblem(RefusalCode.NOT_A_TIME, message, problem.field)
    if problem.field == AMOUNT:
        return ItemProblem(RefusalCode.NOT_A_NUMBER, f"{AMOUNT} must be a decimal number", AMOUNT)
    return problem


def _data(wire: _Event) -> msgspec.Raw:
    """The properties; an amount that the event carries stands among them under its own name."""
    given = bytes(wire.properties).strip()
    if given in (b"", b"null"):
        given = b""
    elif given[:1] != b"{":
        raise ItemProblem(RefusalCode.WRONG_TYPE, "properties must be an object", "properties")
    if wire.precise_total_amount_cents is None:
        return msgspec.Raw(given) if given else NO_DATA
    members = _root.decode(given) if given else {}
    if AMOUNT in members:
        message = f"{AMOUNT} stands beside and among the properties; which one counts is not clear"
        raise ItemProblem(RefusalCode.REPEATED_NAME, message, AMOUNT)
    members[AMOUNT] = msgspec.Raw(msgspec.json.encode(str(wire.precise_total_amount_cents)))
    return msgspec.Raw(msgspec.json.encode(members))
