"""Metering: from what a client sent to a quantity per customer, meter and period.

Owns: usage events and how they are read from the wire; admission (what is refused, whom an event belongs
to); meters and how their quantities are computed; the ports of the directory of subjects and the usage store.
Does not own: prices, customers, where events are kept.

Invariants: an admitted event can be folded by every engine, exactly; one bad event never fails its batch; a
quantity does not depend on the order in which events arrived; numbers are `Decimal`, never `float`.
"""

from steelyard.metering.answers import (
    CostRow,
    EventRow,
    EventStatus,
    QuantityRow,
    StoreCounts,
    Window,
)
from steelyard.metering.model import (
    FREE_DIMENSIONS,
    NO_DATA,
    RESERVED_DIMENSIONS,
    WHOLE_REQUEST,
    Aggregation,
    EventClass,
    EventType,
    Filter,
    FilterOp,
    Meter,
    Quantity,
    RefusalCode,
    Refused,
    UsageEvent,
)
from steelyard.metering.paths import engine_path, parse_path
from steelyard.metering.ports import BundleSource, SubjectDirectory, UsageStore

__all__ = [
    "FREE_DIMENSIONS",
    "NO_DATA",
    "RESERVED_DIMENSIONS",
    "WHOLE_REQUEST",
    "Aggregation",
    "BundleSource",
    "CostRow",
    "EventClass",
    "EventRow",
    "EventStatus",
    "EventType",
    "Filter",
    "FilterOp",
    "Meter",
    "Quantity",
    "QuantityRow",
    "RefusalCode",
    "Refused",
    "StoreCounts",
    "SubjectDirectory",
    "UsageEvent",
    "UsageStore",
    "Window",
    "engine_path",
    "parse_path",
]
