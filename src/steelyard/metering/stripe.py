"""Stripe's meter events as usage events, so that its published clients work with their base address changed.

`event_name` becomes the type, `identifier` the id, `payload` the data, and `payload.stripe_customer_id` the
subject. Version 1 of Stripe's interface sends forms, version 2 sends JSON.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Final

import msgspec

from steelyard.kernel import micros
from steelyard.metering.decoded import Decoded, read_each, refuse_whole
from steelyard.metering.items import ItemProblem
from steelyard.metering.model import RefusalCode, UsageEvent
from steelyard.metering.seconds import micros_of_seconds

STRIPE: Final = "stripe"
"""The name of this form, and the source of its events."""

CUSTOMER: Final = "stripe_customer_id"
"""The member of a payload that names the customer."""

_FORM_FIELDS_MAX: Final = 1000
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_MEMBER = re.compile(r"payload\[([^\[\]]+)\]")


class _Event(msgspec.Struct, kw_only=True, gc=False):
    event_name: str
    payload: dict[str, str]
    identifier: str | None = None
    timestamp: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


_event = msgspec.json.Decoder(_Event)
_stream = msgspec.json.Decoder(dict[str, msgspec.Raw])
_items = msgspec.json.Decoder(list[msgspec.Raw])


def decode_form(body: bytes, arrival: int, fallback_id: str) -> Decoded:
    """The event of a form as version 1 sends it; never raises, whatever the bytes are.

    `fallback_id` is the id of an event without an `identifier`, `arrival` (microseconds) the time of one
    without a `timestamp`.

    >>> form = b"event_name=call&payload[stripe_customer_id]=acme&payload[value]=3&timestamp=7"
    >>> event = decode_form(form, 0, "key-1").events[0]
    >>> event.id, event.subject, event.time, bytes(event.data)
    ('key-1', 'acme', 7000000, b'{"stripe_customer_id":"acme","value":"3"}')
    """
    return read_each([body], lambda form: _read_form(form, arrival, fallback_id), dialect=STRIPE)


def decode_json(body: bytes, arrival: int, fallback_id: str) -> Decoded:
    """The event of a JSON object as version 2 sends it; never raises, whatever the bytes are.

    >>> body = b'{"event_name": "call", "payload": {"stripe_customer_id": "acme", "value": "3"}}'
    >>> decode_json(body, 5, "key-1").events[0].arrival
    True
    """
    return read_each([body], lambda item: _read_json(item, arrival, fallback_id), dialect=STRIPE)


def decode_stream(body: bytes, arrival: int, fallback_id: str) -> Decoded:
    """The events of `{"events": […]}` as version 2 streams them; never raises.

    An event without an `identifier` takes the fallback with its place in the list.
    """
    try:
        inner = bytes(_stream.decode(body)["events"])
        items = [bytes(item) for item in _items.decode(inner)]
    except KeyError:
        return refuse_whole(RefusalCode.MISSING_FIELD, "events is missing", dialect=STRIPE)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return refuse_whole(RefusalCode.MALFORMED_JSON, str(error), dialect=STRIPE)
    if not items:
        return refuse_whole(RefusalCode.EMPTY_BODY, "there is no event in the body", dialect=STRIPE)
    places = itertools.count()
    return read_each(
        items, lambda item: _read_json(item, arrival, f"{fallback_id}-{next(places)}"), dialect=STRIPE
    )


def _read_form(form: bytes, arrival: int, fallback_id: str) -> UsageEvent:
    fields = _fields(form)
    payload = {
        member[1]: value for name, value in fields.items() for member in [_MEMBER.fullmatch(name)] if member
    }
    if "event_name" not in fields:
        raise ItemProblem(RefusalCode.MISSING_FIELD, "event_name is missing", "event_name")
    given = fields.get("timestamp")
    when = arrival if given is None else micros_of_seconds(_number(given), "timestamp")
    return _made(
        name=fields["event_name"],
        payload=payload,
        identifier=fields.get("identifier") or fallback_id,
        when=when,
        arrival=given is None,
    )


def _fields(form: bytes) -> Mapping[str, str]:
    pairs = [part.partition(b"=") for part in form.split(b"&") if part]
    if len(pairs) > _FORM_FIELDS_MAX or not all(name for name, _, _ in pairs):
        message = "the body is not readable as application/x-www-form-urlencoded"
        raise ItemProblem(RefusalCode.MALFORMED_FORM, message)
    fields: dict[str, str] = {}
    for quoted_name, _, quoted in pairs:
        name = _unquoted(quoted_name)
        if name in fields:
            message = f"{name[:60]} stands twice; which one counts is not clear"
            raise ItemProblem(RefusalCode.REPEATED_NAME, message, name[:60])
        fields[name] = _unquoted(quoted)
    return fields


def _unquoted(text: bytes) -> str:
    """A form's text, in which blanks are plus signs and other bytes may be percent and two digits."""
    return _PERCENT.sub(lambda found: bytes.fromhex(found[1].decode()), text.replace(b"+", b" ")).decode()


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        message = "timestamp must be seconds since 1970, as a number or the text of one"
        raise ItemProblem(RefusalCode.NOT_A_TIME, message, "timestamp") from None


def _read_json(item: bytes, arrival: int, fallback_id: str) -> UsageEvent:
    str(item, "utf-8")
    wire = _event.decode(item)
    return _made(
        name=wire.event_name,
        payload=wire.payload,
        identifier=wire.identifier or fallback_id,
        when=arrival if wire.timestamp is None else micros(wire.timestamp),
        arrival=wire.timestamp is None,
    )


def _made(*, name: str, payload: Mapping[str, str], identifier: str, when: int, arrival: bool) -> UsageEvent:
    if not payload:
        message = f"payload is missing; it names the customer as {CUSTOMER} and carries the value"
        raise ItemProblem(RefusalCode.MISSING_FIELD, message, "payload")
    if not identifier.isprintable():
        raise ItemProblem(RefusalCode.WRONG_TYPE, "identifier has control characters", "identifier")
    return UsageEvent(
        source=STRIPE,
        id=identifier,
        type=name,
        time=when,
        subject=payload.get(CUSTOMER, ""),
        arrival=arrival,
        data=msgspec.Raw(msgspec.json.encode(payload)),
    )
