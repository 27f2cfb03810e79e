"""Lists and counts of stored events, their costs, and sections of customers' chains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from steelyard.adapters.duckdb.asking import View, run
from steelyard.adapters.duckdb.conditions import Conditions, add_filter, add_meter
from steelyard.kernel import DamagedRecord, Period, Unavailable, from_micros
from steelyard.kernel.period import zone
from steelyard.metering import (
    RESERVED_DIMENSIONS,
    BundleSource,
    CostRow,
    EventClass,
    EventRow,
    EventStatus,
    EventType,
    Filter,
    Meter,
    StoreCounts,
    event_of,
)
from steelyard.metering.standing import AMENDED, ATTRIBUTED
from steelyard.record import UNATTRIBUTED, Entry, Kind

_DAY_MICROS = 86_400_000_000
_QUARTER_MICROS = 900_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which events a list shows."""

    customer: str | None
    meter: Meter | None
    event_type: str | None
    status: EventStatus | None
    period: Period | None
    filters: Sequence[Filter]
    after: int | None
    limit: int
    newest_first: bool
    as_of: datetime | None = None


def events(
    view: View, listing: Listing, matched: Sequence[str], source: BundleSource | None
) -> list[EventRow]:
    """Stored events by entry index; `matched` are the types that some meter reads, `source` the record."""
    where = Conditions()
    if listing.customer is not None:
        where.names("customer", [listing.customer], view.customers)
    if listing.event_type is not None:
        where.names("type", [listing.event_type], view.types)
    if listing.meter is not None:
        add_meter(where, listing.meter, view.columns, view.types)
        for condition in listing.filters:
            add_filter(where, listing.meter, condition, view.columns, view.types)
    where.period(listing.period)
    if listing.after is not None:
        where.add("idx < ?" if listing.newest_first else "idx > ?", listing.after)
    _add_status(where, view, listing.status, matched)
    rows = _rows(view, listing, where)
    if not rows:
        return []
    if source is None:
        raise Unavailable("the record that holds the events is not open", code="no_record")
    entries = source.entries([row[0] for row in rows])
    types = set(matched)
    return [_event_row(view, row, entry, types) for row, entry in zip(rows, entries, strict=True)]


def _rows(view: View, listing: Listing, where: Conditions) -> list[tuple[Any, ...]]:
    """Rows of the list: of each event one, that of its carrier as it stands (or stood), with why not."""
    fields = ", ".join(f'"{name}"' for name in RESERVED_DIMENSIONS)
    columns = f"idx, customer, seq, type, cost, {fields}"
    order = "DESC" if listing.newest_first else "ASC"
    counting = Conditions()
    counting.known(listing.as_of)
    sql = f"SELECT {columns}, NULL AS why FROM event WHERE {counting.sql} AND {where.sql}"  # noqa: S608
    values = [*counting.values, *where.values]
    status = listing.status
    if listing.as_of is None and (status is None or not status.counts):
        # What took an amended or attributed event's place is in the list itself.
        words = "" if status is None else f"WHERE why = '{status.value}' OR why LIKE '{status.value}:%'"
        stopped = (
            f"SELECT idx, max(why) AS why FROM stopped {words} GROUP BY idx "  # noqa: S608 - our own words
            f"HAVING idx NOT IN (SELECT idx FROM stopped WHERE why IN ('{AMENDED}', '{ATTRIBUTED}'))"
        )
        other = (
            f"SELECT {columns}, why FROM event JOIN ({stopped}) USING (idx) WHERE {where.sql} "  # noqa: S608
            "QUALIFY row_number() OVER (PARTITION BY idx ORDER BY recorded_at DESC) = 1"
        )
        sql = other if status else f"({sql}) UNION ALL ({other})"
        values = where.values if status else [*values, *where.values]
    sql = f"SELECT * FROM ({sql}) ORDER BY idx {order} LIMIT ?"  # noqa: S608 - as above
    return run(view.connection, sql, [*values, max(0, listing.limit)])


def _add_status(where: Conditions, view: View, status: EventStatus | None, matched: Sequence[str]) -> None:
    if status is None or not status.counts:
        return
    known = Conditions()
    known.names("type", matched, view.types)
    if status is EventStatus.UNMATCHED:
        where.add(f"NOT ({known.sql})", *known.values)
        return
    where.add(known.sql, *known.values)
    nobody = view.customers.find(UNATTRIBUTED)
    unattributed = status is EventStatus.UNATTRIBUTED
    where.add("customer = ?" if unattributed else "customer <> ?", -1 if nobody is None else nobody)


