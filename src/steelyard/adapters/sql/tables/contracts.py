"""What contracts keeps: customers, subscriptions and contracts."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from steelyard.adapters.sql.registry import RecordTable
from steelyard.contracts import Contract, Customer, DiscountSlots, Redemption, Subscription
from steelyard.contracts.migration import Migration
from steelyard.contracts.notices import CustomerNotice

TABLES: tuple[RecordTable[Any], ...] = (
    RecordTable(
        type=Customer,
        key=attrgetter("key"),
        columns={"parent": attrgetter("parent")},
    ),
    RecordTable(
        type=Subscription,
        key=attrgetter("id"),
        columns={"customer": attrgetter("customer"), "plan": attrgetter("plan")},
    ),
    RecordTable(type=Contract, key=attrgetter("id"), columns={"customer": attrgetter("customer")}),
    RecordTable(
        type=Redemption,
        key=attrgetter("id"),
        columns={
            "customer": attrgetter("customer"),
            "discount": attrgetter("discount"),
            "subscription": attrgetter("subscription"),
        },
    ),
    RecordTable(type=DiscountSlots, key=attrgetter("key")),
    RecordTable(type=Migration, key=attrgetter("id")),
    RecordTable(
        type=CustomerNotice,
        key=attrgetter("id"),
        columns={name: attrgetter(name) for name in ("customer", "about", "state")},
    ),
)
