"""The deduplication index: which key has been recorded, exactly and for ever.

Keys are hashed to 64 bits. Recent ones lie in a dictionary, older ones in sorted runs on disk; a hash that
is found is only a candidate until the entry itself shows the same key. The index is a projection of the
record: what is missing is read from the bundles at start, and a run that does not belong to this record is
thrown away.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import xxhash

from steelyard.adapters.sqlite.runs import Keys, Run, digest_of, merge_runs, write_run
from steelyard.kernel import DamagedRecord, SteelyardError
from steelyard.record.bundle import Bundle
from steelyard.record.erasure import kept_keys
from steelyard.record.model import Kind

logger = logging.getLogger(__name__)

KEYED_KIND: Final = Kind.USAGE
"""The one kind whose entries carry their own deduplication key, so that the index can be rebuilt."""

FOLDER: Final = "dedup"
RECENT_MAX: Final = 1 << 18
MERGE_WIDTH: Final = 4

KeyOf = Callable[[bytes], bytes]

hash_key = xxhash.xxh3_64_intdigest
_hash_bytes = xxhash.xxh3_64_digest


def hash_keys(keys: Sequence[bytes]) -> tuple[list[int], Keys]:
    """The 64-bit hashes of keys, as a list and as an array.

    >>> hashes, array = hash_keys([b"a", b"b"])
    >>> hashes == array.tolist() == [hash_key(b"a"), hash_key(b"b")]
    True
    """
    array = np.frombuffer(b"".join(map(_hash_bytes, keys)), ">u8").astype(np.uint64)
    return array.tolist(), array


class Manifest(msgspec.Struct, frozen=True):
    """Which runs there are, with the digest of each, up to which entry they reach, and that entry's leaf."""

    covers: int
    leaf: bytes
    runs: list[str]
    digests: list[str]


