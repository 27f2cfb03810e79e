"""Reading the record: entries, bundles, checkpoints, proofs and tiles.

One reader serves a whole process and many threads. Beside the writer it shares the writer's tail, so that
what is durable can be read and proven at once; alone it loads a tail of its own.
"""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from steelyard.adapters.sqlite import rows
from steelyard.adapters.sqlite.cache import BundleCache
from steelyard.adapters.sqlite.schema import DATABASE_FILE, open_for_reading
from steelyard.adapters.sqlite.tail import Tail, catch_up, load_tail
from steelyard.kernel import DamagedRecord, InvalidInput, NotFound
from steelyard.record import merkle
from steelyard.record.bundle import Bundle
from steelyard.record.model import Entry
from steelyard.record.tiles import TILE_HEIGHT, TILE_WIDTH, encode_entries, tile_width

CACHE_BYTES: Final = 64 << 20
TILES_KEPT: Final = 512
NODES_KEPT: Final = 1 << 16
"""Complete nodes of the tree never change, and the proofs of one size share those at its right edge."""


def newest_checkpoint(directory: Path) -> str | None:
    """The newest checkpoint as it is stored, not yet believed; None where there are no entries."""
    if not (directory / DATABASE_FILE).exists():
        return None
    with closing(open_for_reading(directory)) as connection:
        return rows.newest_checkpoint(connection)


