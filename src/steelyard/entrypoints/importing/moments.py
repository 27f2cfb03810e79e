"""Times as files write them, to RFC 3339: with or without an offset, or counted since 1970."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

_WITH_OFFSET: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?) ?(Z|[+-]\d\d:?\d\d)", re.IGNORECASE | re.ASCII
)
_LOCAL: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?", re.ASCII)
_COUNTED: Final = re.compile(r"(\d{1,17})(\.\d+)?", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of(text: str, zone: ZoneInfo) -> str | None:
    """The moment as RFC 3339, or None where the text is none.

    A time without offset is one of the zone. A number counts seconds since 1970; with 12 digits or more
    milliseconds, with 15 or more microseconds.

    >>> berlin = ZoneInfo("Europe/Berlin")
    >>> moment_of("2026-07-01 10:00", berlin), moment_of("1786000000123", berlin), moment_of("soon", berlin)
    ('2026-07-01T10:00:00+02:00', '2026-08-06T07:06:40.123000+00:00', None)
    """
    found = _WITH_OFFSET.fullmatch(text)
    if found:
        offset = found[3].upper()
        return f"{found[1]}T{found[2]}{offset if len(offset) != 5 else offset[:3] + ':' + offset[3:]}"
    if _LOCAL.fullmatch(text):
        try:
            return datetime.fromisoformat(text).replace(tzinfo=zone).isoformat()
        except ValueError:
            return None
    counted = _COUNTED.fullmatch(text)
    if not counted:
        return None
    whole = len(counted[1])
    unit = 1_000_000 if whole < 12 else 1_000 if whole < 15 else 1
    try:
        return (_EPOCH + timedelta(microseconds=int(Decimal(text) * unit))).isoformat()
    except OverflowError:
        return None
