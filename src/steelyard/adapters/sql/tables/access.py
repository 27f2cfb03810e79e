"""What access keeps: keys, sessions and invitations by the hash of their secret; people, reviews, deeds."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from steelyard.access import ApiKey, ConsentUse, Credential, Deed, Invitation, Person, Review, Session
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
    RecordTable(type=Credential, key=attrgetter("person"), erasable=True),
    RecordTable(
        type=Invitation,
        key=attrgetter("id"),
        columns={"hash": attrgetter("hash"), "customer": attrgetter("customer")},
    ),
    RecordTable(
        type=Session,
        key=attrgetter("id"),
        columns={"hash": attrgetter("hash"), "by": attrgetter("by")},
    ),
    RecordTable(
        type=Deed,
        key=attrgetter("id"),
        columns={name: attrgetter(name) for name in ("by", "did", "about")},
    ),
    RecordTable(type=ConsentUse, key=attrgetter("review")),
    RecordTable(
        type=Review,
        key=attrgetter("id"),
        columns={name: attrgetter(name) for name in ("about", "digest", "requested_by")},
    ),
)
