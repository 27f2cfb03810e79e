"""Changes of usage in the tables: which rows of `event` count, as `metering.standing` says it for one chain.

A row of `event` is a time during which a carrier counted: from `recorded_at` until `superseded_at` (none:
still). Why a carrier does not count stands in `stopped`, one row a reason; it counts while it has none. A
carrier that counts again gets a further row. `member` says which carriers a backfill brought. A batch without
changes costs nothing here.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute

from steelyard.adapters.duckdb.conditions import Conditions
from steelyard.adapters.duckdb.names import Names
from steelyard.adapters.duckdb.schema import Connection
from steelyard.kernel import DamagedRecord
from steelyard.metering import (
    Attributed,
    BackfillAction,
    Backfilled,
    Corrected,
    CorrectionAction,
    Range,
    read_change,
)
from steelyard.metering.changes import CHANGE_KINDS, NO_EVENT, Change
from steelyard.metering.standing import (
    AMENDED,
    ATTRIBUTED,
    ENDS,
    HELD,
    SET_ASIDE,
    VOIDED,
    deprecated,
    pending,
    withdrawn,
)
from steelyard.record import QUARANTINED, Kind

pc: Any = pyarrow.compute
"""Its functions are made when it is imported, which no type checker sees."""

_KINDS: Final = pa.array([int(kind) for kind in CHANGE_KINDS], pa.uint8())
_USAGE: Final = pa.scalar(int(Kind.USAGE), pa.uint8())
ENDED: Final = f"(SELECT idx FROM stopped WHERE why IN {tuple(sorted(ENDS))})"  # noqa: S608 - our own words
"""The carriers that can never count again, as a query."""
_STOPS: Final = pa.schema(
    [("idx", pa.int64()), ("why", pa.string()), ("moment", pa.int64()), ("teller", pa.int64())]
)

_APART_MAX: Final = 500

Stop = tuple[int, str, int, int]
"""A carrier's index, a reason, when it was recorded, and the entry that said so."""


class _Brought(msgspec.Struct, gc=False):
    backfill: str = ""


_brought = msgspec.json.Decoder(_Brought)


@dataclass(frozen=True, slots=True)
class _Said:
    """A change with the entry that makes it; `customer` is the code of its chain."""

    index: int
    customer: int
    at: int
    change: Change


def carriers_of(table: pa.Table) -> pa.Table:
    """The entries of a staged table that carry an event, each with the usage payload that it carries.

    Entries that were erased have left nothing to read.
    """
    is_usage = pc.equal(table["kind"], _USAGE)
    if table["payload"].null_count:
        table = table.filter(table["payload"].is_valid())
        is_usage = pc.equal(table["kind"], _USAGE)
    if pc.all(is_usage).as_py():
        return table
    usage = _without(table, np.flatnonzero(~is_usage.to_numpy()).tolist())
    rows: list[dict[str, Any]] = []
    for row in _changes(table):
        change = _readable(row)
        if isinstance(change, Attributed | Corrected) and change.event != NO_EVENT:
            rows.append(row | {"payload": bytes(change.event)})
    return pa.concat_tables([usage, pa.Table.from_pylist(rows, schema=table.schema)]) if rows else usage


def _without(table: pa.Table, places: list[int]) -> pa.Table:
    """The table without the rows at these places: where there are few, the rows between are not copied."""
    if len(places) > _APART_MAX:
        kept = np.ones(table.num_rows, dtype=bool)
        kept[places] = False
        return table.filter(pa.array(kept))
    bounds = itertools.pairwise([-1, *places, table.num_rows])
    return pa.concat_tables([table.slice(before + 1, after - before - 1) for before, after in bounds])


def _changes(table: pa.Table) -> list[dict[str, Any]]:
    changes = table.filter(pc.is_in(table["kind"], _KINDS))
    return changes.filter(changes["payload"].is_valid()).to_pylist()


