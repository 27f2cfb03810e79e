"""What the store answers as if entries were recorded, and that nothing of it stays."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from steelyard.adapters.duckdb import DuckUsageStore
from steelyard.kernel import Period, micros
from steelyard.metering import (
    Aggregation,
    BackfillAction,
    Backfilled,
    Corrected,
    CorrectionAction,
    Meter,
    Range,
    UsageEvent,
    Window,
    payload_of,
)
from steelyard.metering.changes import carried
from steelyard.record import WORKSPACE_CHAIN, Kind
from tests.memory_record import MemoryRecord

OCTOBER = Period.month(2026, 10)
METER = Meter(key="tokens", event_types=("call", "brandnew"), aggregation=Aggregation.SUM, value="$.n")


def event(id: str, n: int, *, backfill: str = "", type: str = "call") -> UsageEvent:
    data = msgspec.Raw(b'{"n":%d}' % n)
    return UsageEvent(
        source="s", id=id, type=type, time=micros(OCTOBER.start), subject="acme", data=data, backfill=backfill
    )


def correction(action: str, of: int, new: UsageEvent) -> tuple[Kind, str, bytes]:
    said = Corrected(
        action=CorrectionAction(action),
        source="s",
        id="1",
        of=of,
        leaf="",
        after=of,
        event=carried(new),
        by="k",
        reason="r",
    )
    return Kind.CORRECTION, "acme", payload_of(said)


@pytest.fixture
def store() -> DuckUsageStore:
    record = MemoryRecord()
    record.append_events([("acme", event("1", 10)), ("acme", event("2", 5)), ("globex", event("3", 1))])
    record.append([WORKSPACE_CHAIN], [b'{"body":{},"what":"backfill"}'], Kind.BACKFILL)
    record.append_events([("acme", event("4", 100, backfill="bf"))])
    store = DuckUsageStore(None)
    store.define([METER])
    store.catch_up(record)
    return store


def total(store: object) -> Decimal:
    rows = store.quantities("tokens", OCTOBER, customers=["acme"])  # type: ignore[attr-defined]
    return rows[0].quantity if rows else Decimal(0)


def test_an_amendment_is_seen_as_if_and_is_gone_afterwards(store: DuckUsageStore) -> None:
    before = store.dump()
    with store.as_if(customers=["acme"]) as changed:
        assert total(changed) == 15
        changed.record([correction("amend", 0, event("1", 7, type="brandnew"))])
        assert total(changed) == 12
        assert total(store) == 15
        assert len(changed.quantities("tokens", OCTOBER, window=Window.DAY)) == 1
    assert total(store) == 15
    assert store.dump() == before


def test_a_commit_is_seen_as_if_and_again_and_again(store: DuckUsageStore) -> None:
    ranges = (Range(period=OCTOBER), Range(period=OCTOBER, customer="acme"))
    said = Backfilled(id="bf", action=BackfillAction.COMMIT, deprecate=ranges, upto=3, by="k", reason="r")
    (one, two) = store.affected("bf", ranges, 3)
    assert (one.customer, one.brought, one.set_aside) == ("acme", 1, 2)
    assert (two.customer, two.brought, two.set_aside) == ("globex", 0, 1)
    for _ in range(2):
        with store.as_if(customers=["acme"]) as changed:
            changed.record([(Kind.BACKFILL, "acme", payload_of(said))])
            assert total(changed) == 100
        with store.as_if(customers=["acme"], period=OCTOBER) as same:
            same.record([])
            assert total(same) == 15


def test_an_exception_inside_leaves_the_store_as_it_was(store: DuckUsageStore) -> None:
    def fail_inside() -> None:
        with store.as_if(customers=["acme"]) as changed:
            changed.record([correction("void", 0, event("1", 0))])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_inside()
    assert total(store) == 15
