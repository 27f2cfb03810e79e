"""Ranges of the record as Arrow tables: the events that entries carry, and the changes of usage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute

from steelyard.adapters.duckdb.changing import carriers_of
from steelyard.adapters.duckdb.staging import table_of
from steelyard.kernel import DamagedRecord
from steelyard.metering import (
    RESERVED_DIMENSIONS,
    Attributed,
    Backfilled,
    Corrected,
    UsageEvent,
    number_of,
    read,
    read_change,
)
from steelyard.record import Bundle, Kind

pc: Any = pyarrow.compute
"""Its functions are made when it is imported, which no type checker sees."""

MOMENT: Final = pa.timestamp("us", "UTC")
NUMBER: Final = pa.decimal128(38, 12)

EVENTS: Final = pa.schema(
    [
        ("index", pa.int64()),
        ("kind", pa.string()),
        ("customer", pa.string()),
        ("seq", pa.int64()),
        ("recorded_at", MOMENT),
        ("source", pa.string()),
        ("id", pa.string()),
        ("type", pa.string()),
        ("subject", pa.string()),
        ("time", MOMENT),
        *((name, pa.string()) for name in RESERVED_DIMENSIONS),
        ("cost", NUMBER),
        ("currency", pa.string()),
        ("backfill", pa.string()),
        ("data", pa.string()),
        ("counts", pa.bool_()),
    ]
)
"""One row for each entry that carries an event; `counts` is whether it did when it was recorded."""

STANDING: Final = pa.schema(
    [("index", pa.int64()), ("counts", pa.bool_()), ("changed_at", MOMENT), ("changed_by", pa.int64())]
)
"""When an event came to count again or ceased to, and by which entry it ceased to."""

CHANGES: Final = pa.schema(
    [
        ("index", pa.int64()),
        ("kind", pa.string()),
        ("customer", pa.string()),
        ("seq", pa.int64()),
        ("recorded_at", MOMENT),
        ("action", pa.string()),
        ("of", pa.int64()),
        ("backfill", pa.string()),
        ("by", pa.string()),
        ("reason", pa.string()),
        ("payload", pa.string()),
    ]
)
"""The changes of usage as they were said: corrections, attributions, backfills, erasures."""

READINGS: Final = pa.schema(
    [
        ("index", pa.int64()),
        ("meter", pa.string()),
        ("definition", pa.string()),
        ("customer", pa.string()),
        ("time", MOMENT),
        ("value", NUMBER),
        ("text", pa.string()),
        ("amount", NUMBER),
    ]
)
"""What a meter reads from an event, by which definition of the meter; a counter reads nothing but counts."""

QUANTITIES: Final = pa.schema(
    [
        ("customer", pa.string()),
        ("meter", pa.string()),
        ("hour", MOMENT),
        ("quantity", pa.string()),
        ("amount", NUMBER),
        ("events", pa.int64()),
        ("upto", pa.int64()),
    ]
)
"""The quantity of an hour as known after `upto` entries; a later row for the same hour takes its place."""

ROWS_MAX: Final = 250_000
"""Entries in one range of files; ranges end where a bundle does."""

_KINDS: Final = {
    int(Kind.USAGE): "usage",
    int(Kind.ATTRIBUTION): "attribution",
    int(Kind.CORRECTION): "correction",
    int(Kind.BACKFILL): "backfill",
    int(Kind.ERASURE): "erasure",
}
_KIND_CODES: Final = pa.array(list(_KINDS), pa.uint8())
_KIND_NAMES: Final = pa.array(list(_KINDS.values()), pa.string())
_AT_ONCE: Final = 4_096
"""Events read together: few enough to stay in the processor's cache from decoding to column."""

_MEMBERS: Final = UsageEvent.__struct_fields__
_TOLD: Final = frozenset(_KINDS) - {int(Kind.USAGE)}
_all_events = msgspec.json.Decoder(list[UsageEvent])


