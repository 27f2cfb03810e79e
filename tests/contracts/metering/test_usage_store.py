"""What every usage store promises, whatever engine it runs on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import msgspec
import pytest

from steelyard.adapters.duckdb import DuckUsageStore, Follower
from steelyard.kernel import InvalidInput, NotFound, Period, SteelyardError, Unavailable, instant, micros
from steelyard.metering import (
    Aggregation,
    EventClass,
    EventStatus,
    EventType,
    Filter,
    FilterOp,
    Meter,
    UsageEvent,
    Window,
)
from steelyard.record import UNATTRIBUTED, WORKSPACE_CHAIN, Kind
from tests.memory_record import MemoryRecord

OCTOBER = Period.month(2026, 10)
TOKENS = Meter(
    key="tokens",
    event_types=("llm",),
    aggregation=Aggregation.SUM,
    value="$.tokens",
    group_by={"model": "$.model"},
)
CALLS = Meter(key="calls", event_types=("llm", "search"), aggregation=Aggregation.COUNT)


def event(
    number: int,
    at: str,
    data: str = "{}",
    event_type: str = "llm",
    *,
    team: str = "",
    cost: str = "",
    currency: str = "",
) -> UsageEvent:
    return UsageEvent(
        source="api",
        id=f"e{number}",
        type=event_type,
        time=micros(instant(at)),
        data=msgspec.Raw(data.encode()),
        team=team,
        cost=cost,
        currency=currency,
    )


EVENTS = [
    ("acme", event(0, "2026-10-01T00:00:00Z", '{"tokens": 10, "model": "large"}', team="core")),
    ("acme", event(1, "2026-10-02T12:00:00Z", '{"tokens": "2.5", "model": "small"}')),
    ("globex", event(2, "2026-10-02T13:00:00Z", '{"tokens": 7, "model": "large", "team": "core"}')),
    (UNATTRIBUTED, event(3, "2026-10-03T00:00:00Z", '{"tokens": 100}', cost="0.25", currency="USD")),
    ("acme", event(4, "2026-10-31T23:59:59Z", '{"tokens": -1}', cost="1.5", currency="USD")),
    ("acme", event(5, "2026-11-01T00:00:00Z", '{"tokens": 1000}')),
    ("globex", event(6, "2026-10-05T00:00:00Z", "{}", "search", cost="2", currency="EUR")),
    ("globex", event(7, "2026-10-06T00:00:00Z", '{"ping": true}', "heartbeat")),
]


@pytest.fixture
def record() -> MemoryRecord:
    """A record of two usage bundles with entries of other kinds between and after them."""
    record = MemoryRecord()
    record.append_events(EVENTS[:4])
    record.append([WORKSPACE_CHAIN, "acme"], [b"\xff not usage", b"{}"], Kind.INVOICE)
    record.append_events(EVENTS[4:])
    return record


@pytest.fixture(params=["duckdb"])
def store(record: MemoryRecord, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[DuckUsageStore]:
    """Each engine's store with everything folded; a new engine joins by its name."""
    assert request.param == "duckdb"
    store = DuckUsageStore(tmp_path / "usage.duckdb", source=record)
    store.define([TOKENS, CALLS], [EventType(name="heartbeat", cls=EventClass.TECHNICAL)])
    store.catch_up(record)
    yield store
    store.close()


def test_a_period_is_half_open_and_customers_are_apart(store: DuckUsageStore) -> None:
    rows = store.quantities("tokens", OCTOBER)
    found = {row.customer: (row.quantity, row.events) for row in rows}
    assert found == {
        UNATTRIBUTED: (Decimal(100), 1),
        "acme": (Decimal("11.5"), 3),
        "globex": (Decimal(7), 1),
    }
    assert [row.customer for row in store.quantities("tokens", OCTOBER, customers=["globex"])] == ["globex"]
    assert store.quantities("tokens", OCTOBER, customers=[]) == []
    assert store.quantities("tokens", OCTOBER, customers=["nobody"]) == []


def test_a_quantity_names_the_section_of_the_chain_it_rests_on(
    store: DuckUsageStore, record: MemoryRecord
) -> None:
    [row] = store.quantities("tokens", OCTOBER, customers=["acme"])
    assert (row.first_seq, row.last_seq) == (0, 3)
    indexes = store.chain("acme", row.first_seq, row.last_seq)
    entries = record.entries(indexes)
    assert [entry.customer_seq for entry in entries] == [0, 1, 2, 3]
    assert [entry.kind for entry in entries] == [Kind.USAGE, Kind.USAGE, Kind.INVOICE, Kind.USAGE]


