"""A bundle: the entries of one group commit, in columns, as they lie in the store.

The layout is made for speed in both directions: payloads are one block with 32-bit offsets (an Arrow
string column without a copy), customers are a dictionary with codes, and what follows from the rest is
not stored: a chain's sequence numbers and predecessors are kept once for each customer of the bundle,
at its first entry here, and derived for the others.

    magic "SYB1" · count u32 · recorded_at i64 · customers u32 · name bytes u32 ·
    payload bytes u32 · erased u32
    first_seq u64[customers] · payload offsets u32[count+1] · codes u32[count] · name offsets u32[customers+1]
    erased positions u32[erased]
    kinds u8[count] · first_prev 32[customers] · salts 16[count] · leaves 32[count] · names · payloads

All numbers are little endian; nothing follows the payloads. An erased entry has sixteen zeros for its salt,
and in place of its payload the 32 bytes of its commitment, by which its leaf still verifies.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from steelyard.kernel.errors import DamagedRecord
from steelyard.record.model import Entry, Kind

Column = npt.NDArray[Any]

MAGIC: Final = b"SYB1"
PREFIX: Final = struct.Struct("<4sIqIIII")
COMMITMENT_BYTES: Final = 32
LEAF_BYTES: Final = 32


class Bundle:
    """The entries of one group commit: durable, with the signed checkpoint of the tree after them.

    Columns are read-only views of the stored bytes. `codes[i]` is the position in `customers` of entry
    i's customer; `payloads[offsets[i]:offsets[i + 1]]` is its payload, or its commitment where i is among
    the positions in `erased`.
    """

    __slots__ = (
        "_chain",
        "_customers",
        "_names",
        "checkpoint",
        "codes",
        "count",
        "data",
        "erased",
        "first_index",
        "first_prevs",
        "first_seqs",
        "kinds",
        "leaves",
        "offsets",
        "payloads",
        "recorded_at",
        "salts",
    )

    def __init__(self, *, first_index: int, count: int, data: bytes | memoryview, checkpoint: str) -> None:
        """Reads the columns of stored bytes; raises DamagedRecord when they do not have that shape."""
        magic, stored_count, recorded_at, customers, name_bytes, payload_bytes, erased = _prefix(data)
        place = PREFIX.size

        def take(size: int) -> int:
            nonlocal place
            start, place = place, place + size
            return start

        seqs_at, offsets_at, codes_at = take(8 * customers), take(4 * count + 4), take(4 * count)
        name_offsets_at, erased_at = take(4 * customers + 4), take(4 * erased)
        kinds_at, prevs_at = take(count), take(32 * customers)
        salts_at, leaves_at, names_at = take(16 * count), take(32 * count), take(name_bytes)
        payloads_at = take(payload_bytes)
        if magic != MAGIC or stored_count != count or place != len(data) or count < 1:
            raise DamagedRecord(f"the bundle at entry {first_index} does not have the shape of a bundle")
        view = memoryview(data)
        self.data, self.first_index, self.count, self.checkpoint = data, first_index, count, checkpoint
        self.recorded_at: int = recorded_at
        self.first_seqs: Column = np.frombuffer(data, "<u8", customers, seqs_at)
        self.offsets: Column = np.frombuffer(data, "<u4", count + 1, offsets_at)
        self.codes: Column = np.frombuffer(data, "<u4", count, codes_at)
        name_offsets: Column = np.frombuffer(data, "<u4", customers + 1, name_offsets_at)
        self.erased: Column = np.frombuffer(data, "<u4", erased, erased_at)
        self.kinds: Column = np.frombuffer(data, "u1", count, kinds_at)
        self.first_prevs = view[prevs_at:salts_at]
        self.salts = view[salts_at:leaves_at]
        self.leaves = view[leaves_at:names_at]
        self.payloads = view[payloads_at:]
        self._names = (name_offsets, view[names_at:payloads_at])
        self._customers: list[str] | None = None
        self._chain: tuple[Column, Column] | None = None
        self._refuse_wrong_offsets(customers, name_bytes, payload_bytes)
        if erased:
            self._refuse_wrong_erasures()

    def _refuse_wrong_offsets(self, customers: int, name_bytes: int, payload_bytes: int) -> None:
        for offsets, total in ((self.offsets, payload_bytes), (self._names[0], name_bytes)):
            if offsets[0] != 0 or offsets[-1] != total or (offsets[1:] < offsets[:-1]).any():
                raise DamagedRecord(f"the bundle at entry {self.first_index} has offsets out of order")
        if customers < 1 or int(self.codes.max()) >= customers:
            raise DamagedRecord(f"the bundle at entry {self.first_index} names a customer it does not list")

    def _refuse_wrong_erasures(self) -> None:
        erased = self.erased.astype(np.int64)
        in_order = bool((np.diff(erased) > 0).all()) and int(erased[-1]) < self.count
        if in_order:
            lengths = self.offsets[erased + 1].astype(np.int64) - self.offsets[erased]
            salts = np.frombuffer(self.salts, "V16")[erased].tobytes()
            in_order = bool((lengths == COMMITMENT_BYTES).all()) and not any(salts)
        if not in_order:
            message = f"the bundle at entry {self.first_index} has erased entries of another form"
            raise DamagedRecord(message)

    @property
    def end(self) -> int:
        """The index after the last entry: the size of the record with this bundle."""
        return self.first_index + self.count

    @property
    def customers(self) -> list[str]:
        """The customers of this bundle, in the order in which they first appear."""
        if self._customers is None:
            offsets, names = self._names
            bounds: list[int] = offsets.tolist()
            try:
                self._customers = [
                    str(names[start:stop], "utf-8") for start, stop in itertools.pairwise(bounds)
                ]
            except UnicodeDecodeError:
                message = f"the bundle at entry {self.first_index} has an unreadable customer"
                raise DamagedRecord(message) from None
        return self._customers

    @property
    def seqs(self) -> Column:
        """The customer_seq of each entry (u64)."""
        return self._chains()[0]

    @property
    def predecessors(self) -> Column:
        """For each entry the position here of the previous entry of its chain; -1 when that is earlier."""
        return self._chains()[1]

    def _chains(self) -> tuple[Column, Column]:
        if self._chain is None:
            ranks, before = chain_positions(self.codes, len(self.first_seqs))
            self._chain = (self.first_seqs[self.codes] + ranks, before)
        return self._chain

    def positions_of(self, *kinds: Kind) -> list[int]:
        """The positions of the entries of these kinds, in order; quick where there are none of them."""
        stored = self.kinds.tobytes()
        present = [kind for kind in kinds if kind in stored]
        return np.flatnonzero(np.isin(self.kinds, present)).tolist() if present else []

    def payload_at(self, position: int) -> bytes:
        """The payload of the entry at this position (0 = the bundle's first); empty where it was erased."""
        return b"" if self.is_erased(position) else self._stored_at(position)

    def _stored_at(self, position: int) -> bytes:
        return bytes(self.payloads[int(self.offsets[position]) : int(self.offsets[position + 1])])

    def payload_list(self) -> list[bytes]:
        """The payloads of all entries; empty where they were erased."""
        payloads = self.stored_list()
        for position in self.erased.tolist():
            payloads[position] = b""
        return payloads

    def stored_list(self) -> list[bytes]:
        """What is stored of all entries: payloads, and the commitments of erased ones."""
        payloads, bounds = bytes(self.payloads), self.offsets.tolist()
        return [payloads[start:stop] for start, stop in itertools.pairwise(bounds)]

    def is_erased(self, position: int) -> bool:
        """Whether salt and payload of the entry at this position were erased."""
        if not len(self.erased):
            return False
        place = int(np.searchsorted(self.erased, position))
        return place < len(self.erased) and int(self.erased[place]) == position

    def leaf_at(self, position: int) -> bytes:
        """The public leaf of the entry at this position."""
        return bytes(self.leaves[32 * position : 32 * position + 32])

    def prev_list(self) -> list[bytes]:
        """For each customer of the bundle the leaf before its first entry here."""
        prevs = bytes(self.first_prevs)
        return [prevs[at : at + LEAF_BYTES] for at in range(0, len(prevs), LEAF_BYTES)]

    def prev_at(self, position: int) -> bytes:
        """The leaf of the previous entry of the same chain; 32 zero bytes when there is none."""
        before = int(self.predecessors[position])
        if before >= 0:
            return self.leaf_at(before)
        code = int(self.codes[position])
        return bytes(self.first_prevs[32 * code : 32 * code + 32])

    def entry_at(self, position: int) -> Entry:
        """The entry at this position, whole; of an erased one its commitment."""
        erased = self.is_erased(position)
        return Entry(
            index=self.first_index + position,
            kind=Kind(int(self.kinds[position])),
            customer=self.customers[int(self.codes[position])],
            customer_seq=int(self.seqs[position]),
            customer_prev=self.prev_at(position),
            recorded_at=self.recorded_at,
            salt=b"" if erased else bytes(self.salts[16 * position : 16 * position + 16]),
            payload=b"" if erased else self._stored_at(position),
            erased=self._stored_at(position) if erased else b"",
        )


def _prefix(data: bytes | memoryview) -> tuple[bytes, int, int, int, int, int, int]:
    if len(data) < PREFIX.size:
        raise DamagedRecord("a bundle is shorter than its own beginning")
    return PREFIX.unpack_from(data)


def chain_positions(codes: Column, customers: int) -> tuple[Column, Column]:
    """For each entry its rank among the entries of its customer, and the position of the one before.

    >>> ranks, before = chain_positions(np.array([0, 1, 0, 0], dtype=np.uint32), 2)
    >>> ranks.tolist(), before.tolist()
    ([0, 0, 1, 2], [-1, -1, 0, 2])
    """
    count = len(codes)
    # Sorting 16-bit numbers is a radix sort, several times faster than sorting 32-bit ones.
    order = np.argsort(codes.astype(np.uint16) if customers <= 65536 else codes, kind="stable")
    grouped = codes[order]
    is_first = np.empty(count, dtype=bool)
    is_first[0] = True
    np.not_equal(grouped[1:], grouped[:-1], out=is_first[1:])
    positions = np.arange(count, dtype=np.int64)
    starts = np.maximum.accumulate(np.where(is_first, positions, 0))
    ranks = np.empty(count, dtype=np.uint64)
    ranks[order] = (positions - starts).astype(np.uint64)
    before = np.empty(count, dtype=np.int64)
    before[order[1:]] = np.where(is_first[1:], -1, order[:-1])
    before[order[0]] = -1
    return ranks, before


def encode_bundle(
    *,
    recorded_at: int,
    kinds: bytes,
    codes: Column,
    names: Sequence[bytes],
    firsts: tuple[Column, Sequence[bytes]],
    salts: bytes,
    leaves: Sequence[bytes],
    payloads: Sequence[bytes],
) -> bytes:
    """The stored bytes of a bundle; the exact inverse of reading one.

    `firsts` holds, for each customer, the sequence number and the predecessor of its first entry here.

    >>> data = encode_bundle(
    ...     recorded_at=5,
    ...     kinds=bytes([1]),
    ...     codes=np.zeros(1, np.uint32),
    ...     names=[b"acme"],
    ...     firsts=(np.zeros(1), [bytes(32)]),
    ...     salts=bytes(16),
    ...     leaves=[bytes(32)],
    ...     payloads=[b"{}"],
    ... )
    >>> Bundle(first_index=0, count=1, data=data, checkpoint="").entry_at(0).customer
    'acme'
    """
    first_seqs, first_prevs = firsts
    offsets, name_offsets = _offsets(payloads), _offsets(names)
    sizes = (len(names), int(name_offsets[-1]), int(offsets[-1]), 0)
    parts = [
        PREFIX.pack(MAGIC, len(payloads), recorded_at, *sizes),
        first_seqs.astype("<u8", copy=False).tobytes(),
        offsets.tobytes(),
        codes.astype("<u4", copy=False).tobytes(),
        name_offsets.tobytes(),
        kinds,
        *first_prevs,
        salts,
        *leaves,
        *names,
        *payloads,
    ]
    return b"".join(parts)


def with_leaves(data: bytes, leaves: bytes) -> bytes:
    """The stored bytes of a bundle with these in the place of its leaves; the count must be the same."""
    _, count, _, _, name_bytes, payload_bytes, _ = _prefix(data)
    end = len(data) - name_bytes - payload_bytes
    if len(leaves) != LEAF_BYTES * count:
        raise ValueError(f"{count} entries have other than {len(leaves)} bytes of leaves")
    view = memoryview(data)
    return b"".join((view[: end - len(leaves)], leaves, view[end:]))


def _offsets(items: Sequence[bytes]) -> Column:
    offsets = np.zeros(len(items) + 1, dtype="<u4")
    np.cumsum(np.fromiter(map(len, items), dtype=np.uint32, count=len(items)), out=offsets[1:])
    return offsets