def together(bundles: Iterable[Bundle]) -> Iterator[list[Bundle]]:
    """The bundles in lists of at least so many entries as one range of files has, but for the last."""
    waiting: list[Bundle] = []
    for bundle in bundles:
        waiting.append(bundle)
        if bundle.end - waiting[0].first_index >= ROWS_MAX:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def staged(bundles: Iterable[Bundle]) -> pa.Table:
    """The entries of bundles as one table, customers by name."""
    tables: list[pa.Table] = []
    for bundle in bundles:
        names: dict[str, int] = {}

        def codes(found: list[str], names: dict[str, int] = names) -> list[int]:
            return [names.setdefault(name, len(names)) for name in found]

        table = table_of(bundle, codes)
        spelled = pa.array(list(names), pa.string()).take(table["customer"].combine_chunks())
        place = table.column_names.index("customer")
        tables.append(table.set_column(place, "customer", spelled))
    return pa.concat_tables(tables)


def events_of(table: pa.Table) -> pa.Table:
    """The events that these entries carry, without what is no event; `counts` is still to be filled in."""
    carriers = carriers_of(table)
    parts = [carriers.slice(start, _AT_ONCE) for start in range(0, carriers.num_rows, _AT_ONCE)]
    return pa.concat_tables([EVENTS.empty_table(), *map(_part_of, parts)])


def _part_of(carriers: pa.Table) -> pa.Table:
    events = _read_all(carriers["payload"].to_pylist())
    if None in events:
        carriers = carriers.filter(pa.array([event is not None for event in events]))
    known = [event for event in events if event is not None]
    said = dict(zip(_MEMBERS, zip(*map(msgspec.structs.astuple, known), strict=True), strict=False))
    columns: dict[str, Any] = {
        "index": carriers["idx"],
        "kind": _KIND_NAMES.take(pc.index_in(carriers["kind"].combine_chunks(), value_set=_KIND_CODES)),
        "recorded_at": carriers["recorded_at"].cast(MOMENT),
        "time": pa.array(said.get("time", ()), pa.int64()).cast(MOMENT),
        "cost": [number_of(cost) if cost else None for cost in said.get("cost", ())],
        "data": [str(data, "utf-8") for data in said.get("data", ())],
        "counts": pa.nulls(len(known), pa.bool_()),
    }
    columns |= {name: carriers[name] for name in ("customer", "seq")}
    for name in ("source", "id", "type", "subject", *RESERVED_DIMENSIONS, "currency", "backfill"):
        columns[name] = _texts(said.get(name, ()))
    return pa.Table.from_pydict({name: columns[name] for name in EVENTS.names}, schema=EVENTS)


def _texts(texts: Sequence[str]) -> Any:
    """A column of texts; most columns have the same one in every row."""
    if texts and texts.count(texts[0]) == len(texts):
        return pa.repeat(pa.scalar(texts[0], pa.string()), len(texts))
    return texts


def _read_all(payloads: Sequence[bytes]) -> list[UsageEvent | None]:
    try:
        return list(_all_events.decode(b"[" + b",".join(payloads) + b"]"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [_read(payload) for payload in payloads]


def _read(payload: bytes) -> UsageEvent | None:
    try:
        return read(payload)
    except DamagedRecord:
        return None


def changes_of(table: pa.Table) -> pa.Table:
    """The changes of usage among these entries."""
    rows: list[dict[str, Any]] = []
    for row in table.select(["idx", "kind", "customer", "seq", "recorded_at", "payload"]).to_batches():
        kinds = row["kind"].to_pylist()
        for place, kind in enumerate(kinds):
            if kind in _TOLD and row["payload"][place].is_valid:
                rows.append(_change(row.slice(place, 1).to_pylist()[0]))
    moments = {"recorded_at": pa.array([row["recorded_at"] for row in rows], pa.int64()).cast(MOMENT)}
    arrays = [
        moments.get(field.name)
        if field.name in moments
        else pa.array([row[field.name] for row in rows], field.type)
        for field in CHANGES
    ]
    return pa.table(arrays, schema=CHANGES)


def _change(row: dict[str, Any]) -> dict[str, Any]:
    try:
        change = read_change(row["kind"], row["payload"])
    except DamagedRecord:
        change = None
    of = change.of if isinstance(change, Attributed | Corrected) else None
    action = change.action.value if isinstance(change, Backfilled | Corrected) else ""
    return {
        "index": row["idx"],
        "kind": _KINDS[row["kind"]],
        "customer": row["customer"],
        "seq": row["seq"],
        "recorded_at": row["recorded_at"],
        "action": action,
        "of": of,
        "backfill": change.id if isinstance(change, Backfilled) else "",
        "by": change.by if change is not None else "",
        "reason": change.reason if change is not None else "",
        "payload": str(row["payload"], "utf-8", "replace"),
    }