def test_windows_and_groups_divide_a_quantity(store: DuckUsageStore) -> None:
    rows = store.quantities("tokens", OCTOBER, customers=["acme"], group_by=["model"], window=Window.DAY)
    assert [(row.group["model"], row.window_start.day, row.quantity) for row in rows] == [
        ("", 31, Decimal(-1)),
        ("large", 1, Decimal(10)),
        ("small", 2, Decimal("2.5")),
    ]


def test_days_are_those_of_the_time_zone(store: DuckUsageStore) -> None:
    period = Period.month(2026, 11, "Europe/Berlin")
    rows = store.quantities("tokens", period, customers=["acme"], window=Window.DAY, timezone="Europe/Berlin")
    assert [(row.window_start, row.quantity) for row in rows] == [(period.start, Decimal(999))]


def test_an_open_period_with_windows_is_cut_to_the_events(store: DuckUsageStore) -> None:
    always = Period(start=instant("1970-01-01T00:00:00Z"), end=instant("9999-01-01T00:00:00Z"))
    rows = store.quantities("calls", always, window=Window.MONTH)
    assert sum(row.events for row in rows) == 7
    assert {row.window_end for row in rows} <= {OCTOBER.end, Period.month(2026, 11).end}
    assert store.quantities("calls", always, window=Window.HOUR, customers=["nobody"]) == []


def test_reserved_dimensions_come_from_the_event_or_from_its_data(store: DuckUsageStore) -> None:
    condition = Filter(path="team", op=FilterOp.IN, values=("core",))
    rows = store.quantities("tokens", OCTOBER, filters=[condition])
    assert [(row.customer, row.quantity) for row in rows] == [("acme", Decimal(10)), ("globex", Decimal(7))]


def test_names_from_outside_are_compared_and_never_run(store: DuckUsageStore) -> None:
    attack = "x'; DROP TABLE event; --"
    assert store.quantities("tokens", OCTOBER, customers=[attack]) == []
    condition = Filter(path="model", op=FilterOp.IN, values=(attack,))
    assert store.quantities("tokens", OCTOBER, filters=[condition]) == []
    with pytest.raises(InvalidInput, match="no dimension"):
        store.quantities("tokens", OCTOBER, group_by=[attack])
    with pytest.raises(InvalidInput, match="no dimension"):
        store.quantities("tokens", OCTOBER, filters=[Filter(path=attack, values=("a",))])
    with pytest.raises(NotFound, match="there is calls, tokens"):
        store.quantities(attack, OCTOBER)
    with pytest.raises(SteelyardError):
        store.quantities("tokens", OCTOBER, window=Window.DAY, timezone=attack)
    assert len(store.quantities("tokens", OCTOBER)) == 3


def test_no_event_is_lost_from_the_counts(store: DuckUsageStore) -> None:
    counts = store.counts()
    assert (counts.events, counts.unattributed, counts.unmatched) == (8, 1, 1)
    assert counts.by_type == {"heartbeat": 1, "llm": 6, "search": 1}
    assert counts.by_class == {"billable": 7, "technical": 1}
    assert counts.unmatched_by_type == {"heartbeat": 1}
    assert sum(counts.by_day.values()) == 8
    assert store.counts(OCTOBER, timezone="Asia/Tokyo").by_day["2026-10-03"] == 1
    assert store.counts(customers=["acme"]).events == 4


def test_costs_are_kept_by_customer_and_currency(store: DuckUsageStore) -> None:
    costs = [(row.customer, row.currency, row.cost) for row in store.costs(OCTOBER)]
    assert costs == [
        (UNATTRIBUTED, "USD", Decimal("0.25")),
        ("acme", "USD", Decimal("1.5")),
        ("globex", "EUR", Decimal(2)),
    ]


def test_events_are_listed_page_by_page_in_both_directions(store: DuckUsageStore) -> None:
    first = store.events(limit=3)
    rest = store.events(limit=100, after=first[-1].index)
    assert [row.id for row in first + rest] == [f"e{number}" for number in range(8)]
    assert [row.id for row in store.events(limit=2, newest_first=True)] == ["e7", "e6"]
    assert [row.id for row in store.events(newest_first=True, after=first[1].index)] == ["e0"]
    assert first[0].data == '{"tokens": 10, "model": "large"}'
    assert first[0].dimensions == {"team": "core"}


def test_events_are_found_by_customer_meter_type_period_and_status(store: DuckUsageStore) -> None:
    assert [row.id for row in store.events(customer="acme", meter="tokens", period=OCTOBER)] == [
        "e0",
        "e1",
        "e4",
    ]
    large = Filter(path="model", values=("large",))
    assert [row.id for row in store.events(meter=TOKENS, filters=[large])] == ["e0", "e2"]
    assert [row.id for row in store.events(event_type="search")] == ["e6"]
    assert [row.id for row in store.events(status=EventStatus.UNMATCHED)] == ["e7"]
    assert [row.id for row in store.events(status=EventStatus.UNATTRIBUTED)] == ["e3"]
    assert len(store.events(status=EventStatus.ATTRIBUTED)) == 6


