"""The state in SQL tables: rows that commit with the entries that tell of them, and can be checked by them.

Owns: the tables (one for each registered record type), reading (`StateStore`), writing inside the record
writer's transaction (`SqlStateWriter`), and the check of the rows against the record (`check_state`).
Does not own: when something is written, and what a record means.

Invariants: a row's `body` is the canonical JSON of its record, byte for byte the body of the entry whose
index is the row's `version`; the searchable columns are derived from the same record; nothing is deleted.
The dialect is SQLite; statements are built with SQLAlchemy Core, so that PostgreSQL is another engine and
another `dialect`, not another store.
"""

from steelyard.adapters.sql.checking import check_state
from steelyard.adapters.sql.registry import RecordTable, Registry
from steelyard.adapters.sql.schema import STATE_SCHEMA_VERSION, create_schema, prepare_state
from steelyard.adapters.sql.store import StateStore, sqlite_engine
from steelyard.adapters.sql.tables import REGISTRY
from steelyard.adapters.sql.writer import SqlStateWriter

__all__ = [
    "REGISTRY",
    "STATE_SCHEMA_VERSION",
    "RecordTable",
    "Registry",
    "SqlStateWriter",
    "StateStore",
    "check_state",
    "create_schema",
    "prepare_state",
    "sqlite_engine",
]