class DedupIndex:
    """Finds the entries that may have a key; the writer's thread asks, a background thread keeps house."""

    def __init__(self, directory: Path, *, recent_max: int = RECENT_MAX) -> None:
        self._folder = directory / FOLDER
        self._folder.mkdir(exist_ok=True)
        self._recent_max = recent_max
        self._recent: dict[int, int] = {}
        self._frozen: dict[int, int] = {}
        self._is_written = False
        # Two keys with one 64-bit hash: the dictionary holds the first entry, this holds the others.
        self._collisions: list[tuple[int, int]] = []
        self._runs: list[Run] = []
        self._digests: dict[str, str] = {}
        self._covers, self._leaf = 0, b""
        self._frozen_collisions: list[tuple[int, int]] = []
        self._freeze_at = (0, b"")
        self._lock = threading.Lock()
        self._load()

    @property
    def covers(self) -> int:
        """The runs hold the keys of all entries before this index."""
        return self._covers

    def _load(self) -> None:
        try:
            manifest = msgspec.json.decode((self._folder / "manifest.json").read_bytes(), type=Manifest)
            self._runs = [Run(self._folder / name) for name in manifest.runs]
            self._digests = dict(zip(manifest.runs, manifest.digests, strict=True))
            for run in self._runs:
                if digest_of(run.path) != self._digests[run.path.name]:
                    raise DamagedRecord(f"{run.path} is not as it was written")
            self._covers, self._leaf = manifest.covers, manifest.leaf
            for path in self._folder.glob("*.run"):
                if path.name not in manifest.runs:
                    path.unlink()
        except FileNotFoundError:
            self.clear()
        except msgspec.ValidationError:
            logger.info("the index of known events has an earlier form and is made anew from the record")
            self.clear()
        except (OSError, msgspec.DecodeError, SteelyardError, ValueError) as error:
            logger.warning("the index of known events is made anew from the record: %s", error)
            self.clear()

    def clear(self) -> None:
        """Forgets everything, on disk as well."""
        self._runs, self._digests, self._covers, self._leaf = [], {}, 0, b""
        self._recent, self._frozen, self._is_written = {}, {}, False
        self._collisions, self._frozen_collisions = [], []
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(exist_ok=True)

    def belongs_to(self, size: int, leaf_of: Callable[[int], bytes]) -> bool:
        """Whether the runs were made from the record of this size and leaves."""
        if not self._covers:
            return True
        return self._covers <= size and leaf_of(self._covers - 1) == self._leaf

    def rebuild(self, bundles: Iterable[Bundle], key_of: KeyOf) -> None:
        """Takes in the keys of the entries that the runs do not reach."""
        for bundle in bundles:
            keyed = np.nonzero(bundle.kinds == KEYED_KIND)[0]
            positions = np.setdiff1d(keyed, bundle.erased).tolist()
            positions = [at for at in positions if bundle.first_index + at >= self._covers]
            hashes, _ = hash_keys([key_of(bundle.payload_at(at)) for at in positions])
            self.add(hashes, [bundle.first_index + at for at in positions])
            for at in bundle.positions_of(Kind.ERASURE):
                # What is erased shows no key any more; the entry that tells of the erasure keeps its hash.
                pairs = kept_keys(bundle.payload_at(at))
                self.add([key_hash for _, key_hash in pairs], [index for index, _ in pairs])
            if self.is_full:
                self.freeze(bundle.end, bundle.leaf_at(bundle.count - 1))
                self.flush()

    def has_recent(self, fresh: dict[int, int]) -> bool:
        """Whether any of these hashes is among the recent ones."""
        if not self._recent.keys().isdisjoint(fresh):
            return True
        return bool(self._frozen) and not self._frozen.keys().isdisjoint(fresh)

    def find_old(self, hashes: Keys) -> dict[int, list[int]]:
        """Those of the hashes that are in the runs, each with the entries that have it."""
        found: dict[int, list[int]] = {}
        for run in self._runs:
            for key, index in run.find(hashes):
                found.setdefault(key, []).append(index)
        return found

    def find(self, key_hash: int) -> list[int]:
        """All entries that may have this hash; any thread may ask, while the writer's works.

        The order matters: keys move from the recent ones to the frozen and from there to the runs, and are
        where they go to before they are gone where they were.
        """
        found = self.candidates(key_hash)
        return found + self.find_old(np.array([key_hash], dtype=np.uint64)).get(key_hash, [])

    def candidates(self, key_hash: int) -> list[int]:
        """The recent entries that have this hash; ask `find_old` for the older ones."""
        found = [table[key_hash] for table in (self._recent, self._frozen) if key_hash in table]
        collisions = (*self._collisions, *self._frozen_collisions)
        return found + [index for other, index in collisions if other == key_hash]

    def add(self, hashes: Iterable[int], indexes: Iterable[int]) -> None:
        """Takes in keys of entries that are durable."""
        recent = self._recent
        for key_hash, index in zip(hashes, indexes, strict=True):
            if key_hash in recent:
                self._collisions.append((key_hash, index))
            else:
                recent[key_hash] = index

    def add_fresh(self, fresh: dict[int, int], collisions: Iterable[tuple[int, int]]) -> None:
        """Takes in hashes that are not among the recent ones, in bulk, and those that a group had twice."""
        self._recent.update(fresh)
        self._collisions.extend(collisions)

    @property
    def is_full(self) -> bool:
        """Whether it is time to freeze: many recent keys, and no others on their way to disk."""
        return len(self._recent) >= self._recent_max and not self.is_frozen

    @property
    def is_frozen(self) -> bool:
        """Whether keys are on their way to disk."""
        return bool(self._frozen) and not self._is_written

    @property
    def recent_count(self) -> int:
        """How many keys are not in runs yet."""
        return len(self._recent) + (len(self._frozen) if self.is_frozen else 0)

    def freeze(self, size: int, leaf: bytes) -> None:
        """Sets the recent keys aside to be written: all those of entries before this size.

        `leaf` is the leaf of the last of these entries.
        """
        self._frozen, self._frozen_collisions = self._recent, self._collisions
        self._recent, self._collisions = {}, []
        self._freeze_at, self._is_written = (size, leaf), False

    def settle(self) -> None:
        """Lets go of the frozen keys once they are in a run; the writer's thread, before it looks keys up.

        Were they let go when the run is there, a group that had asked the runs a moment before and asks the
        frozen keys a moment later would find them in neither.
        """
        if self._is_written:
            self._frozen, self._frozen_collisions, self._is_written = {}, [], False

    def flush(self) -> None:
        """Writes the frozen keys as a run, and merges runs that have grown alike; any thread may."""
        with self._lock:
            keys = [*self._frozen.keys(), *(key for key, _ in self._frozen_collisions)]
            indexes = [*self._frozen.values(), *(index for _, index in self._frozen_collisions)]
            if keys:
                path = self._path()
                write_run(path, _column(keys), _column(indexes))
                self._runs = [*self._runs, Run(path)]
            self._covers, self._leaf = self._freeze_at
            obsolete = self._merge()
            self._save()
            self._is_written = bool(self._frozen)
            for run in obsolete:
                run.path.unlink(missing_ok=True)

    def _merge(self) -> list[Run]:
        obsolete: list[Run] = []
        while len(tail := self._runs[-MERGE_WIDTH:]) == MERGE_WIDTH and tail[0].count < 2 * tail[-1].count:
            path = self._path()
            merge_runs(path, tail)
            self._runs = [*self._runs[:-MERGE_WIDTH], Run(path)]
            obsolete += tail
        return obsolete

    def _path(self) -> Path:
        numbers = [int(path.stem) for path in self._folder.glob("*.run")]
        return self._folder / f"{max(numbers, default=0) + 1:08}.run"

    def _save(self) -> None:
        names = [run.path.name for run in self._runs]
        known = self._digests
        self._digests = {run.path.name: known.get(run.path.name) or digest_of(run.path) for run in self._runs}
        digests = [self._digests[name] for name in names]
        manifest = Manifest(covers=self._covers, leaf=self._leaf, runs=names, digests=digests)
        draft = self._folder / "manifest.new"
        with draft.open("wb") as file:
            file.write(msgspec.json.encode(manifest))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._folder / "manifest.json")


def _column(numbers: list[int]) -> Keys:
    return np.fromiter(numbers, dtype=np.uint64, count=len(numbers))
