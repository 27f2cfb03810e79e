"""The record: the append-only, signed, publicly checkable account of everything that happened.

Owns: entries and their canonical bytes, the Merkle tree (RFC 6962/9162), signed notes, checkpoints, tiles
and proofs (C2SP), bundles, and the verification of a whole record.
Does not own: what an entry means (each room reads its own payloads), where bytes lie (`adapters.sqlite`),
keys (`adapters.keys`).

Invariants: an entry's index never changes; each customer's entries form an unbroken chain; every byte that
is stored is covered by a hash that ends in a signed checkpoint; the public leaf shows neither customer nor
payload.
"""

from steelyard.record.bundle import Bundle
from steelyard.record.model import (
    QUARANTINED,
    UNATTRIBUTED,
    WORKSPACE_CHAIN,
    Batch,
    Entry,
    Expect,
    Idempotency,
    Kind,
    Save,
    Write,
    Written,
)
from steelyard.record.ports import RecordReader, RecordWriter, Signer, State, StateWriter, Subscriber

__all__ = [
    "QUARANTINED",
    "UNATTRIBUTED",
    "WORKSPACE_CHAIN",
    "Batch",
    "Bundle",
    "Entry",
    "Expect",
    "Idempotency",
    "Kind",
    "RecordReader",
    "RecordWriter",
    "Save",
    "Signer",
    "State",
    "StateWriter",
    "Subscriber",
    "Write",
    "Written",
]
