"""What metering keeps: the last correction and attribution of each event, rules, backfills, outcomes."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from steelyard.adapters.sql.registry import RecordTable
from steelyard.metering import Anomaly, Attributed, AttributionRule, Backfill, Corrected
from steelyard.metering.outcomes import Outcome
from steelyard.metering.reconciliation import Reconciliation

TABLES: tuple[RecordTable[Any], ...] = (
    RecordTable(
        type=Corrected, key=attrgetter("key"), columns={"action": attrgetter("action")}, erasable=True
    ),
    RecordTable(type=Attributed, key=attrgetter("key"), columns={"rule": attrgetter("rule")}, erasable=True),
    RecordTable(
        type=Anomaly,
        key=attrgetter("place"),
        columns={
            "meter": attrgetter("meter"),
            "customer": attrgetter("customer"),
            "kind": attrgetter("kind"),
            "action": attrgetter("action"),
        },
        erasable=True,
    ),
    RecordTable(type=AttributionRule, key=attrgetter("id"), columns={"customer": attrgetter("customer")}),
    RecordTable(type=Backfill, key=attrgetter("id"), columns={"status": attrgetter("status")}),
    RecordTable(
        type=Outcome,
        key=attrgetter("id"),
        columns={name: attrgetter(name) for name in ("customer", "status", "type")},
        erasable=True,
        answered=True,
    ),
    RecordTable(type=Reconciliation, key=attrgetter("id"), columns={"ok": attrgetter("ok")}),
)
