"""The record in SQLite: one writer with group commit, a reader that proves, and what makes both quick.

Owns: the table `bundle` of `DIR/steelyard.sqlite`, the writer's thread and transaction, the projections
beside it (`DIR/record.tail`, `DIR/dedup/`); apart from the record, the list of refused events, what
event data looks like, and who tried to sign in (`DIR/quality.sqlite`).
Does not own: state rows (`adapters.sql`, which works inside this writer's transaction), what entries mean.

Invariants: a write is answered only after it is durable; memory never runs ahead of the file; projections
can be deleted at any time while no process has the folder open.
"""

from steelyard.adapters.sqlite.profiles import ProfileLog
from steelyard.adapters.sqlite.reader import RecordReader, newest_checkpoint
from steelyard.adapters.sqlite.rejected import RejectedLog
from steelyard.adapters.sqlite.schema import DATABASE_FILE
from steelyard.adapters.sqlite.submission import SenderNotes
from steelyard.adapters.sqlite.tail import drop_snapshot
from steelyard.adapters.sqlite.tries import TriesLog
from steelyard.adapters.sqlite.verify import verify_record
from steelyard.adapters.sqlite.writer import RecordWriter, clock_micros

__all__ = [
    "DATABASE_FILE",
    "ProfileLog",
    "RecordReader",
    "RecordWriter",
    "RejectedLog",
    "SenderNotes",
    "TriesLog",
    "clock_micros",
    "drop_snapshot",
    "newest_checkpoint",
    "verify_record",
]