def _readable(row: dict[str, Any]) -> Change | None:
    try:
        return read_change(row["kind"], row["payload"])
    except DamagedRecord:
        # What cannot be read changes nothing, as in an entry that was erased; `verify` tells of damage.
        return None


class Changes:
    """Carries the changes of a batch out, after its carriers were put into the table of events."""

    def __init__(self, connection: Connection, customers: Names, types: Names) -> None:
        """Looks once whether any backfill was ever opened: until then no event can belong to one."""
        self._customers, self._types = customers, types
        sql = "SELECT 1 FROM other_entry WHERE kind = ? LIMIT 1"
        self._knows_backfills = bool(connection.execute(sql, [int(Kind.BACKFILL)]).fetchall())

    def apply(self, connection: Connection, table: pa.Table) -> None:
        """Makes the tables say what stands after the entries of this batch; the caller's transaction."""
        kinds = pc.unique(table["kind"]).to_pylist()
        self._knows_backfills = self._knows_backfills or int(Kind.BACKFILL) in kinds
        stops = [*self._set_aside(table), *self._brought_in(connection, table)]
        if stops:
            stop(connection, stops)
        if all(kind not in CHANGE_KINDS for kind in kinds):
            return
        said = [
            _Said(row["idx"], row["customer"], row["recorded_at"], change)
            for row in _changes(table)
            if (change := _readable(row)) is not None
        ]
        for group in _groups(said):
            self._carry_out(connection, group)

    def _set_aside(self, table: pa.Table) -> list[Stop]:
        code = self._customers.find(QUARANTINED)
        if code is None:
            return []
        of_chain = pc.and_(
            pc.equal(table["customer"], pa.scalar(code, pa.int32())), pc.equal(table["kind"], _USAGE)
        )
        return [
            (row["idx"], SET_ASIDE, row["recorded_at"], row["idx"])
            for row in table.filter(of_chain).select(["idx", "recorded_at"]).to_pylist()
        ]

    def _brought_in(self, connection: Connection, table: pa.Table) -> list[Stop]:
        """Notes the events that backfills brought; those that came as usage wait for the commit."""
        if not self._knows_backfills:
            return []
        carriers = carriers_of(table)
        may_be = pc.match_substring(carriers["payload"], b'"backfill":"')
        found: list[tuple[dict[str, Any], str]] = []
        for row in carriers.filter(may_be).to_pylist():
            try:
                backfill = _brought.decode(row["payload"]).backfill
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue
            if backfill:
                found.append((row, backfill))
        if found:
            rows = {"idx": [row["idx"] for row, _ in found], "backfill": [name for _, name in found]}
            connection.register("fresh_members", pa.table(rows))
            connection.execute("INSERT INTO member SELECT idx, backfill FROM fresh_members")
        return [
            (row["idx"], pending(name), row["recorded_at"], row["idx"])
            for row, name in found
            if row["kind"] == Kind.USAGE
        ]

    def _carry_out(self, connection: Connection, group: Sequence[_Said]) -> None:
        change = group[0].change
        if isinstance(change, Backfilled):
            _backfill(connection, group, change, self._types, self._customers)
            return
        if isinstance(change, Attributed):
            stop(connection, _targets(group, ATTRIBUTED))
            return
        match change.action:
            case CorrectionAction.AMEND:
                _amend(connection, group)
            case CorrectionAction.VOID:
                stop(connection, _targets(group, VOIDED))
            case CorrectionAction.HOLD:
                stop(connection, _targets(group, HELD))
            case CorrectionAction.RELEASE:
                start(connection, _targets(group, HELD))


def _groups(said: Iterable[_Said]) -> Iterator[list[_Said]]:
    """Runs of changes that can be carried out together: the same thing to different carriers."""
    group: list[_Said] = []
    seen: set[int] = set()
    for one in said:
        target = -1 if isinstance(one.change, Backfilled) else one.change.of
        if group and (target in seen or _verb(one) != _verb(group[0])):
            yield group
            group, seen = [], set()
        group.append(one)
        if target >= 0:
            seen |= {target, one.index}
    if group:
        yield group