def _event_row(view: View, row: tuple[Any, ...], entry: Entry, matched: set[str]) -> EventRow:
    index, code, seq, event_type, cost, *texts, why = row
    event = event_of(entry)
    if event is None:
        raise DamagedRecord(f"entry {index} carries no event, though it was folded as one; rebuild the store")
    customer = view.customers.name(code)
    status = EventStatus.UNATTRIBUTED if customer == UNATTRIBUTED else EventStatus.ATTRIBUTED
    if event.type not in matched:
        status = EventStatus.UNMATCHED
    if why is not None:
        status = EventStatus(why.partition(":")[0])
    return EventRow(
        index=index,
        customer=customer,
        seq=seq,
        source=event.source,
        id=event.id,
        type=view.types.name(event_type),
        subject=event.subject,
        time=from_micros(event.time),
        recorded_at=from_micros(entry.recorded_at),
        dimensions={name: text for name, text in zip(RESERVED_DIMENSIONS, texts, strict=True) if text},
        cost=cost,
        currency=event.currency,
        data=bytes(event.data).decode(),
        status=status,
        mismatch=event.mismatch,
    )


def counts(
    view: View, scope: Conditions, timezone: str, matched: Sequence[str], event_types: Sequence[EventType]
) -> StoreCounts:
    """How many of the events in scope there are and how they divide."""
    # A quarter of an hour is the finest offset between time zones, so quarters add up to days anywhere.
    utc = timezone == "UTC"
    width = _DAY_MICROS if utc else _QUARTER_MICROS
    nobody = view.customers.find(UNATTRIBUTED)
    sql = (
        "SELECT type, customer = ? AS nobody, time // ? AS part, count(*) "  # noqa: S608 - bound values only
        f"FROM event WHERE {scope.sql} GROUP BY ALL"
    )
    values = [-1 if nobody is None else nobody, width, *scope.values]
    by_type: dict[str, int] = {}
    by_part: dict[int, int] = {}
    unattributed = 0
    for code, is_nobody, part, count in run(view.connection, sql, values):
        name = view.types.name(code)
        by_type[name] = by_type.get(name, 0) + count
        by_part[part] = by_part.get(part, 0) + count
        unattributed += count if is_nobody else 0
    classes = {event_type.name: event_type.cls for event_type in event_types}
    by_class: dict[str, int] = {}
    for name, count in by_type.items():
        cls = classes.get(name, EventClass.BILLABLE if name in matched else EventClass.TECHNICAL).value
        by_class[cls] = by_class.get(cls, 0) + count
    by_day: dict[str, int] = {}
    local = zone(timezone)
    for part, count in by_part.items():
        day = from_micros(part * width).astimezone(local).date().isoformat()
        by_day[day] = by_day.get(day, 0) + count
    unmatched = {name: count for name, count in by_type.items() if name not in matched}
    return StoreCounts(
        events=sum(by_type.values()),
        unattributed=unattributed,
        unmatched=sum(unmatched.values()),
        unmatched_by_type=dict(sorted(unmatched.items())),
        by_type=dict(sorted(by_type.items())),
        by_class=dict(sorted(by_class.items())),
        by_day=dict(sorted(by_day.items())),
    )


def costs(view: View, scope: Conditions) -> list[CostRow]:
    """The sum of the costs that events in scope carry, by customer and currency."""
    scope.add("cost IS NOT NULL")
    sql = (
        "SELECT customer, currency, sum(cost), count(*) "  # noqa: S608 - bound values only
        f"FROM event WHERE {scope.sql} GROUP BY ALL"
    )
    rows = [
        CostRow(customer=view.customers.name(code), currency=currency, cost=Decimal(cost), events=count)
        for code, currency, cost, count in run(view.connection, sql, scope.values)
    ]
    return sorted(rows, key=lambda row: (row.customer, row.currency))


def changes(
    view: View, kinds: Sequence[int], customer: str | None, before: int | None, limit: int
) -> list[int]:
    """The newest entries of these kinds before an index, newest first."""
    where = Conditions()
    where.codes("kind", [int(kind) for kind in kinds])
    where.names("customer", None if customer is None else [customer], view.customers)
    if before is not None:
        where.add("idx < ?", before)
    sql = f"SELECT idx FROM other_entry WHERE {where.sql} ORDER BY idx DESC LIMIT ?"  # noqa: S608 - as above
    return [index for (index,) in run(view.connection, sql, [*where.values, limit])]