def test_a_meter_defined_later_counts_what_came_before(store: DuckUsageStore) -> None:
    later = Meter(key="pings", event_types=("heartbeat",), aggregation=Aggregation.UNIQUE, value="$.ping")
    with pytest.raises(NotFound):
        store.quantities(later, OCTOBER)
    store.define([TOKENS, CALLS, later])
    assert [row.quantity for row in store.quantities("pings", OCTOBER)] == [Decimal(1)]
    assert store.quantities("tokens", OCTOBER, customers=["acme"])[0].quantity == Decimal("11.5")
    assert store.counts().unmatched == 0


def test_an_older_definition_of_a_meter_can_still_be_asked(store: DuckUsageStore) -> None:
    older = replace(TOKENS, allow_negative=False)
    assert store.quantities(older, OCTOBER, customers=["acme"])[0].quantity == Decimal("12.5")


def test_folding_twice_changes_nothing_and_a_gap_is_refused(
    store: DuckUsageStore, record: MemoryRecord
) -> None:
    before = store.dump()
    store.fold(record.bundles())
    assert store.dump() == before
    ahead = record.append_events([("acme", event(8, "2026-10-07T00:00:00Z"))])
    after = record.append_events([("acme", event(9, "2026-10-07T00:00:00Z"))])
    with pytest.raises(Unavailable):
        store.fold([after])
    store.fold([ahead, after])
    assert store.position() == record.size


def test_a_rebuilt_store_and_a_new_file_give_the_same_bytes(
    store: DuckUsageStore, record: MemoryRecord, tmp_path: Path
) -> None:
    before = store.dump()
    assert before.count(b"\n") > record.size
    store.rebuild(record)
    assert store.dump() == before
    other = DuckUsageStore(tmp_path / "other.duckdb", source=record)
    other.fold([next(iter(record.bundles()))])
    other.define([TOKENS, CALLS])
    other.catch_up(record)
    assert other.dump() == before
    other.close()


def test_a_store_that_is_opened_again_goes_on_where_it_stopped(record: MemoryRecord, tmp_path: Path) -> None:
    path = tmp_path / "usage.duckdb"
    first = DuckUsageStore(path, source=record)
    first.define([TOKENS, CALLS])
    first.fold([next(iter(record.bundles()))])
    position = first.position()
    first.close()
    again = DuckUsageStore(path, source=record)
    again.define([TOKENS, CALLS])
    assert again.position() == position == 4
    again.catch_up(record)
    assert {row.customer: row.quantity for row in again.quantities("tokens", OCTOBER)}["acme"] == Decimal(
        "11.5"
    )
    again.close()


def test_a_file_of_an_earlier_layout_is_folded_anew(record: MemoryRecord, tmp_path: Path) -> None:
    path = tmp_path / "usage.duckdb"
    first = DuckUsageStore(path, source=record)
    first.define([TOKENS, CALLS])
    first.catch_up(record)
    before = first.dump()
    first.close()
    with duckdb.connect(str(path)) as file:
        # As the third layout had it: a row for every entry of the record.
        file.execute("ALTER TABLE other_entry RENAME TO entry")
        file.execute("INSERT INTO entry SELECT idx, 1, customer, seq FROM event")
        file.execute("UPDATE note SET value = '3' WHERE name = 'layout'")
    again = DuckUsageStore(path, source=record)
    assert again.position() == 0
    again.define([TOKENS, CALLS])
    again.catch_up(record)
    assert again.dump() == before
    again.close()
    with duckdb.connect(str(path)) as file:
        assert file.execute("SELECT count(*) FROM other_entry WHERE kind = 1").fetchone() == (0,)
        assert not file.execute("FROM duckdb_tables() WHERE table_name = 'entry'").fetchall()


def test_erased_events_keep_their_place_on_the_chain(store: DuckUsageStore) -> None:
    assert store.chain("acme", 0, 9) == [0, 1, 5, 6, 7]
    for _ in range(2):
        store.erase([0, 6])
        assert store.chain("acme", 0, 9) == [0, 1, 5, 6, 7]
        assert store.chain("acme", 0, 9, kinds=[Kind.USAGE]) == [0, 1, 6, 7]
        assert store.chain("acme", 0, 9, kinds=[Kind.INVOICE]) == [5]
    assert [row.index for row in store.events(customer="acme")] == [1, 7]


def test_a_follower_folds_what_was_there_and_what_comes(record: MemoryRecord) -> None:
    store = DuckUsageStore(None)
    store.define([TOKENS, CALLS])
    follower = Follower(store, record)
    record.subscribers.append(follower.tell)
    follower.start()
    for number in range(100, 160):
        record.append_events([("acme", event(number, "2026-10-08T00:00:00Z"))])
    assert store.wait_for(record.size - 1, timeout=30)
    assert follower.lag == 0
    assert store.counts().events == 68
    assert not store.wait_for(record.size, timeout=0.01)
    follower.stop()
    assert follower.failure is None
    store.close()