def _verb(said: _Said) -> object:
    change = said.change
    if isinstance(change, Backfilled):
        return change.id, change.action, change.deprecate, change.upto
    return change.action if isinstance(change, Corrected) else ATTRIBUTED


def _targets(group: Iterable[_Said], why: str) -> list[Stop]:
    return [
        (one.change.of, why, one.at, one.index) for one in group if not isinstance(one.change, Backfilled)
    ]


def stop(connection: Connection, stops: Sequence[Stop]) -> None:
    """These carriers have one more reason not to count; those that counted stop."""
    _register(connection, stops)
    _stop_said(connection)


def _stop_said(connection: Connection) -> None:
    connection.execute(
        "INSERT INTO stopped SELECT DISTINCT s.idx, s.why FROM said s "
        "ANTI JOIN stopped o ON o.idx = s.idx AND o.why = s.why"
    )
    connection.execute(
        "UPDATE event SET superseded_at = s.moment, superseded_by = s.teller "
        "FROM (SELECT idx, max(moment) AS moment, max(teller) AS teller FROM said GROUP BY idx) s "
        "WHERE event.idx = s.idx AND event.superseded_at IS NULL"
    )


def start(connection: Connection, stops: Sequence[Stop]) -> None:
    """These carriers have one reason less; those that have none left count again."""
    _register(connection, stops)
    _start_said(connection)


def _start_said(connection: Connection) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE freed AS SELECT s.idx, max(s.moment) AS moment FROM said s "
        "SEMI JOIN stopped o ON o.idx = s.idx AND o.why = s.why GROUP BY s.idx"
    )
    connection.execute("DELETE FROM stopped USING said s WHERE stopped.idx = s.idx AND stopped.why = s.why")
    connection.execute("DELETE FROM freed WHERE idx IN (SELECT idx FROM stopped)")
    connection.execute(
        "INSERT INTO event BY NAME "
        "SELECT e.* REPLACE (f.moment AS recorded_at, NULL AS superseded_at, NULL AS superseded_by) "
        "FROM event e JOIN freed f ON f.idx = e.idx "
        "QUALIFY row_number() OVER (PARTITION BY e.idx ORDER BY e.recorded_at) = 1"
    )


def _register(connection: Connection, stops: Sequence[Stop]) -> None:
    columns = [
        pa.array(list(column), kind.type)
        for column, kind in zip(zip(*stops, strict=True), _STOPS, strict=True)
    ]
    connection.register("fresh_stops", pa.table(columns, schema=_STOPS))
    connection.execute("CREATE OR REPLACE TEMP TABLE said AS SELECT * FROM fresh_stops")


def _amend(connection: Connection, group: Sequence[_Said]) -> None:
    """The new carriers have the backfills' reasons of the old; where the old one ended there is none."""
    _register(connection, _targets(group, AMENDED))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE unfounded AS SELECT s.teller AS idx FROM said s "  # noqa: S608
        f"ANTI JOIN (SELECT idx FROM event ANTI JOIN {ENDED} o USING (idx)) e ON e.idx = s.idx"
    )
    for table in ("event", "member"):
        connection.execute(f"DELETE FROM {table} WHERE idx IN (SELECT idx FROM unfounded)")  # noqa: S608
    inherited = connection.execute(
        "SELECT s.teller, o.why, s.moment, s.teller FROM said s JOIN stopped o ON o.idx = s.idx "
        "WHERE o.why <> ? AND s.teller NOT IN (SELECT idx FROM unfounded)",
        [HELD],
    ).fetchall()
    _stop_said(connection)
    if inherited:
        stop(connection, inherited)


