"""What metering keeps: the last correction and attribution of each event that has any, and the rules."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from steelyard.adapters.sql.registry import RecordTable
from steelyard.metering import Attributed, AttributionRule, Corrected

TABLES: tuple[RecordTable[Any], ...] = (
    RecordTable(type=Corrected, key=attrgetter("key"), columns={"action": attrgetter("action")}),
    RecordTable(type=Attributed, key=attrgetter("key"), columns={"rule": attrgetter("rule")}),
    RecordTable(type=AttributionRule, key=attrgetter("id"), columns={"customer": attrgetter("customer")}),
)
