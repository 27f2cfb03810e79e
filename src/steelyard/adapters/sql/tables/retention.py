"""What retention and the record keep: the policy, legal holds, erasures, and changes of the record's key."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from steelyard.adapters.sql.registry import RecordTable
from steelyard.billing.retention import LegalHold, RetentionPolicy
from steelyard.record.erasure import Erasure
from steelyard.record.rotation import KeyRotation

TABLES: tuple[RecordTable[Any], ...] = (
    RecordTable(type=RetentionPolicy, key=attrgetter("key")),
    RecordTable(type=LegalHold, key=attrgetter("id"), columns={"customer": attrgetter("customer")}),
    RecordTable(type=Erasure, key=attrgetter("id"), columns={"customer": attrgetter("customer")}),
    RecordTable(type=KeyRotation, key=lambda rotation: f"{rotation.number:06}"),
)
