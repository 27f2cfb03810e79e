"""Events as they are sent: checked and encoded at the call, so that what is wrong is told to who wrote it.

From then on an event is a line of bytes. It is never encoded again: a repeat is the same event, to the byte.
"""

from __future__ import annotations

import json
import time as clock
from typing import TYPE_CHECKING, Any, Final, TypedDict

from steelyard.client.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

TEXT_MAX: Final = 256
"""Most characters of an id, a type, a source or a subject, as the server has it."""

EVENT_BYTES_MAX: Final = 1 << 20
"""Most bytes of one encoded event."""

_TEXTS: Final = ("feature", "integration", "agent", "team", "role", "environment", "currency")
_NAMES: Final = frozenset(("id", "source", "subject", "customer", "time", "cost", "data", *_TEXTS))


class Parts(TypedDict, total=False):
    """What an event may say beside its type; all of it may also come from a scope or the client's defaults.

    `time` is when it happened (aware; now if absent), `cost` what it cost the seller (exact decimal).
    """

    id: str
    source: str
    subject: str
    customer: str
    time: datetime | str
    data: Mapping[str, Any]
    cost: Decimal | int | str
    currency: str
    feature: str
    integration: str
    agent: str
    team: str
    role: str
    environment: str


def _plain(value: Any) -> Any:
    # Exact numbers travel as text: a JSON number is a binary fraction to most who read it.
    if type(value).__name__ == "Decimal":
        if not value.is_finite():
            raise ValueError(f"{value} cannot be sent as a number")
        return format(value, "f")
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be sent; give text, numbers, lists and dictionaries")


encode_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False, default=_plain).encode


def encoded(event: Mapping[str, Any]) -> bytes:
    """The event as one line of JSON in ASCII, whatever its texts are.

    Raises ValueError when it is too large or holds what JSON has no word for, such as a NaN.
    """
    line = encode_json(event).encode()
    if len(line) > EVENT_BYTES_MAX:
        raise ValueError(f"the event has {len(line)} bytes; at most {EVENT_BYTES_MAX} can be sent")
    return line


def made(event_type: str, parts: Mapping[str, Any]) -> dict[str, Any]:
    """The event with an id and a time of its own where none is given.

    Raises ValueError or TypeError for what the server would refuse, so that it is told at the call.

    >>> event = made("call", {"subject": "acme", "time": "2026-11-01T00:00:00Z", "id": "1", "data": {"n": 1}})
    >>> encoded(event)
    b'{"id":"1","type":"call","time":"2026-11-01T00:00:00Z","subject":"acme","data":{"n":1}}'
    """
    if not _NAMES.issuperset(parts):
        unknown = ", ".join(sorted(set(parts) - _NAMES))
        raise TypeError(f"an event has no part {unknown}; figures of yours belong into data")
    event: dict[str, Any] = {"id": parts.get("id") or new_id(), "type": event_type}
    event["time"] = _time_text(parts.get("time"))
    for name, value in parts.items():
        if value is not None and name not in ("id", "time", "data"):
            event[name] = value
    _check(event)
    data = parts.get("data")
    if data is not None:
        event["data"] = data if isinstance(data, dict) else dict(data)
    return event


def _check(event: dict[str, Any]) -> None:
    for name in ("id", "type"):
        if not event[name]:
            raise ValueError(f"an event needs a {name}")
    for name, value in event.items():
        if name == "cost":
            if isinstance(value, float):
                raise TypeError("cost is money: give a Decimal, an integer or text, never a float")
        elif not isinstance(value, str):
            raise TypeError(f"{name} must be text, not {type(value).__name__}")
        elif len(value) > TEXT_MAX:
            raise ValueError(f"{name} has {len(value)} characters; at most {TEXT_MAX} are stored")


def now_text(nanoseconds: int | None = None) -> str:
    """This moment, or another in nanoseconds since 1970, as RFC 3339 with microseconds.

    >>> now_text(1_000_001_000)
    '1970-01-01T00:00:01.000001Z'
    """
    global _second  # noqa: PLW0603 - the text of a second is made once, and replaced as a whole
    seconds, rest = divmod(clock.time_ns() if nanoseconds is None else nanoseconds, 1_000_000_000)
    kept = _second
    if kept[0] != seconds:
        _second = kept = (seconds, clock.strftime("%Y-%m-%dT%H:%M:%S", clock.gmtime(seconds)))
    return f"{kept[1]}.{rest // 1000:06d}Z"


_second: tuple[int, str] = (-1, "")


def _time_text(when: datetime | str | None) -> str:
    if when is None:
        return now_text()
    if isinstance(when, str):
        return when
    if when.tzinfo is None:
        raise ValueError(f"{when.isoformat()} has no time zone; when did it happen in UTC?")
    return when.isoformat()