def around(view: View, kind: int, index: int) -> list[int]:
    """The next entry of this kind after an index and the last one before it, where there are any."""
    sql = (
        "SELECT min(idx) FILTER (WHERE idx > $index), max(idx) FILTER (WHERE idx < $index) "
        "FROM other_entry WHERE kind = $kind"
    )
    found = run(view.connection, sql, {"index": index, "kind": kind})
    return [each for row in found for each in row if each is not None]


def reasons(view: View, indexes: Sequence[int]) -> dict[int, frozenset[str]]:
    """For each of these carriers that does not count the reasons."""
    sql = "SELECT idx, list(why) FROM stopped WHERE idx IN (SELECT unnest(?::BIGINT[])) GROUP BY idx"
    return {index: frozenset(why) for index, why in run(view.connection, sql, [list(indexes)])}


def chain(
    view: View,
    customer: str,
    seqs: tuple[int, int],
    kinds: Sequence[int] | None,
    indexes: tuple[int, int] | None,
) -> list[int]:
    """Entry indexes of a section of a customer's chain, of these kinds.

    An entry's number on its chain is never above its index, which bounds the blocks of the table to be read.
    """
    code = view.customers.find(customer)
    first, end = indexes or (0, 1 << 62)
    where = Conditions()
    where.add("customer = ? AND seq BETWEEN ? AND ?", -1 if code is None else code, *seqs)
    where.add("idx >= ? AND idx < ?", max(first, seqs[0]), end)
    wanted = Conditions()
    if kinds is not None:
        wanted.codes("kind", [int(kind) for kind in kinds])
    # An event that counted at several times has as many rows; one that a change carries is no usage entry.
    others = f"SELECT idx, seq, kind FROM other_entry WHERE {where.sql}"  # noqa: S608 - bound values only
    sql = (
        f"WITH others AS ({others}), usage AS (SELECT DISTINCT idx, seq, {int(Kind.USAGE)} AS kind "  # noqa: S608
        f"FROM event WHERE {where.sql} AND idx NOT IN (SELECT idx FROM others)) "
        f"SELECT idx FROM (FROM others UNION ALL FROM usage) WHERE {wanted.sql} ORDER BY seq"
    )
    return [index for (index,) in run(view.connection, sql, [*where.values, *where.values, *wanted.values])]


def dump(view: View) -> bytes:
    """Everything that was folded, as text in a canonical order: equal stores give equal bytes."""
    lines: list[str] = []
    sql = (
        "SELECT o.idx, o.kind, c.name, o.seq FROM other_entry o JOIN customer c ON c.code = o.customer "
        "ORDER BY 1"
    )
    lines += [repr(row) for row in run(view.connection, sql, [])]
    columns = dict(sorted(view.columns.items()))
    until = "superseded_at", "superseded_by"
    listed = ", ".join(f'e."{name}"' for name in (*until, "time", "subject", "source", "cost", "currency"))
    listed += "".join(f', e."{name}"' for name in (*RESERVED_DIMENSIONS, *columns.values()))
    sql = (
        f"SELECT e.idx, c.name, e.seq, e.recorded_at, t.name, {listed} FROM event e "  # noqa: S608
        "JOIN customer c ON c.code = e.customer JOIN event_type t ON t.code = e.type "
        "ORDER BY e.idx, e.recorded_at, e.superseded_at NULLS LAST, e.superseded_by"
    )
    lines += [f"{column.role.value} {column.key} {column.other}" for column in columns]
    lines += [repr(row) for row in run(view.connection, sql, [])]
    for table in ("stopped", "member"):
        lines += [repr(row) for row in run(view.connection, f"SELECT * FROM {table} ORDER BY ALL", [])]  # noqa: S608
    return "\n".join(lines).encode()


def in_scope(
    view: View, period: Period | None, customers: Sequence[str] | None, as_of: datetime | None = None
) -> Conditions:
    """The conditions that events of these customers happened in the period, and count."""
    where = Conditions()
    where.known(as_of)
    where.names("customer", customers, view.customers)
    where.period(period)
    return where
