"""The record's nouns: what is written (`Write`), what is answered (`Written`), what one entry is (`Entry`).

A `Write` is everything one decision wants to happen together: entries for the record, state rows that the
entries tell of, and the preconditions under which that is still right.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from enum import IntEnum, unique
from typing import Final

import msgspec

WORKSPACE_CHAIN: Final = "$workspace"
"""The chain of entries that belong to no customer, such as a published catalog."""

UNATTRIBUTED: Final = "$unattributed"
"""The chain of usage whose customer is not known yet."""

QUARANTINED: Final = "$quarantined"
"""The chain of usage that was set aside because it does not look as its type should; it counts for nobody."""

NO_PREVIOUS: Final = bytes(32)
"""What the first entry of a chain names as its predecessor."""

SALT_BYTES: Final = 16

HEADER: Final = struct.Struct(">BBQQq")
"""Version, kind, index, customer_seq, recorded_at; the predecessor (32 bytes) and the customer follow."""

HEADER_VERSION: Final = 1


@unique
class Kind(IntEnum):
    """What an entry tells of; the number is part of the record and never changes its meaning."""

    USAGE = 1
    CATALOG = 2
    CUSTOMER = 3
    SUBSCRIPTION = 4
    INVOICE = 5
    ACCESS = 6
    ATTRIBUTION = 7
    JOURNAL = 8
    CONTRACT = 9
    DECISION = 10
    APPROVAL = 11
    WORKSPACE = 12
    CORRECTION = 13
    BACKFILL = 14
    ERASURE = 15
    KEY_ROTATION = 16
    OUTCOME = 17
    CREDIT = 18
    MIGRATION = 19
    ANOMALY = 20
    SENDER = 21


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One entry of the record, as it was stored.

    `recorded_at` is microseconds since 1970 (UTC). `customer_prev` is the leaf of the previous entry of
    the same customer's chain, so that a customer can see that nothing was left out. `erased` is the
    commitment of an entry whose salt and payload were erased (then both are empty), else empty.
    """

    index: int
    kind: Kind
    customer: str
    customer_seq: int
    customer_prev: bytes
    recorded_at: int
    salt: bytes
    payload: bytes
    erased: bytes = b""

    def header(self) -> bytes:
        """The private header: everything of the entry but its payload, in canonical bytes (big endian).

        >>> entry = Entry(
        ...     index=0,
        ...     kind=Kind.USAGE,
        ...     customer="acme",
        ...     customer_seq=0,
        ...     customer_prev=NO_PREVIOUS,
        ...     recorded_at=1,
        ...     salt=bytes(16),
        ...     payload=b"{}",
        ... )
        >>> entry.header()[:2], entry.header()[-4:], len(entry.header())
        (b'\\x01\\x01', b'acme', 62)
        """
        fixed = HEADER.pack(HEADER_VERSION, self.kind, self.index, self.customer_seq, self.recorded_at)
        return fixed + self.customer_prev + self.customer.encode()

    def commitment(self) -> bytes:
        """What binds the entry to its payload without showing it: SHA-256(salt ‖ payload)."""
        return self.erased or hashlib.sha256(self.salt + self.payload).digest()

    def leaf(self) -> bytes:
        """The public 32 bytes of this entry in the tree: SHA-256(header ‖ commitment)."""
        return hashlib.sha256(self.header() + self.commitment()).digest()


class Batch(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Entries of one kind to be recorded: one customer chain and one payload for each.

    `keys` are deduplication keys (source, U+001F, id), one for each payload; None when these entries are
    never deduplicated. Payloads are the canonical bytes that the entry stands for.
    """

    kind: Kind
    customers: list[str]
    payloads: list[bytes]
    keys: list[bytes] | None = None


class Save(msgspec.Struct, frozen=True, kw_only=True):
    """A state record to store, and which entry tells of it.

    `told_by` is a position in the flattened entries of the same `Write`; the index of that entry becomes
    the row's version.
    """

    record: object
    told_by: int = 0


class Expect(msgspec.Struct, frozen=True, kw_only=True):
    """A precondition: the row of this type and key has this version; None means that there is no such row."""

    type: type
    key: str
    version: int | None


class Idempotency(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A client's idempotency key, the SHA-256 of its request, and the answer to give when it comes again."""

    key: str
    request_hash: bytes
    answer: bytes


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """What shall happen together or not at all: entries, the rows they tell of, and the preconditions.

    `sender` is the key with which its usage events came; the writer notes where that changes.
    """

    batches: tuple[Batch, ...]
    rows: tuple[Save, ...] = ()
    expect: tuple[Expect, ...] = ()
    idempotency: Idempotency | None = None
    sender: str = ""

    @property
    def entry_count(self) -> int:
        """How many entries this would add if none of them were known already.

        >>> Write(batches=(Batch(kind=Kind.USAGE, customers=["a"], payloads=[b"1"]),)).entry_count
        1
        """
        return sum(len(batch.payloads) for batch in self.batches)


class Written(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What became of a `Write`: durable, in the tree, receipted.

    `indexes` has one entry index for each position of the flattened batches. A position in `duplicates`
    was recorded before with the same content; one in `conflicts` has the key of an earlier entry and other
    content, and was not stored: for both the index is that of the earlier entry. `recorded_at` is in
    microseconds since 1970, `size` the number of entries in the record afterwards.
    """

    indexes: Sequence[int]
    duplicates: frozenset[int] = frozenset()
    conflicts: frozenset[int] = frozenset()
    recorded_at: int
    size: int
