"""Moments as people write them on the command line, and as the interface takes them."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(when: datetime) -> str:
    """A moment as the interface takes it; in UTC where no offset was given.

    >>> moment(datetime(2026, 11, 1, 9, 30))
    '2026-11-01T09:30:00+00:00'
    """
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).isoformat()


def moment_of(text: str) -> str:
    """A moment in words as the interface takes it: a day is its first moment, and UTC goes without saying.

    What is neither stays as it is, so that the interface says what is wrong with it.

    >>> moment_of("2026-11-01"), moment_of("2026-11-01T09:30"), moment_of("2026-11-01T09:30:00+01:00")
    ('2026-11-01T00:00:00+00:00', '2026-11-01T09:30:00+00:00', '2026-11-01T09:30:00+01:00')
    >>> moment_of("tomorrow")
    'tomorrow'
    """
    try:
        return moment(datetime.fromisoformat(text))
    except ValueError:
        return text
