"""How many events an hour has, and a fingerprint of which ones: what both sides compare.

The fingerprint of a set of events is the sum, modulo 2^256, of SHA-256(source, U+001F, id) of each, as 64
hexadecimal digits. It depends neither on order nor on who counted which part: the fingerprints of parts that
share no event add up to that of the whole. It finds differences between honest books; what was recorded is
proven by the record's own receipts. The server computes the same in `metering.arrivals`, and a test holds the
two together.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_MODULUS = 1 << 256


class Group(NamedTuple):
    """Events of one source, customer or subject (as sent), type, and hour in UTC, such as 2026-11-21T07."""

    source: str
    who: str
    type: str
    hour: str


def fingerprint(source: str, ids: Iterable[str]) -> str:
    """The fingerprint of events of one source; each id counts once.

    >>> fingerprint("app", ["1", "2"]) == fingerprint("app", ["2", "1", "1"])
    True
    >>> fingerprint("app", [])[:8]
    '00000000'
    """
    total = 0
    for one in set(ids):
        total += int.from_bytes(sha256(f"{source}\x1f{one}".encode()).digest(), "big")
    return f"{total % _MODULUS:064x}"


def group_of(event: dict[str, object]) -> Group:
    """Where an event belongs; the hour is that of its time in UTC, and empty where that is not readable.

    >>> group_of({"source": "app", "subject": "acme", "type": "t", "time": "2026-11-01T00:30:00+01:00"})
    Group(source='app', who='acme', type='t', hour='2026-10-31T23')
    """
    who = str(event.get("customer") or event.get("subject") or "")
    return Group(str(event.get("source")), who, str(event.get("type")), _hour(str(event.get("time"))))


def _hour(time: str) -> str:
    if time.endswith("Z") and time[10:11] == "T" and len(time) >= 20:
        return time[:13]
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        return ""
    return "" if moment.tzinfo is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H")
