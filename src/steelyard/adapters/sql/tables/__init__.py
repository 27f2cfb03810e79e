"""Every type that is kept as state, one file for each room that keeps any."""

from typing import Any

from steelyard.adapters.sql.registry import RecordTable, Registry
from steelyard.adapters.sql.tables import access, billing, catalog, contracts, ledger, metering, retention

TABLES: tuple[RecordTable[Any], ...] = (
    *access.TABLES,
    *ledger.TABLES,
    *metering.TABLES,
    *catalog.TABLES,
    *contracts.TABLES,
    *billing.TABLES,
    *retention.TABLES,
)

REGISTRY = Registry(TABLES)

__all__ = ["REGISTRY", "TABLES"]
