"""Sorted runs: immutable files of deduplication keys, mapped into memory.

A run holds 64-bit keys in order, beside each the index of its entry, and a filter of one bit in sixteen
that answers most look-ups of absent keys with a single touch of memory. Keys are hashes, hence evenly
spread: the filter needs no hashing of its own, and runs merge range by range in little memory.

    magic "SYRUN001" · count u64 · keys u64[count] · indexes u64[count] · filter bits
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import xxhash

from steelyard.kernel import DamagedRecord

Keys = npt.NDArray[np.uint64]

_MAGIC: Final = b"SYRUN001"
_HEADER_BYTES: Final = 16
_MERGE_RANGES: Final = 16
_READ_BYTES: Final = 1 << 20


class Run:
    """One file of keys, opened for look-ups."""

    def __init__(self, path: Path) -> None:
        data: npt.NDArray[np.uint8] = np.memmap(path, dtype=np.uint8, mode="r")
        if len(data) < _HEADER_BYTES or bytes(data[:8]) != _MAGIC:
            raise DamagedRecord(f"{path} is not a run of deduplication keys")
        self.path = path
        self.count = int(data[8:16].view("<u8")[0])
        keys_end = _HEADER_BYTES + 8 * self.count
        if len(data) != keys_end + 8 * self.count + _filter_bytes(self.count):
            raise DamagedRecord(f"{path} has the wrong length")
        self.keys: Keys = data[_HEADER_BYTES:keys_end].view("<u8")
        self.indexes: Keys = data[keys_end : keys_end + 8 * self.count].view("<u8")
        self._filter: npt.NDArray[np.uint8] = data[keys_end + 8 * self.count :]
        self._shift = np.uint64(64 - _filter_bits(self.count))

    def find(self, keys: Keys) -> list[tuple[int, int]]:
        """Those of the keys that are in this run, each with the index of its entry."""
        slots = keys >> self._shift
        bits = self._filter[slots >> np.uint64(3)] >> (slots & np.uint64(7)).astype(np.uint8)
        likely = keys[(bits & 1).astype(bool)]
        if not len(likely):
            return []
        # In order, each search begins where the last one ended, among pages that are in the cache already.
        likely.sort()
        left = np.searchsorted(self.keys, likely, "left")
        is_found = self.keys[np.minimum(left, self.count - 1)] == likely
        if not is_found.any():
            return []
        found, left = likely[is_found], left[is_found]
        right = np.searchsorted(self.keys, found, "right")
        return [
            (key, int(self.indexes[at]))
            for key, start, end in zip(found.tolist(), left.tolist(), right.tolist(), strict=True)
            for at in range(start, end)
        ]


def _filter_bits(count: int) -> int:
    return max(10, count.bit_length() + 3)


def _filter_bytes(count: int) -> int:
    return 1 << (_filter_bits(count) - 3)


def _filter_of(keys: Keys) -> bytes:
    slots = keys >> np.uint64(64 - _filter_bits(len(keys)))
    flags = np.zeros(8 * _filter_bytes(len(keys)), dtype=np.uint8)
    flags[slots] = 1
    return np.packbits(flags, bitorder="little").tobytes()


def digest_of(path: Path) -> str:
    """The XXH3-128 of a run's bytes: a bit that flips in one key would let an event be stored twice."""
    digest = xxhash.xxh3_128()
    with path.open("rb") as file:
        while part := file.read(_READ_BYTES):
            digest.update(part)
    return digest.hexdigest()


def write_run(path: Path, keys: Keys, indexes: Keys) -> None:
    """Writes a run of keys in any order; it is on disk when this returns."""
    order = np.argsort(keys)
    _write(path, len(keys), [(keys[order], indexes[order])])


def merge_runs(path: Path, runs: Sequence[Run]) -> None:
    """Writes one run with the keys of several, in little memory; it is on disk when this returns."""
    bounds = [np.uint64(part << 60) for part in range(1, _MERGE_RANGES)]
    cuts = [[0, *np.searchsorted(run.keys, bounds).tolist(), run.count] for run in runs]

    def part(number: int) -> tuple[Keys, Keys]:
        pieces = [(run, slice(cut[number], cut[number + 1])) for run, cut in zip(runs, cuts, strict=True)]
        keys = np.concatenate([run.keys[piece] for run, piece in pieces])
        indexes = np.concatenate([run.indexes[piece] for run, piece in pieces])
        # The stable sort is one that merges stretches that are in order already.
        order = np.argsort(keys, kind="stable")
        return keys[order], indexes[order]

    _write(path, sum(run.count for run in runs), [part(number) for number in range(_MERGE_RANGES)])


def _write(path: Path, count: int, parts: list[tuple[Any, Any]]) -> None:
    with path.open("wb") as file:
        file.write(_MAGIC + count.to_bytes(8, "little"))
        for column in (0, 1):
            for part in parts:
                file.write(part[column].astype("<u8", copy=False).tobytes())
        file.write(_filter_of(np.concatenate([keys for keys, _ in parts])))
        file.flush()
        os.fsync(file.fileno())
