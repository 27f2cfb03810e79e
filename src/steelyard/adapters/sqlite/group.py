"""A group: the writes that will be committed together, with their duplicates found and indexes assigned.

Everything here is tentative. Nothing outside the group changes until the group is durable, so a failed
commit leaves no trace in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from steelyard.adapters.sqlite.dedup import DedupIndex, KeyOf, hash_keys
from steelyard.adapters.sqlite.reader import RecordReader
from steelyard.record.model import Batch, Write

SameContent = Callable[[bytes, bytes], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where the entries of one write will be."""

    indexes: Sequence[int]
    duplicates: frozenset[int] = frozenset()
    conflicts: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Mark:
    count: int
    fresh: dict[int, int] | None
    collisions: int


@dataclass(slots=True)
class _Fates:
    """What became of the items of one write while they are looked at one by one."""

    indexes: list[int] = field(default_factory=list[int])
    duplicates: set[int] = field(default_factory=set[int])
    conflicts: set[int] = field(default_factory=set[int])


class Group:
    """The entries that will become one bundle."""

    def __init__(
        self, dedup: DedupIndex, reader: RecordReader, key_of: KeyOf, same_content: SameContent
    ) -> None:
        self._dedup, self._reader = dedup, reader
        self._key_of, self._same_content = key_of, same_content
        self.first_index = reader.size
        self.kinds = bytearray()
        self.customers: list[str] = []
        self.payloads: list[bytes] = []
        self.fresh: dict[int, int] = {}
        self.collisions: list[tuple[int, int]] = []
        self._hashes: dict[int, list[int]] = {}
        self._old: dict[int, list[int]] = {}

    @property
    def next_index(self) -> int:
        """The index that the next entry will have."""
        return self.first_index + len(self.payloads)

    def look_up(self, writes: Sequence[Write]) -> None:
        """Asks the runs on disk about all keys of the group at once."""
        self._dedup.settle()
        arrays = [np.empty(0, dtype=np.uint64)]
        for write in writes:
            for batch in write.batches:
                if batch.keys is not None:
                    self._hashes[id(batch)], array = hash_keys(batch.keys)
                    arrays.append(array)
        if len(arrays) > 1:
            self._old = self._dedup.find_old(np.concatenate(arrays))

    def mark(self, write: Write) -> _Mark:
        """The state to go back to when this write is refused after it was placed."""
        has_keys = any(batch.keys is not None for batch in write.batches)
        return _Mark(len(self.payloads), dict(self.fresh) if has_keys else None, len(self.collisions))

    def go_back(self, mark: _Mark) -> None:
        """Forgets what was placed since the mark."""
        del self.kinds[mark.count :], self.customers[mark.count :], self.payloads[mark.count :]
        del self.collisions[mark.collisions :]
        if mark.fresh is not None:
            self.fresh = mark.fresh

    def place(self, write: Write) -> Placed:
        """Gives each entry of the write its index, or that of the earlier entry with the same key."""
        if len(write.batches) == 1:
            quick = self._place_quickly(write.batches[0])
            if quick is not None:
                return Placed(indexes=quick)
        fates = _Fates()
        for batch in write.batches:
            quick = self._place_quickly(batch)
            if quick is not None:
                fates.indexes.extend(quick)
            else:
                self._place_one_by_one(batch, fates)
        return Placed(
            indexes=fates.indexes,
            duplicates=frozenset(fates.duplicates),
            conflicts=frozenset(fates.conflicts),
        )

    def _place_quickly(self, batch: Batch) -> range | None:
        """The indexes of a batch none of whose keys was seen before, or None when one may have been."""
        first, count = self.next_index, len(batch.payloads)
        indexes = range(first, first + count)
        if batch.keys is not None:
            fresh = dict(zip(self._hashes[id(batch)], indexes, strict=True))
            is_new = (
                len(fresh) == count
                and self.fresh.keys().isdisjoint(fresh)
                and not self._dedup.has_recent(fresh)
                and (not self._old or self._old.keys().isdisjoint(fresh))
            )
            if not is_new:
                return None
            if self.fresh:
                self.fresh.update(fresh)
            else:
                self.fresh = fresh
        self.kinds += bytes((batch.kind,)) * count
        self.customers += batch.customers
        self.payloads += batch.payloads
        return indexes

    def _place_one_by_one(self, batch: Batch, fates: _Fates) -> None:
        keys, hashes = batch.keys or [], self._hashes[id(batch)]
        candidates = [self._dedup.candidates(key_hash) + self._old.get(key_hash, []) for key_hash in hashes]
        stored = self._reader.payloads([index for found in candidates for index in found])
        for at, (key, key_hash) in enumerate(zip(keys, hashes, strict=True)):
            earlier = self._earlier(key, key_hash, candidates[at], stored)
            position = len(fates.indexes)
            if earlier is None:
                fates.indexes.append(self._append(batch, at, key_hash, bool(candidates[at])))
                continue
            index, payload = earlier
            fates.indexes.append(index)
            same = not payload or self._same_content(payload, batch.payloads[at])
            (fates.duplicates if same else fates.conflicts).add(position)

    def _earlier(
        self, key: bytes, key_hash: int, candidates: list[int], stored: dict[int, bytes]
    ) -> tuple[int, bytes] | None:
        """The entry that has this very key, with its payload: stored already, or earlier in this group."""
        for index in candidates:
            # An erased entry shows no key: 64 bits of hash are what is left to know it by.
            if not stored[index] or self._key_of(stored[index]) == key:
                return index, stored[index]
        pending = [self.fresh[key_hash]] if key_hash in self.fresh else []
        pending += [index for other, index in self.collisions if other == key_hash]
        for index in pending:
            payload = self.payloads[index - self.first_index]
            if self._key_of(payload) == key:
                return index, payload
        return None

    def _append(self, batch: Batch, at: int, key_hash: int, is_taken: bool) -> int:
        index = self.next_index
        self.kinds.append(batch.kind)
        self.customers.append(batch.customers[at])
        self.payloads.append(batch.payloads[at])
        if is_taken or key_hash in self.fresh:
            self.collisions.append((key_hash, index))
        else:
            self.fresh[key_hash] = index
        return index