def _backfill(
    connection: Connection, group: Sequence[_Said], change: Backfilled, types: Names, customers: Names
) -> None:
    chains = {one.customer: (one.at, one.index) for one in group}
    columns = {
        "customer": pa.array(list(chains), pa.int32()),
        "moment": pa.array([at for at, _ in chains.values()], pa.int64()),
        "teller": pa.array([index for _, index in chains.values()], pa.int64()),
    }
    connection.register("chains", pa.table(columns))
    name = change.id
    match change.action:
        case BackfillAction.COMMIT:
            if change.deprecate:
                others = in_ranges(change.deprecate, types, customers)
                others.add("e.idx < ?", change.upto)
                _select(connection, "ANTI", others, name, deprecated(name))
                _stop_said(connection)
            _select(connection, "SEMI", Conditions(), name, pending(name))
            _start_said(connection)
        case BackfillAction.REVERT:
            _select(connection, "SEMI", Conditions(), name, withdrawn(name))
            _stop_said(connection)
            _select(connection, "ANTI", Conditions(), name, deprecated(name), only_stopped=True)
            _start_said(connection)
        case BackfillAction.ABANDON:
            _select(connection, "SEMI", Conditions(), name, withdrawn(name))
            _stop_said(connection)
            _select(connection, "SEMI", Conditions(), name, pending(name))
            _start_said(connection)
        case _:
            pass


def _select(
    connection: Connection,
    own: str,
    where: Conditions,
    backfill: str,
    why: str,
    *,
    only_stopped: bool = False,
) -> None:
    """Makes `said` of the carriers on the chains that are the backfill's own (SEMI) or not (ANTI)."""
    ended = Conditions()
    ended.add("e.idx < c.teller")
    if own == "ANTI":
        ended.add(f"e.idx NOT IN {ENDED}")
    if only_stopped:
        ended.add("e.idx IN (SELECT idx FROM stopped WHERE why = ?)", why)
    sql = (
        "CREATE OR REPLACE TEMP TABLE said AS "  # noqa: S608 - bound values only
        "SELECT DISTINCT e.idx, ?::VARCHAR AS why, c.moment, c.teller "
        f"FROM event e JOIN chains c ON c.customer = e.customer "
        f"{own} JOIN member m ON m.idx = e.idx AND m.backfill = ? WHERE {ended.sql} AND {where.sql}"
    )
    connection.execute(sql, [why, backfill, *ended.values, *where.values])


def in_ranges(ranges: Sequence[Range], types: Names, customers: Names) -> Conditions:
    """The event lies in one of the ranges."""
    whole = Conditions()
    parts: list[str] = []
    for one in ranges:
        where = Conditions()
        where.period(one.period)
        where.names("e.customer", None if one.customer is None else [one.customer], customers)
        where.names("type", one.event_types or None, types)
        if one.source:
            where.add("source = ?", one.source)
        parts.append(f"({where.sql})")
        whole.values += where.values
    whole.parts.append(f"({' OR '.join(parts)})")
    return whole


def carry_over(connection: Connection) -> None:
    """Gives the rows of `event_next`, one a carrier, the times that the rows of `event` have.

    For when the table is filled anew with other columns; the caller's transaction.
    """
    kinds = ", ".join(str(int(kind)) for kind in CHANGE_KINDS)
    has_changes = f"SELECT 1 FROM other_entry WHERE kind IN ({kinds}) UNION ALL SELECT 1 FROM stopped LIMIT 1"  # noqa: S608
    if not connection.execute(has_changes).fetchall():
        return
    changed = "(SELECT idx FROM event WHERE superseded_at IS NOT NULL)"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE carried AS SELECT n.* REPLACE (e.recorded_at AS recorded_at, "  # noqa: S608 - own words
        "e.superseded_at AS superseded_at, e.superseded_by AS superseded_by) "
        f"FROM event e JOIN event_next n USING (idx) WHERE e.idx IN {changed}"
    )
    connection.execute(f"DELETE FROM event_next WHERE idx IN {changed} OR idx NOT IN (SELECT idx FROM event)")  # noqa: S608
    connection.execute("INSERT INTO event_next BY NAME SELECT * FROM carried")
    connection.execute("DROP TABLE carried")