def test_readers_see_whole_slices_while_the_store_folds(record: MemoryRecord) -> None:
    store = DuckUsageStore(None, source=record)
    store.define([TOKENS, CALLS])
    store.catch_up(record)
    seen: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(store.counts(customers=["pair"]).events)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(30):
        pair = [event(1000 + 2 * number + part, "2026-10-08T00:00:00Z") for part in (0, 1)]
        record.append_events([("pair", one) for one in pair])
        store.catch_up(record)
    done.set()
    reader.join()
    store.close()
    assert seen == sorted(seen)
    assert all(count % 2 == 0 for count in seen)


@pytest.mark.parametrize("payload", [b"\xff\xfe", b"not json", b"[1]", b'{"source":"s"}', b'{"n":"\\ud800"}'])
def test_a_usage_entry_that_cannot_be_read_stops_nothing(
    store: DuckUsageStore, record: MemoryRecord, payload: bytes
) -> None:
    good = msgspec.json.encode(event(8, "2026-10-07T00:00:00Z", '{"tokens": 3}'))
    record.append(["acme", "acme"], [payload, good])
    store.catch_up(record)
    assert store.position() == record.size
    assert store.quantities("tokens", OCTOBER, customers=["acme"])[0].quantity == Decimal("14.5")
    assert store.chain("acme", 5, 6) == [record.size - 2, record.size - 1]


@pytest.mark.parametrize("notes", [1, 600])
def test_entries_between_events_are_kept_and_cost_no_event(record: MemoryRecord, notes: int) -> None:
    good = [
        msgspec.json.encode(event(100 + n, "2026-10-07T00:00:00Z", '{"tokens": 1}')) for n in range(notes)
    ]
    mixed = [
        part
        for payload in good
        for part in ((Kind.USAGE, "acme", payload), (Kind.SENDER, WORKSPACE_CHAIN, b'{"runs":[]}'))
    ]
    unreadable = (Kind.USAGE, "acme", b"not json")
    record.append_mixed([*mixed, unreadable])
    store = DuckUsageStore(None, source=record)
    store.define([TOKENS])
    store.catch_up(record)
    [row] = store.quantities("tokens", OCTOBER, customers=["acme"])
    assert (row.quantity, row.events) == (Decimal("11.5") + notes, 3 + notes)
    first = next(entry for entry in record.entries(range(record.size)) if entry.payload == b"not json")
    acme = [one.index for one in record.entries(range(record.size)) if one.customer == "acme"]
    assert store.chain("acme", 0, first.customer_seq) == acme
    assert store.around(Kind.SENDER, record.size)[:1] == [record.size - 2]
    store.close()


def test_windows_that_the_period_cuts_short_hold_what_is_in_them(store: DuckUsageStore) -> None:
    period = Period(start=instant("2026-10-01T18:00:00Z"), end=instant("2026-10-03T00:00:01Z"))
    rows = store.quantities("tokens", period, window=Window.DAY, together=True)
    assert [(row.window_start, row.window_end, row.quantity) for row in rows] == [
        (instant("2026-10-02T00:00:00Z"), instant("2026-10-03T00:00:00Z"), Decimal("9.5")),
        (instant("2026-10-03T00:00:00Z"), period.end, Decimal(100)),
    ]
    hours = store.quantities("tokens", period, window=Window.HOUR, together=True)
    assert [(row.window_start.hour, row.quantity) for row in hours] == [
        (12, Decimal("2.5")),
        (13, Decimal(7)),
        (0, Decimal(100)),
    ]


def test_the_latest_of_simultaneous_values_is_the_largest(
    store: DuckUsageStore, record: MemoryRecord
) -> None:
    latest = replace(TOKENS, key="latest", aggregation=Aggregation.LATEST)
    batch = [event(20 + n, "2026-10-31T23:59:59.5Z", f'{{"tokens": {n}}}') for n in (3, 9, 4)]
    record.append_events([("acme", one) for one in batch])
    store.catch_up(record)
    assert store.quantities(latest, OCTOBER, customers=["acme"])[0].quantity == Decimal(9)


def test_a_total_beyond_26_digits_is_refused(store: DuckUsageStore, record: MemoryRecord) -> None:
    huge = '{"tokens": 99999999999999999999999999}'
    record.append_events([("acme", event(30 + n, "2026-10-09T00:00:00Z", huge)) for n in range(2)])
    store.catch_up(record)
    with pytest.raises(InvalidInput, match="26 digits"):
        store.quantities("tokens", OCTOBER)