class RecordReader:
    """Reads what is durable, and proves it; the port `RecordReader`."""

    def __init__(self, directory: Path, vkey: str, tail: Tail | None = None) -> None:
        self._connection = open_for_reading(directory)
        self._lock = threading.Lock()
        self._cache = BundleCache(CACHE_BYTES)
        self._hashes: OrderedDict[int, list[bytes]] = OrderedDict()
        self._complete_node = functools.lru_cache(maxsize=NODES_KEPT)(self._node)
        self._follows = tail is None
        self._tail = load_tail(directory, self._connection) if tail is None else tail
        self._vkey = vkey

    @property
    def size(self) -> int:
        """How many entries are durable."""
        return self._tail.size

    @property
    def vkey(self) -> str:
        """The verifier key of the record's checkpoints."""
        return self._vkey

    def refresh(self) -> int:
        """Takes in what another process has written since; gives the size."""
        if self._follows:
            with self._lock:
                catch_up(self._tail, rows.walk(self._connection, self._tail.size))
        return self.size

    def close(self) -> None:
        """Lets go of the file."""
        self._connection.close()

    def keep(self, bundle: Bundle) -> None:
        """Remembers a bundle that was just written, so that reading it back costs nothing."""
        self._cache.keep(bundle)

    def forget(self, first_index: int) -> None:
        """Lets go of a bundle whose stored bytes have changed; of its leaves nothing has."""
        self._cache.drop(first_index)

    def use_key(self, vkey: str) -> None:
        """The key that signs the checkpoints from now on."""
        self._vkey = vkey

    def bundle_at(self, index: int) -> Bundle:
        """The bundle that holds this entry; raises NotFound past the end."""
        if not 0 <= index < self.size:
            raise NotFound(f"the record has no entry {index}; it has {self.size}", code="no_entry")
        bundle = self._cache.find(index)
        if bundle is None:
            with self._lock:
                bundle = rows.bundle_at(self._connection, index)
            if bundle is None:
                raise DamagedRecord(f"entry {index} is missing from the record")
            self._cache.keep(bundle)
        return bundle

    def entry(self, index: int) -> Entry:
        """One entry; raises NotFound past the end."""
        bundle = self.bundle_at(index)
        return bundle.entry_at(index - bundle.first_index)

    def entries(self, indexes: Sequence[int]) -> list[Entry]:
        """Many entries, in the order asked; each bundle is fetched once."""
        found: dict[int, Entry] = {}
        for bundle, wanted in self._grouped(indexes):
            for index in wanted:
                found[index] = bundle.entry_at(index - bundle.first_index)
        return [found[index] for index in indexes]

    def payloads(self, indexes: Sequence[int]) -> dict[int, bytes]:
        """The payloads of these entries."""
        found: dict[int, bytes] = {}
        for bundle, wanted in self._grouped(indexes):
            for index in wanted:
                found[index] = bundle.payload_at(index - bundle.first_index)
        return found

    def _grouped(self, indexes: Sequence[int]) -> Iterator[tuple[Bundle, list[int]]]:
        bundle: Bundle | None = None
        wanted: list[int] = []
        for index in sorted(set(indexes)):
            if bundle is None or index >= bundle.end:
                if bundle is not None:
                    yield bundle, wanted
                bundle, wanted = self.bundle_at(index), []
            wanted.append(index)
        if bundle is not None:
            yield bundle, wanted

    def bundles(self, from_index: int = 0) -> Iterator[Bundle]:
        """The bundles from the one that holds this index (its earlier entries included) to the end."""
        if from_index >= self.size:
            return
        bundle = self.bundle_at(max(0, from_index))
        yield bundle
        while bundle.end < self.size:
            with self._lock:
                page = rows.page_from(self._connection, bundle.end)
            if not page:
                raise DamagedRecord(f"entry {bundle.end} is missing from the record")
            for bundle in page:
                yield bundle

    def leaves(self, start: int, end: int) -> list[bytes]:
        """The public leaves of entries [start, end)."""
        leaves: list[bytes] = []
        while start < end:
            bundle = self.bundle_at(start)
            stop = min(end, bundle.end)
            leaves += [bundle.leaf_at(index - bundle.first_index) for index in range(start, stop)]
            start = stop
        return leaves

    def checkpoint(self, size: int | None = None) -> str:
        """The signed checkpoint of the tree at this size (default: the newest), as a signed note.

        Raises NotFound when no checkpoint was signed at that size: there is one after each commit.
        """
        if size is None or size == self.size:
            if not self._tail.checkpoint:
                raise NotFound("the record is empty", code="no_checkpoint")
            return self._tail.checkpoint
        if 0 < size < self.size:
            bundle = self.bundle_at(size - 1)
            if bundle.end == size:
                return bundle.checkpoint
        raise NotFound(f"no checkpoint was signed at size {size}", code="no_checkpoint")

    def checkpoint_covering(self, index: int) -> tuple[int, str]:
        """The first checkpoint whose tree holds this entry, with its size."""
        bundle = self.bundle_at(index)
        return bundle.end, bundle.checkpoint

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """The hashes that prove that an entry is in the tree of this size (default: the newest)."""
        return merkle.inclusion_proof(index, self._known(size), self._complete_node)

    def consistency_proof(self, first: int, second: int | None = None) -> list[bytes]:
        """The hashes that prove that the tree of one size is a beginning of a later one."""
        return merkle.consistency_proof(first, self._known(second), self._complete_node)

    def root(self, size: int | None = None) -> bytes:
        """The root of the tree at any size, not only where a checkpoint was signed."""
        return merkle.tree_root(self._known(size), self._complete_node)

    def _known(self, size: int | None) -> int:
        if size is None:
            return self.size
        if not 0 <= size <= self.size:
            raise InvalidInput(f"the tree has {self.size} leaves, not {size}", code="out_of_range")
        return size

    def _node(self, level: int, position: int) -> bytes:
        """The complete node at this level and position, from the nearest row of tiles below it."""
        if level < TILE_HEIGHT:
            start = position << level
            hashes = self._leaf_hashes(start // TILE_WIDTH)
            first = start % TILE_WIDTH
            return merkle.root(hashes[first : first + (1 << level)])
        row = level // TILE_HEIGHT
        below = level - row * TILE_HEIGHT
        data = self._tail.tile_row(row, position << below, (position + 1) << below)
        return merkle.root([data[at : at + 32] for at in range(0, len(data), 32)])

    def _leaf_hashes(self, n: int) -> list[bytes]:
        kept = self._hashes.get(n)
        if kept is not None:
            return kept
        start = n * TILE_WIDTH
        hashes = [merkle.leaf_hash(leaf) for leaf in self.leaves(start, min(start + TILE_WIDTH, self.size))]
        if len(hashes) == TILE_WIDTH:
            with self._lock:
                self._hashes[n] = hashes
                while len(self._hashes) > TILES_KEPT:
                    self._hashes.popitem(last=False)
        return hashes

    def tile(self, level: int, n: int, width: int = TILE_WIDTH) -> bytes:
        """A tile of the tree as tlog-tiles defines it; raises NotFound when the tree has no such tile."""
        self._refuse_missing(level, n, width)
        if level == 0:
            return b"".join(self._leaf_hashes(n)[:width])
        start = n * TILE_WIDTH
        return self._tail.tile_row(level, start, start + width)

    def entry_bundle(self, n: int, width: int = TILE_WIDTH) -> bytes:
        """The public leaves of a level-0 tile, each behind its 16-bit length."""
        self._refuse_missing(0, n, width)
        return encode_entries(self.leaves(n * TILE_WIDTH, n * TILE_WIDTH + width))

    def _refuse_missing(self, level: int, n: int, width: int) -> None:
        if not 0 < width <= tile_width(level, n, self.size):
            raise NotFound(f"the tree has no tile {n} of width {width} at level {level}", code="no_tile")

    def chain_head(self, customer: str) -> tuple[int, bytes] | None:
        """The sequence number and leaf of the newest entry of a customer's chain."""
        return self._tail.heads.get(customer)
