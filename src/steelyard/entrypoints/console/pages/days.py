"""Days as forms have them, as moments of a customer's calendar."""

from __future__ import annotations

from datetime import datetime

from steelyard.kernel import InvalidInput, iso
from steelyard.kernel.period import zone


def begin_of(day: str, timezone: str) -> str:
    """The moment at which a day begins. Raises InvalidInput for what is no day.

    >>> begin_of("2026-12-01", "Europe/Berlin")
    '2026-11-30T23:00:00Z'
    """
    return iso(_at(day, "00:00:00", timezone))


def noon_of(day: str, timezone: str) -> str:
    """The middle of a day. Raises InvalidInput for what is no day."""
    return iso(_at(day, "12:00:00", timezone))


def _at(day: str, time: str, timezone: str) -> datetime:
    try:
        return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=zone(timezone))
    except ValueError:
        raise InvalidInput(f"{day[:20]!r} is no day such as 2026-11-30", code="not_a_time") from None
