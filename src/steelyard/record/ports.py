"""What the record needs from outside, and what other rooms may ask of it.

`State` and `StateWriter` are implemented over SQL tables, `RecordWriter` and `RecordReader` over the
record's store, `Signer` over a key file or a hardware module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from steelyard.record.bundle import Bundle
from steelyard.record.model import Entry, Expect, Idempotency, Write, Written

T = TypeVar("T")

Subscriber = Callable[[Bundle], None]
"""Called in the writer's thread with each bundle once it is durable and before its writes are answered."""


class Signer(Protocol):
    """A private key that signs checkpoints, and the verifier key that belongs to it."""

    @property
    def vkey(self) -> str:
        """The public verifier key as C2SP text: `name+hash+base64`."""
        ...

    @property
    def name(self) -> str:
        """The name of the key, which is also the origin of the record's checkpoints."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the Ed25519 signature of the message."""
        ...


class StateWriter(Protocol):
    """Writes state rows inside the record writer's own transaction.

    `connection` is the writer's raw database connection; an implementation neither begins nor commits.
    """

    def check(self, connection: Any, expects: Sequence[Expect]) -> None:
        """Raises Conflict `changed_meanwhile` when a row's version is not the expected one."""
        ...

    def apply(self, connection: Any, saves: Sequence[tuple[object, int]]) -> None:
        """Stores each record with its version: the index of the entry that tells of it."""
        ...

    def forget(self, connection: Any, indexes: Sequence[int]) -> None:
        """Deletes the rows that repeat what these erased entries told."""
        ...

    def remember(self, connection: Any, idempotency: Idempotency) -> None:
        """Stores the answer under its key; raises Conflict `idempotency_conflict` when the key is taken."""
        ...


class State(Protocol):
    """Reads state records: the rows that commit together with the entries that tell of them."""

    def get(self, type: type[T], key: str) -> T | None:
        """The record of this type and key, or None."""
        ...

    def version(self, type: type[Any], key: str) -> int | None:
        """The index of the entry that last told of this record, or None when there is none."""
        ...

    def find(
        self, type: type[T], /, *, limit: int | None = None, after: str | None = None, **columns: Any
    ) -> list[T]:
        """Records whose searchable columns equal these, ordered by key, after the key given."""
        ...

    def columns(self, type: type[Any], /, *names: str, **columns: Any) -> list[tuple[str | None, ...]]:
        """Only these searchable columns, as text, of the records with those columns, by key."""
        ...

    def count(self, type: type[Any], /, **columns: Any) -> int:
        """How many records of this type have these columns."""
        ...

    def idempotent_answer(self, key: str) -> tuple[bytes, bytes] | None:
        """The request hash and the answer stored under an idempotency key, or None."""
        ...


class Outcome(Protocol):
    """What a submitted write will come to; a `concurrent.futures.Future` is one."""

    def result(self, timeout: float | None = None) -> Written:
        """What became of the write, waiting for it; raises what the write was refused with."""
        ...


class RecordWriter(Protocol):
    """Appends to the record: durable, deduplicated, receipted."""

    @property
    def subscribers(self) -> list[Subscriber]:
        """Who is told of each bundle after it is durable."""
        ...

    def submit(self, write: Write) -> Outcome:
        """The outcome to come; raises Unavailable at once when too many entries wait already."""
        ...

    async def awrite(self, write: Write) -> Written:
        """The outcome, awaited; raises what the write was refused with."""
        ...

    def find_entries(self, keys: Sequence[bytes]) -> list[int | None]:
        """For each deduplication key the index of the durable entry that has it; None where there is none."""
        ...

    def close(self) -> None:
        """Finishes what was submitted and lets go of the files."""
        ...


class RecordReader(Protocol):
    """Reads the record and proves what it says."""

    @property
    def size(self) -> int:
        """How many entries are durable."""
        ...

    @property
    def vkey(self) -> str:
        """The verifier key of the record's checkpoints."""
        ...

    def entry(self, index: int) -> Entry:
        """One entry; raises NotFound past the end."""
        ...

    def entries(self, indexes: Sequence[int]) -> list[Entry]:
        """Many entries, in the order asked."""
        ...

    def bundles(self, from_index: int = 0) -> Iterator[Bundle]:
        """The bundles from the one that holds this index (its earlier entries included) to the end."""
        ...

    def checkpoint(self, size: int | None = None) -> str:
        """The signed checkpoint of the tree at this size (default: the newest), as a signed note."""
        ...

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """The hashes that prove that an entry is in the tree of this size."""
        ...

    def consistency_proof(self, first: int, second: int | None = None) -> list[bytes]:
        """The hashes that prove that the tree of one size is a beginning of a later one."""
        ...

    def tile(self, level: int, n: int, width: int = 256) -> bytes:
        """A tile of the tree as tlog-tiles defines it: `width` hashes of 32 bytes."""
        ...

    def entry_bundle(self, n: int, width: int = 256) -> bytes:
        """The public leaves of a level-0 tile, each behind its 16-bit length."""
        ...

    def chain_head(self, customer: str) -> tuple[int, bytes] | None:
        """The sequence number and leaf of the newest entry of a customer's chain."""
        ...
