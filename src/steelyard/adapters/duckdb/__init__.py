"""The usage store on DuckDB, one file beside the record.

Owns: the tables of events and entries, how payloads become columns, usage queries, the folding thread.
Does not own: what a meter means (`metering.reading` and `metering.aggregate` say that), the record.

Invariants: the position moves in the same transaction as the rows; every answer equals the reference's;
names from outside are compared as bound values and never become SQL.
"""

from steelyard.adapters.duckdb.damage import drop_files
from steelyard.adapters.duckdb.following import Follower
from steelyard.adapters.duckdb.readings import MeterReading, new_readings, newest_of, past_values, reported
from steelyard.adapters.duckdb.scoring import MeterVitals, TypeFit, meter_vitals, type_fits
from steelyard.adapters.duckdb.store import DuckUsageStore
from steelyard.adapters.duckdb.vital_signs import MeterSigns, TypeSigns, held_by_type, meter_signs, type_signs
from steelyard.adapters.duckdb.waiting import (
    WaitingFor,
    WaitingGroup,
    waiting_count,
    waiting_groups,
    waiting_indexes,
)

__all__ = [
    "DuckUsageStore",
    "Follower",
    "MeterReading",
    "MeterSigns",
    "MeterVitals",
    "TypeFit",
    "TypeSigns",
    "WaitingFor",
    "WaitingGroup",
    "drop_files",
    "held_by_type",
    "meter_signs",
    "meter_vitals",
    "new_readings",
    "newest_of",
    "past_values",
    "reported",
    "type_fits",
    "type_signs",
    "waiting_count",
    "waiting_groups",
    "waiting_indexes",
]
