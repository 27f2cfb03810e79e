"""What access keeps: API keys, found by the hash of the secret that somebody shows."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from steelyard.access import ApiKey
from steelyard.adapters.sql.registry import RecordTable

TABLES: tuple[RecordTable[Any], ...] = (
    RecordTable(
        type=ApiKey,
        key=attrgetter("id"),
        columns={"hash": attrgetter("hash"), "customer": attrgetter("customer")},
    ),
)
