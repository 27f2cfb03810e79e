"""From the bytes of a request to usage events: CloudEvents, plain JSON and lines of JSON.

The fast path decodes a whole request at once. Whatever it cannot read goes item by item, so that one bad
item costs its batch nothing but time. Formats of other products have decoders of their own that give the
same `Decoded`; Lago's comes to the same address as ours and is told apart by its root key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

import msgspec

from steelyard.kernel import is_currency, micros, plain
from steelyard.metering.decoded import EVENTS_MAX, UNREADABLE, Decoded, read_each, refuse_whole
from steelyard.metering.items import ItemProblem, cut_array
from steelyard.metering.lago import decode_lago, root_of
from steelyard.metering.model import NO_DATA, RefusalCode, UsageEvent
from steelyard.metering.reading import number_of

BODY_BYTES_MAX: Final = 16 * 1024 * 1024

STRUCTURED: Final = "application/cloudevents+json"
BATCHED: Final = "application/cloudevents-batch+json"
PLAIN: Final = ("application/json", "text/json", "")
LINES: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")

DEFAULT_SOURCE: Final = "default"

_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Wire(msgspec.Struct, kw_only=True, gc=False):
    """A CloudEvent in JSON as clients write it; attributes that are not ours are passed over."""

    id: str
    type: str
    source: str = DEFAULT_SOURCE
    subject: str | None = ""
    time: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    feature: str = ""
    integration: str = ""
    agent: str = ""
    team: str = ""
    role: str = ""
    environment: str = ""
    customer: str = ""
    cost: int | Decimal | None = None
    currency: str = ""
    data: msgspec.Raw = NO_DATA
    data_base64: str = ""


_one = msgspec.json.Decoder(_Wire)
_many = msgspec.json.Decoder(list[_Wire])
_items = msgspec.json.Decoder(list[msgspec.Raw])


def decode(body: bytes, content_type: str, headers: Mapping[str, str], now: datetime) -> Decoded:
    """The events that a request carries; never raises, whatever the bytes are.

    `headers` have lower-case names. `id` and `type` are required; `source` is `default` and `time` is `now`
    where absent. A refusal with the index -1 is about the request as a whole, which then gives no events.

    >>> now = datetime(2026, 11, 1, tzinfo=UTC)
    >>> body = b'[{"id": "1", "type": "call", "subject": "acme"}, {"id": "2"}]'
    >>> decoded = decode(body, "application/json", {}, now)
    >>> decoded.events[0].subject, decoded.refusals[0].index, decoded.refusals[0].field
    ('acme', 1, 'type')
    """
    media = content_type.partition(";")[0].strip().lower()
    arrival = micros(now)
    if len(body) > BODY_BYTES_MAX:
        return refuse_whole(RefusalCode.BODY_TOO_LARGE, "the body has more than 16 MiB; send it in parts")
    if "ce-id" in headers or "ce-type" in headers:
        return _binary(body, media, headers, arrival)
    if media not in (STRUCTURED, BATCHED, *PLAIN, *LINES):
        return refuse_whole(
            RefusalCode.UNSUPPORTED_CONTENT_TYPE,
            f"{media[:80]!r} is not read here; send {STRUCTURED}, {BATCHED}, application/json or "
            "application/x-ndjson",
        )
    if not body or body.isspace():
        return refuse_whole(RefusalCode.EMPTY_BODY, "the body is empty; send at least one event")
    if media in LINES:
        return _lines(body, arrival)
    if body.lstrip()[:1] == b"[":
        return _array(body, arrival)
    if media in PLAIN and root_of(body) is not None:
        return decode_lago(body, arrival)
    return _each([body], arrival)


def _array(body: bytes, arrival: int) -> Decoded:
    try:
        str(body, "utf-8")
        wires = _many.decode(body)
        if len(wires) <= EVENTS_MAX and not _has_controls(body):
            events = _events(wires, arrival)
            return Decoded(events=events, positions=list(range(len(events))), refusals=[])
    except UNREADABLE:
        pass
    try:
        items = [bytes(item) for item in _items.decode(body)]
    except UNREADABLE:
        try:
            items = cut_array(body)
        except ItemProblem as problem:
            return refuse_whole(problem.code, problem.message)
    return _each(items, arrival)


def _lines(body: bytes, arrival: int) -> Decoded:
    lines = [line for line in body.split(b"\n") if line and not line.isspace()]
    if len(lines) <= EVENTS_MAX:
        # As one array the lines take the fast path; only if all is well are their places the same.
        joined = b"[" + b",".join(lines) + b"]"
        try:
            str(joined, "utf-8")
            wires = _many.decode(joined)
            if len(wires) == len(lines) and not _has_controls(joined):
                events = _events(wires, arrival)
                return Decoded(events=events, positions=list(range(len(events))), refusals=[])
        except UNREADABLE:
            pass
    return _each(lines, arrival)


def _each(items: list[bytes], arrival: int) -> Decoded:
    return read_each(items, lambda item: _item(item, arrival))


def _item(item: bytes, arrival: int) -> UsageEvent:
    str(item, "utf-8")
    wire = _one.decode(item)
    for name, text in (("id", wire.id), ("source", wire.source)):
        if not text.isprintable():
            raise ItemProblem(RefusalCode.WRONG_TYPE, f"{name} has control characters", name)
    return _events([wire], arrival)[0]


def _events(wires: list[_Wire], arrival: int) -> list[UsageEvent]:
    return [
        UsageEvent(
            wire.source,
            wire.id,
            wire.type,
            # In parts, since dividing a timedelta takes twice as long.
            arrival
            if wire.time is None
            else ((past := wire.time - _EPOCH).days * 86_400 + past.seconds) * 1_000_000 + past.microseconds,
            wire.subject or "",
            wire.feature,
            wire.integration,
            wire.agent,
            wire.team,
            wire.role,
            wire.environment,
            wire.customer,
            "" if wire.cost is None else _cost(wire.cost),
            wire.currency and _currency(wire.currency),
            wire.time is None,
            wire.data if not wire.data_base64 else _no_base64(),
        )
        for wire in wires
    ]


def _cost(value: int | Decimal) -> str:
    if isinstance(value, int):
        value = Decimal(value)
    number = number_of(str(value))
    if number is None:
        message = "cost must be a number with at most 26 digits before and 12 after the point"
        raise ItemProblem(RefusalCode.NOT_A_NUMBER, message, "cost")
    return plain(number)


def _currency(code: str) -> str:
    if not is_currency(code):
        message = f"{code[:20]!r} is not an ISO 4217 currency code; write it as USD"
        raise ItemProblem(RefusalCode.UNKNOWN_CURRENCY, message, "currency")
    return code


def _no_base64() -> msgspec.Raw:
    message = "data_base64 cannot be metered; send JSON in data"
    raise ItemProblem(RefusalCode.WRONG_TYPE, message, "data_base64")


def _has_controls(body: bytes) -> bool:
    # Control characters come escaped; a backslash is rare, and looking for one byte costs next to nothing.
    return b"\\" in body and b"\\u00" in body


def _binary(body: bytes, media: str, headers: Mapping[str, str], arrival: int) -> Decoded:
    attributes: dict[str, Any] = {
        name[3:]: _from_header(value) for name, value in headers.items() if name.startswith("ce-")
    }
    attributes.pop("data", None)
    if body and media not in PLAIN and not media.endswith("+json"):
        message = f"data of type {media[:80]!r} cannot be metered; send application/json"
        return refuse_whole(RefusalCode.UNSUPPORTED_CONTENT_TYPE, message)
    envelope = msgspec.json.encode(attributes)
    data = b',"data":' + body if body.strip() else b""
    if envelope == b"{}":
        data = data[1:]
    return _each([envelope[:-1] + data + b"}"], arrival)


def _from_header(value: str) -> str:
    """The text of a header in which CloudEvents writes what is not ASCII as percent and two digits."""
    escaped = value.encode("utf-8", "replace")
    return _PERCENT.sub(lambda found: bytes.fromhex(found[1].decode()), escaped).decode("utf-8", "replace")


Decoder = Callable[[bytes, str, Mapping[str, str], datetime], Decoded]
"""The shape of every decoder of request bodies."""
