"""Events that wait for somebody: unattributed ones, and those in quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from steelyard.adapters.duckdb.asking import View, run
from steelyard.adapters.duckdb.conditions import Conditions
from steelyard.metering.standing import SET_ASIDE
from steelyard.record import QUARANTINED, UNATTRIBUTED

# Whatever else was said of an event of the quarantine (taken away, voided), it waits no longer.
_SET_ASIDE_ONLY: Final = (
    "SELECT idx FROM stopped GROUP BY idx "  # noqa: S608 - our own word
    f"HAVING min(why) = '{SET_ASIDE}' AND max(why) = '{SET_ASIDE}'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingGroup:
    """Waiting events with the same queue, type, source, subject and mismatch; moments in microseconds.

    `newest` is the index of the newest one.
    """

    quarantined: bool
    type: str
    source: str
    subject: str
    mismatch: str
    events: int
    first_seen: int
    last_seen: int
    newest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingFor:
    """Which waiting events are meant; None is any."""

    quarantined: bool | None = None
    type: str | None = None
    source: str | None = None
    subject: str | None = None


ANY: Final = WaitingFor()


def waiting_groups(view: View, *, which: WaitingFor = ANY, limit: int, skip: int = 0) -> list[WaitingGroup]:
    """The groups of waiting events, the largest first."""
    where = _waiting(view, which)
    apart = view.customers.find(QUARANTINED)
    sql = (
        "SELECT customer = ? AS apart, type, source, subject, mismatch, count(*) AS n, "  # noqa: S608
        "min(recorded_at), max(recorded_at), max(idx) "
        f"FROM event WHERE {where.sql} GROUP BY ALL ORDER BY n DESC, max(idx) DESC LIMIT ? OFFSET ?"
    )
    rows = run(view.connection, sql, [-1 if apart is None else apart, *where.values, limit, skip])
    return [
        WaitingGroup(
            quarantined=quarantined,
            type=view.types.name(code),
            source=source,
            subject=subject,
            mismatch=mismatch,
            events=events,
            first_seen=first,
            last_seen=last,
            newest=newest,
        )
        for quarantined, code, source, subject, mismatch, events, first, last, newest in rows
    ]


def waiting_indexes(view: View, *, which: WaitingFor = ANY, after: int, limit: int) -> list[int]:
    """The indexes of waiting events past the one given, in order."""
    where = _waiting(view, which)
    sql = f"SELECT idx FROM event WHERE idx > ? AND {where.sql} ORDER BY idx LIMIT ?"  # noqa: S608
    return [index for (index,) in run(view.connection, sql, [after, *where.values, limit])]


def waiting_count(view: View, *, which: WaitingFor = ANY) -> int:
    """How many events wait."""
    where = _waiting(view, which)
    return run(view.connection, f"SELECT count(*) FROM event WHERE {where.sql}", where.values)[0][0]  # noqa: S608


def _waiting(view: View, which: WaitingFor) -> Conditions:
    nobody, apart = (view.customers.find(name) for name in (UNATTRIBUTED, QUARANTINED))
    queues: list[str] = []
    values: list[Any] = []
    if which.quarantined is not True:
        queues.append("(customer = ? AND superseded_at IS NULL)")
        values.append(-1 if nobody is None else nobody)
    if which.quarantined is not False:
        queues.append(f"(customer = ? AND idx IN ({_SET_ASIDE_ONLY}))")
        values.append(-1 if apart is None else apart)
    where = Conditions()
    where.add(f"({' OR '.join(queues)})", *values)
    where.names("type", None if which.type is None else [which.type], view.types)
    for column, value in _texts(which):
        where.add(f"{column} = ?", value)
    return where


def _texts(which: WaitingFor) -> Sequence[tuple[str, str]]:
    named = (("source", which.source), ("subject", which.subject))
    return [(column, value) for column, value in named if value is not None]
