"""What the usage store tells of waiting events, of readings and of how events come in."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec
import pytest

from steelyard.adapters.duckdb import (
    DuckUsageStore,
    WaitingFor,
    held_by_type,
    meter_signs,
    new_readings,
    newest_of,
    past_values,
    reported,
    type_signs,
    waiting_count,
    waiting_groups,
    waiting_indexes,
)
from steelyard.metering import (
    Aggregation,
    Attributed,
    Corrected,
    CorrectionAction,
    Meter,
    UsageEvent,
    encode,
    payload_of,
)
from steelyard.record import QUARANTINED, UNATTRIBUTED, Kind
from tests import memory_record
from tests.memory_record import MemoryRecord

DAY = 86_400_000_000
START = memory_record.STARTED_AT - memory_record.STARTED_AT % DAY
METER = Meter(key="tokens", event_types=("llm",), aggregation=Aggregation.SUM, value="$.n")


def event(number: int, *, value: object = 1, subject: str = "acme", mismatch: str = "") -> UsageEvent:
    data = msgspec.Raw(msgspec.json.encode({"n": value}))
    time = memory_record.STARTED_AT - 5_000_000
    return UsageEvent("api", f"e{number}", "llm", time, subject, data=data, mismatch=mismatch)


def attributed(index: int, number: int) -> bytes:
    return payload_of(
        Attributed(
            source="api",
            id=f"e{number}",
            of=index,
            leaf="00",
            after=index,
            event=msgspec.Raw(encode(event(number))),
            by="k",
            reason="r",
        )
    )


def corrected(action: CorrectionAction, index: int, number: int, value: int | None = None) -> bytes:
    carried = msgspec.Raw(b"null") if value is None else msgspec.Raw(encode(event(number, value=value)))
    said = Corrected(
        action=action,
        source="api",
        id=f"e{number}",
        of=index,
        leaf="00",
        after=index,
        event=carried,
        by="k",
        reason="r",
    )
    return payload_of(said)


@pytest.fixture
def record() -> MemoryRecord:
    return MemoryRecord()


@pytest.fixture
def store(record: MemoryRecord) -> Iterator[DuckUsageStore]:
    opened = DuckUsageStore(None, source=record)
    opened.define([METER])
    yield opened
    opened.close()


def test_what_waits_goes_once_it_is_attributed(record: MemoryRecord, store: DuckUsageStore) -> None:
    nobody = [(UNATTRIBUTED, event(number, subject="x" if number < 3 else "y")) for number in range(4)]
    apart = [(QUARANTINED, event(number, mismatch="data.n")) for number in (4, 5)]
    record.append_events([*nobody, *apart, ("acme", event(6))])
    store.catch_up(record)
    groups = store.ask(lambda view: waiting_groups(view, limit=10))
    assert [(one.quarantined, one.subject, one.mismatch, one.events, one.newest) for one in groups] == [
        (False, "x", "", 3, 2),
        (True, "acme", "data.n", 2, 5),
        (False, "y", "", 1, 3),
    ]
    assert store.ask(lambda view: waiting_indexes(view, after=0, limit=3)) == [1, 2, 3]
    record.append(["acme", "acme"], [attributed(0, 0), attributed(4, 4)], Kind.ATTRIBUTION)
    store.catch_up(record)
    assert store.ask(lambda view: waiting_indexes(view, after=-1, limit=9)) == [1, 2, 3, 5]
    only = WaitingFor(quarantined=True)
    assert store.ask(lambda view: waiting_count(view, which=only)) == 1
    named = WaitingFor(subject="x", source="api", type="llm")
    assert store.ask(lambda view: waiting_count(view, which=named)) == 2
    assert store.ask(lambda view: waiting_count(view, which=WaitingFor(type="nothing"))) == 0


def test_each_event_came_in_once_whatever_was_said_of_it_later(
    record: MemoryRecord, store: DuckUsageStore
) -> None:
    events = [("acme", event(0)), (UNATTRIBUTED, event(1)), (QUARANTINED, event(2, mismatch="data.n"))]
    record.append_events([*events, ("acme", event(3)), ("acme", event(4))])
    record.append(["acme", "acme"], [attributed(1, 1), attributed(2, 2)], Kind.ATTRIBUTION)
    for action in (CorrectionAction.HOLD, CorrectionAction.RELEASE, CorrectionAction.HOLD):
        record.append(["acme"], [corrected(action, 0, 0)], Kind.CORRECTION)
    record.append(["acme"], [corrected(CorrectionAction.AMEND, 3, 3, 9)], Kind.CORRECTION)
    record.append(["acme"], [corrected(CorrectionAction.VOID, 4, 4)], Kind.CORRECTION)
    store.catch_up(record)
    now = memory_record.STARTED_AT + 1_000_000
    [signs] = store.ask(lambda view: type_signs(view, now))
    assert (signs.type, signs.events, signs.last_day, signs.last_minute) == ("llm", 5, 5, 5)
    assert (signs.mismatches, signs.quarantined, signs.unattributed) == (1, 0, 0)
    assert (signs.lag_p50, signs.lag_p99) == (5_000_000, 5_000_000)
    assert store.ask(held_by_type) == {"llm": 1}
    meter = store.ask(lambda view: meter_signs(view, METER, now))
    assert (meter.last_day, meter.customers) == (5, 1)
    later = store.ask(lambda view: meter_signs(view, METER, now + 2 * DAY))
    assert (later.last_day, later.lag_p99) == (0, None)


def test_readings_leave_out_what_does_not_count_or_was_looked_at(
    record: MemoryRecord, store: DuckUsageStore
) -> None:
    values: list[object] = [10, "2.5", "no number", 40]
    record.append_events([("acme", event(number, value=value)) for number, value in enumerate(values)])
    record.append_events([("bolt", event(4, value=7)), (UNATTRIBUTED, event(5, value=8))])
    record.append(["acme"], [corrected(CorrectionAction.AMEND, 3, 3, 50)], Kind.CORRECTION)
    record.append(["bolt"], [corrected(CorrectionAction.HOLD, 4, 4)], Kind.CORRECTION)
    store.catch_up(record)

    def readings(after: int, upto: int = 99) -> list[tuple[int, str, Decimal]]:
        found = store.ask(lambda view: new_readings(view, METER, after=after, upto=upto, limit=10))
        return [(one.at, one.customer, one.value) for one in found]

    assert readings(-1) == [(0, "acme", Decimal(10)), (1, "acme", Decimal("2.5"))]
    assert readings(0) == [(1, "acme", Decimal("2.5"))]
    assert readings(-1, 1) == [(0, "acme", Decimal(10))]
    past = store.ask(lambda view: past_values(view, METER, ["acme", "bolt"], upto=99, most=10))
    assert {key: sorted(found) for key, found in past.items()} == {
        "acme": [Decimal("2.5"), Decimal(10), Decimal(50)]
    }
    newest = store.ask(lambda view: past_values(view, METER, ["acme"], upto=99, most=1))
    assert newest == {"acme": [Decimal(50)]}


def test_who_reported_on_how_many_days(
    record: MemoryRecord, store: DuckUsageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, day in enumerate((0, 0, 1, 3, 40, 41)):
        monkeypatch.setattr(memory_record, "STARTED_AT", START + day * DAY)
        record.append_events([("acme" if day < 40 else "bolt", event(number))])
    store.catch_up(record)
    now = START + 20 * DAY
    found = store.ask(lambda view: reported(view, METER, now=now, within_days=30))
    assert [(one.customer, one.days) for one in found] == [("acme", 3), ("bolt", 2)]
    last = store.ask(lambda view: newest_of(view, METER, ["bolt", "nobody"]))
    assert {key: (moment - START) // DAY for key, moment in last.items()} == {"bolt": 41}
    later = store.ask(lambda view: reported(view, METER, now=START + 42 * DAY, within_days=30))
    assert [one.customer for one in later] == ["bolt"]
