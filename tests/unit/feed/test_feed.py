"""The warehouse feed: everything is in it once, whatever happens, and it says the same as the record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet
import pytest

from steelyard.adapters.duckdb import DuckUsageStore
from steelyard.adapters.feed import Feed, FeedFolder, reconcile
from steelyard.adapters.feed import tables as tables_module
from steelyard.kernel import Conflict, Period, Unavailable, instant, micros, parse_decimal
from steelyard.metering import (
    Aggregation,
    Corrected,
    CorrectionAction,
    Meter,
    UsageEvent,
    Window,
    payload_of,
)
from steelyard.metering.changes import NO_EVENT
from steelyard.metering.reconciliation import Fault, Place, Reconciliation
from steelyard.record import Kind
from tests.memory_record import MemoryRecord

parquet: Any = pyarrow.parquet
OCTOBER = Period.month(2026, 10)
NOW = instant("2026-11-01T00:00:00Z")
TOKENS = Meter(
    key="tokens", event_types=("llm",), aggregation=Aggregation.SUM, value="$.tokens", amount="$.paid"
)
CALLS = Meter(key="calls", event_types=("llm", "search"), aggregation=Aggregation.COUNT)
USERS = Meter(key="users", event_types=("llm",), aggregation=Aggregation.UNIQUE, value="$.user")
METERS = [TOKENS, CALLS, USERS]


def event(number: int, event_type: str = "llm") -> tuple[str, UsageEvent]:
    data = {"tokens": number, "user": f"u{number % 3}", "paid": "0.5"}
    return ("acme", "globex")[number % 2], UsageEvent(
        source="api",
        id=f"e{number}",
        type=event_type,
        time=micros(instant("2026-10-05T00:30:00Z")) + number * 600_000_000,
        data=msgspec.Raw(msgspec.json.encode(data)),
        team="core",
    )


def void(record: MemoryRecord, index: int) -> None:
    entry = record.entries([index])[0]
    change = Corrected(
        source="api",
        id="",
        action=CorrectionAction.VOID,
        of=index,
        leaf=entry.leaf().hex(),
        after=index,
        event=NO_EVENT,
        by="key_1",
        reason="sent twice",
    )
    record.append([entry.customer], [payload_of(change)], Kind.CORRECTION)


@pytest.fixture
def record() -> MemoryRecord:
    record = MemoryRecord()
    record.append_events([event(number) for number in range(20)])
    record.append_events([event(20, "search"), event(21)])
    record.append(["acme"], [b"{}"], Kind.INVOICE)
    return record


@pytest.fixture
def store(record: MemoryRecord, tmp_path: Path) -> Iterator[DuckUsageStore]:
    store = DuckUsageStore(tmp_path / "usage.duckdb", source=record)
    store.define(METERS)
    store.catch_up(record)
    yield store
    store.close()


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    return Feed(tmp_path / "feed", origin="test/1")


def rows(feed: Feed, dataset: str) -> list[dict[str, Any]]:
    """All rows of a dataset, as the manifest names them."""
    manifest = feed.folder.manifest()
    files = [one for one in manifest.files if one.dataset == dataset]
    found = [row for one in files for row in parquet.read_table(feed.folder.path / one.path).to_pylist()]
    assert len(found) == sum(one.rows for one in files)
    return found


def compared(record: MemoryRecord, store: DuckUsageStore, feed: Feed) -> Reconciliation:
    return reconcile(record, store, feed.folder, id="rc_1", at=NOW)


def test_everything_is_in_the_feed_once(record: MemoryRecord, store: DuckUsageStore, feed: Feed) -> None:
    done = feed.run(record, store)
    assert done.upto == record.size == feed.folder.manifest().upto
    events = rows(feed, "events")
    assert [row["index"] for row in events] == list(range(22))
    assert events[3] == {
        **events[3],
        "source": "api",
        "id": "e3",
        "customer": "globex",
        "seq": 1,
        "type": "llm",
        "team": "core",
        "counts": True,
        "kind": "usage",
    }
    assert json.loads(events[3]["data"])["tokens"] == 3
    readings = [row for row in rows(feed, "readings") if row["meter"] == "tokens"]
    assert {row["index"]: row["value"] for row in readings} == {n: n for n in range(22) if n != 20}
    assert {row["amount"] for row in readings} == {parse_decimal("0.5")}
    for meter in METERS:
        expected = {
            (row.customer, row.window_start): row.quantity
            for row in store.quantities(meter, OCTOBER, window=Window.HOUR)
        }
        found = {
            (row["customer"], row["hour"]): parse_decimal(row["quantity"])
            for row in rows(feed, "quantities")
            if row["meter"] == meter.key
        }
        assert found == expected
    assert feed.run(record, store).files == 0


def test_what_comes_later_is_added_in_new_files_alone(
    record: MemoryRecord, store: DuckUsageStore, feed: Feed
) -> None:
    feed.run(record, store)
    before = {one.path: one.sha256 for one in feed.folder.manifest().files}
    void(record, 4)
    record.append_events([event(30)])
    store.catch_up(record)
    feed.run(record, store)
    after = {one.path: one.sha256 for one in feed.folder.manifest().files}
    assert before.items() < after.items()
    assert feed.folder.damaged(feed.folder.manifest()) == {}
    assert [row["id"] for row in rows(feed, "events")][-1] == "e30"
    [change] = rows(feed, "changes")
    assert (change["kind"], change["action"], change["of"], change["reason"]) == (
        "correction",
        "void",
        4,
        "sent twice",
    )
    [ended] = rows(feed, "standing")
    assert (ended["index"], ended["counts"], ended["changed_by"]) == (4, False, 23)
    newest = {
        (row["customer"], row["meter"], row["hour"]): parse_decimal(row["quantity"])
        for row in rows(feed, "quantities")
    }
    for meter in METERS:
        for row in store.quantities(meter, OCTOBER, window=Window.HOUR):
            assert newest[row.customer, meter.key, row.window_start] == row.quantity


def test_a_meter_that_is_defined_anew_reads_what_is_in_the_feed_already(
    record: MemoryRecord, store: DuckUsageStore, feed: Feed
) -> None:
    feed.run(record, store)
    other = Meter(key="tokens", event_types=("llm",), aggregation=Aggregation.MAX, value="$.tokens * 2")
    store.define([other, CALLS, USERS])
    feed.run(record, store)
    definition = feed.folder.manifest().meters["tokens"].definition
    found = [row for row in rows(feed, "readings") if row["definition"] == definition]
    assert {row["index"]: row["value"] for row in found} == {n: 2 * n for n in range(22) if n != 20}
    assert compared(record, store, feed).ok


@pytest.mark.parametrize("step", range(12))
def test_a_kill_at_any_write_loses_and_doubles_nothing(
    record: MemoryRecord, store: DuckUsageStore, feed: Feed, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr(tables_module, "ROWS_MAX", 2)
    left = [step]

    class Killed(BaseException):
        pass

    def counted(method: Any) -> Any:
        def run(self: FeedFolder, *given: Any) -> Any:
            if not left[0]:
                raise Killed
            left[0] -= 1
            return method(self, *given)

        return run

    with monkeypatch.context() as patch:
        patch.setattr(FeedFolder, "write", counted(FeedFolder.write))
        patch.setattr(FeedFolder, "commit", counted(FeedFolder.commit))
        try:
            feed.run(record, store)
        except Killed:
            pass
    again = Feed(feed.folder.path, origin="test/1")
    again.run(record, store)
    assert [row["index"] for row in rows(again, "events")] == list(range(22))
    found = compared(record, store, again)
    assert (found.ok, found.differences) == (True, ())


def test_a_folder_takes_the_feed_of_one_record_only(
    record: MemoryRecord, store: DuckUsageStore, feed: Feed, tmp_path: Path
) -> None:
    feed.run(record, store)
    with pytest.raises(Conflict, match="holds the feed of test/1"):
        Feed(feed.folder.path, origin="other/1").run(record, store)
    with pytest.raises(Unavailable, match="older copy"):
        feed.run(MemoryRecord(), store)


def test_record_store_and_feed_agree_also_after_corrections(
    record: MemoryRecord, store: DuckUsageStore, feed: Feed
) -> None:
    feed.run(record, store)
    void(record, 4)
    store.catch_up(record)
    feed.run(record, store)
    found = compared(record, store, feed)
    assert (found.ok, found.differing, found.problems) == (True, 0, ())
    assert (found.upto, found.feed_upto, found.events) == (24, 24, 21)
    assert found.groups > 8


@pytest.mark.parametrize(
    ("sql", "fault", "index"),
    [
        ("DELETE FROM event WHERE idx = 5", Fault.MISSING, 5),
        ("INSERT INTO event SELECT * FROM event WHERE idx = 6", Fault.DOUBLED, 6),
        ("UPDATE event SET m0 = m0 + 1, m1 = m1 + 1 WHERE idx = 7", Fault.DIFFERENT, 7),
        ("UPDATE event SET time = time + 3600000000 WHERE idx = 8", Fault.DIFFERENT, 8),
        ("UPDATE event SET superseded_at = 1795000000000001 WHERE idx = 9", Fault.MISSING, 9),
    ],
)
def test_an_event_that_the_store_lost_doubled_or_changed_is_named(
    record: MemoryRecord, store: DuckUsageStore, feed: Feed, sql: str, fault: Fault, index: int
) -> None:
    feed.run(record, store)
    store._writer.execute(sql)  # pyright: ignore[reportPrivateUsage]
    found = compared(record, store, feed)
    assert not found.ok
    assert found.differing == 1
    assert {(one.index, one.id, one.place, one.fault) for one in found.differences} == {
        (index, f"e{index}", Place.STORE, fault)
    }


def changed_file(feed: Feed, dataset: str, change: Any) -> None:
    """Writes a file of the feed anew, with a checksum that says nothing is wrong."""
    manifest = feed.folder.manifest()
    file = next(one for one in manifest.files if one.dataset == dataset)
    table = change(parquet.read_table(feed.folder.path / file.path))
    name = Path(file.path).parent
    written = feed.folder.write(str(name), file.first, file.end, [table])
    assert written is not None
    written = msgspec.structs.replace(written, dataset=dataset)
    files = tuple(written if one.path == file.path else one for one in manifest.files)
    feed.folder.commit(msgspec.structs.replace(manifest, files=files))


def altered(column: str, row: int, value: Any) -> Any:
    def change(table: pa.Table) -> pa.Table:
        values = table[column].to_pylist()
        values[row] = value
        place = table.column_names.index(column)
        return table.set_column(place, column, pa.array(values, table.schema.field(column).type))

    return change


@pytest.mark.parametrize(
    ("dataset", "change", "faults"),
    [
        ("events", lambda table: pa.concat_tables([table.slice(0, 5), table.slice(6)]), {"missing"}),
        ("events", lambda table: pa.concat_tables([table, table.slice(5, 1)]), {"doubled"}),
        ("events", altered("data", 5, '{"tokens": 50}'), {"different"}),
        ("events", altered("id", 5, "other"), {"different"}),
        ("readings", altered("value", 5, parse_decimal("77")), {"different"}),
    ],
)
def test_an_event_that_the_feed_lost_doubled_or_changed_is_named(
    record: MemoryRecord, store: DuckUsageStore, feed: Feed, dataset: str, change: Any, faults: set[str]
) -> None:
    feed.run(record, store)
    changed_file(feed, dataset, change)
    found = compared(record, store, feed)
    assert not found.ok
    assert found.problems == ()
    assert {one.place for one in found.differences} == {Place.FEED}
    assert {one.fault.value for one in found.differences} == faults
    assert found.differing == 1
    assert len({one.id for one in found.differences}) == 1


def test_a_file_that_is_not_what_was_written_is_named(
    record: MemoryRecord, store: DuckUsageStore, feed: Feed
) -> None:
    feed.run(record, store)
    file = next(one for one in feed.folder.manifest().files if one.dataset == "events")
    path = feed.folder.path / file.path
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    found = compared(record, store, feed)
    assert not found.ok
    assert any(file.path in problem for problem in found.problems)
    path.unlink()
    found = compared(record, store, feed)
    assert found.problems == (f"{file.path} is gone",)
    assert found.by_place["feed"] > 0


class Tampered(MemoryRecord):
    """A record whose entry says something else than when it was folded."""

    def __init__(self, events: list[tuple[str, UsageEvent]]) -> None:
        super().__init__()
        self.append_events(events)


@pytest.mark.parametrize("number", [3, 11])
def test_an_entry_that_the_record_says_otherwise_is_the_records(
    store: DuckUsageStore, feed: Feed, tmp_path: Path, number: int
) -> None:
    original = Tampered([event(n) for n in range(20)])
    own = DuckUsageStore(None, source=original)
    own.define(METERS)
    own.catch_up(original)
    feed.run(original, own)
    events = [event(n) for n in range(20)]
    customer, one = events[number]
    changed = msgspec.structs.replace(one, data=msgspec.Raw(b'{"tokens": 999, "user": "u0"}'))
    events[number] = (customer, changed)
    found = compared(Tampered(events), own, feed)
    own.close()
    assert not found.ok
    named = {(one.index, one.place) for one in found.differences if one.meter == "tokens"}
    assert named == {(number, Place.RECORD)}
    assert {one.id for one in found.differences} == {f"e{number}"}


def test_a_record_that_lost_its_end_or_an_entry_is_told(
    record: MemoryRecord, store: DuckUsageStore, feed: Feed
) -> None:
    feed.run(record, store)
    shorter = Tampered([event(n) for n in range(20)])
    found = compared(shorter, store, feed)
    assert not found.ok
    assert any("missing at its end" in problem for problem in found.problems)


def test_a_manifest_of_an_earlier_form_is_read_and_its_files_verify(
    record: MemoryRecord, store: DuckUsageStore, feed: Feed
) -> None:
    """Before there was `quantities`, each range had a file of them, so they reached as far as the rest."""
    feed.run(record, store)
    path = feed.folder.path / "manifest.json"
    said = json.loads(path.read_bytes())
    assert {*said} == {"format", "schema_version", "origin", "upto", "recorded_at", "files", "meters"}
    void(record, 4)
    store.catch_up(record)
    again = Feed(feed.folder.path, origin="test/1")
    again.run(record, store)
    assert compared(record, store, again).ok
    assert quantities_now(again) == quantities_in(store)
    told = [one for one in again.folder.manifest().files if one.dataset == "quantities"]
    assert [(one.first, one.end) for one in told] == [(0, 23), (23, 24)]


def quantities_now(feed: Feed) -> dict[tuple[str, str, Any], Any]:
    """The quantities that a reader takes: by place the row with the largest `upto`."""
    newest: dict[tuple[str, str, Any], Any] = {}
    for row in sorted(rows(feed, "quantities"), key=lambda row: row["upto"]):
        newest[row["customer"], row["meter"], row["hour"]] = parse_decimal(row["quantity"])
    return {place: quantity for place, quantity in newest.items() if quantity}


def quantities_in(store: DuckUsageStore) -> dict[tuple[str, str, Any], Any]:
    return {
        (row.customer, meter.key, row.window_start): row.quantity
        for meter in store.meters
        for row in store.quantities(meter, OCTOBER, window=Window.HOUR)
        if row.quantity
    }


def test_quantities_of_every_kind_are_those_that_the_store_answers(
    record: MemoryRecord, store: DuckUsageStore, feed: Feed
) -> None:
    def made(aggregation: Aggregation, **more: Any) -> Meter:
        return Meter(
            key=f"m-{aggregation.value}",
            event_types=("llm",),
            aggregation=aggregation,
            value="$.tokens",
            **more,
        )

    simple = [made(one) for one in (Aggregation.AVERAGE, Aggregation.MIN, Aggregation.LATEST)]
    formula = Meter(
        key="doubled",
        event_types=(),
        aggregation=Aggregation.FORMULA,
        formula="tokens * 2",
        parts={"tokens": TOKENS},
    )
    store.define([*METERS, *simple, formula])
    feed.run(record, store)
    void(record, 3)
    record.append_events([event(40)])
    store.catch_up(record)
    feed.run(record, store)
    assert quantities_now(feed) == quantities_in(store)


@pytest.mark.parametrize("step", [1, 8, 13, 14, 99])
def test_a_kill_before_the_quantities_are_written_loses_none(
    record: MemoryRecord, store: DuckUsageStore, feed: Feed, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr(tables_module, "ROWS_MAX", 2)
    done = [0]
    commit = FeedFolder.commit

    def killed(self: FeedFolder, manifest: Any) -> None:
        done[0] += 1
        if done[0] == step:
            raise KeyboardInterrupt
        commit(self, manifest)

    with monkeypatch.context() as patch:
        patch.setattr(FeedFolder, "commit", killed)
        try:
            feed.run(record, store)
        except KeyboardInterrupt:
            pass
    void(record, 4)
    store.catch_up(record)
    feed.run(record, store)
    assert quantities_now(feed) == quantities_in(store)
    assert b'"quantities":' not in (feed.folder.path / "manifest.json").read_bytes().replace(
        b"/quantities", b""
    )


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
@pytest.mark.parametrize("dataset", ["events", "readings"])
def test_damage_anywhere_in_a_file_is_told_and_ends_nothing(
    record: MemoryRecord, store: DuckUsageStore, feed: Feed, dataset: str, share: float
) -> None:
    feed.run(record, store)
    file = next(one for one in feed.folder.manifest().files if one.dataset == dataset)
    path = feed.folder.path / file.path
    whole = path.read_bytes()
    place = int(len(whole) * share)
    for content in (whole[:place] + bytes(64) + whole[place + 64 :], whole[:place]):
        path.write_bytes(content)
        found = compared(record, store, feed)
        assert not found.ok
        assert any(file.path in problem for problem in found.problems)
