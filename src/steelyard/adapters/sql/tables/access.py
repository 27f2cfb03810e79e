"""What access keeps: API keys by the hash of their secret, people by e-mail address, reviews by content."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from steelyard.access import ApiKey, Person, Review
from steelyard.adapters.sql.registry import RecordTable

TABLES: tuple[RecordTable[Any], ...] = (
    RecordTable(
        type=ApiKey,
        key=attrgetter("id"),
        columns={"hash": attrgetter("hash"), "customer": attrgetter("customer")},
    ),
    RecordTable(
        type=Person,
        key=attrgetter("id"),
        columns={name: attrgetter(name) for name in ("email", "customer", "deputy")},
    ),
    RecordTable(
        type=Review,
        key=attrgetter("id"),
        columns={name: attrgetter(name) for name in ("about", "digest", "requested_by")},
    ),
)
