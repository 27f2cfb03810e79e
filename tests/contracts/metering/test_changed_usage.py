"""What a usage store says of changes since a moment, and of sections of chains."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec
import pytest

from steelyard.adapters.duckdb import DuckUsageStore
from steelyard.kernel import Period, from_micros, instant, micros
from steelyard.metering import (
    Aggregation,
    Corrected,
    CorrectionAction,
    KnownUsage,
    Meter,
    UsageChange,
    UsageEvent,
    payload_of,
)
from steelyard.metering.changes import NO_EVENT, carried
from steelyard.record import Kind
from tests.memory_record import STARTED_AT, MemoryRecord

OCTOBER, NOVEMBER = Period.month(2026, 10), Period.month(2026, 11)
CALLS = Meter(key="calls", event_types=("call",), aggregation=Aggregation.COUNT)


def call(number: int, at: str = "2026-10-05T00:00:00Z", type: str = "call") -> UsageEvent:
    return UsageEvent(source="api", id=str(number), type=type, time=micros(instant(at)))


@pytest.fixture
def record() -> MemoryRecord:
    """Two commits: three calls of acme, one of globex."""
    record = MemoryRecord()
    record.append_events([("acme", call(0)), ("acme", call(1)), ("globex", call(2))])
    record.append_events([("acme", call(3, "2026-11-05T00:00:00Z"))])
    return record


@pytest.fixture(params=["duckdb"])
def store(record: MemoryRecord, request: pytest.FixtureRequest) -> Iterator[DuckUsageStore]:
    assert request.param == "duckdb"
    store = DuckUsageStore(None, source=record)
    store.define([CALLS])
    store.catch_up(record)
    yield store
    store.close()


def after(commits: int) -> datetime:
    """The moment at which so many commits were known."""
    return from_micros(STARTED_AT + commits - 1)


def known(customer: str = "acme", period: Period = OCTOBER, commits: int = 2) -> KnownUsage:
    return KnownUsage(customer=customer, period=period, since=after(commits))


def correct(record: MemoryRecord, action: str, of: int, event: UsageEvent | None = None) -> None:
    said = Corrected(
        action=CorrectionAction(action),
        source="api",
        id="x",
        of=of,
        leaf="",
        after=of,
        event=NO_EVENT if event is None else carried(event),
        by="k",
        reason="r",
    )
    record.append(["acme"], [payload_of(said)], Kind.CORRECTION)


def change(added: int, ended: int, period: Period = OCTOBER, event_type: str = "call") -> UsageChange:
    return UsageChange(customer="acme", period=period, event_type=event_type, added=added, ended=ended)


def test_nothing_changed_where_nothing_did(store: DuckUsageStore) -> None:
    assert store.changed_since([known(), known("globex"), known("nobody")]) == []
    assert store.changed_since([]) == []


def test_a_late_event_changes_its_own_period_and_customer_alone(
    store: DuckUsageStore, record: MemoryRecord
) -> None:
    record.append_events([("acme", call(9)), ("acme", call(10, type="other"))])
    store.catch_up(record)
    asked = [known(), known(period=NOVEMBER), known("globex")]
    assert store.changed_since(asked) == [change(1, 0), change(1, 0, event_type="other")]
    assert store.changed_since([known(commits=3)]) == []
    assert store.changed_since(asked, as_of=after(2)) == []


def test_voids_amendments_holds_and_releases_are_changes(store: DuckUsageStore, record: MemoryRecord) -> None:
    correct(record, "void", 0)
    correct(record, "amend", 1, call(1, "2026-11-09T00:00:00Z"))
    store.catch_up(record)
    asked = [known(), known(period=NOVEMBER)]
    assert store.changed_since(asked) == [change(0, 2), change(1, 0, NOVEMBER)]
    assert store.changed_since(asked, as_of=after(3)) == [change(0, 1)]


def test_what_came_and_went_since_is_no_change(store: DuckUsageStore, record: MemoryRecord) -> None:
    record.append_events([("acme", call(9))])
    correct(record, "void", 4)
    store.catch_up(record)
    assert store.changed_since([known()]) == []
    correct(record, "hold", 0)
    store.catch_up(record)
    assert store.changed_since([known()]) == [change(0, 1)]
    correct(record, "release", 0)
    store.catch_up(record)
    assert store.changed_since([known()]) == [change(1, 1)], "it ended and came again, so it is looked at"


def test_each_period_has_its_own_moment(store: DuckUsageStore, record: MemoryRecord) -> None:
    record.append_events([("acme", call(9))])
    record.append_events([("acme", call(10, "2026-11-06T00:00:00Z"))])
    store.catch_up(record)
    asked = [known(commits=3), known(period=NOVEMBER, commits=3)]
    assert store.changed_since(asked) == [change(1, 0, NOVEMBER)]


def test_a_section_of_a_chain_can_be_narrowed_by_kind_and_index(
    store: DuckUsageStore, record: MemoryRecord
) -> None:
    correct(record, "void", 0)
    store.catch_up(record)
    assert store.chain("acme", 0, 9) == [0, 1, 3, 4]
    assert store.chain("acme", 0, 9, kinds=[Kind.CORRECTION]) == [4]
    assert store.chain("acme", 0, 9, kinds=[]) == []
    assert store.chain("acme", 1, 9, indexes=(0, 4)) == [1, 3]


def test_a_meter_that_is_not_in_force_can_be_asked_once_it_is_prepared(
    store: DuckUsageStore, record: MemoryRecord
) -> None:
    data = msgspec.Raw(b'{"n": 3}')
    record.append_events([("acme", msgspec.structs.replace(call(9), data=data))])
    store.catch_up(record)
    old = Meter(key="calls", event_types=("call",), aggregation=Aggregation.SUM, value="$.n")
    store.prepare([old])
    (row,) = store.quantities(old, OCTOBER)
    assert (row.quantity, store.meters) == (3, (CALLS,))
