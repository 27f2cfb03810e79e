"""The tail: what the next entry needs to know of all earlier ones.

How many entries there are, the tree's frontier, each chain's head, and the complete nodes at levels 8, 16,
24 of the tree (the rows of its tiles), from which anything can be proven without reading old bundles. It is
a projection: a snapshot of it is kept in a file, and what came after the snapshot is read from the bundles.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from steelyard.adapters.sqlite import rows
from steelyard.kernel import SteelyardError
from steelyard.record.bundle import Bundle
from steelyard.record.checkpoint import parse_checkpoint
from steelyard.record.merkle import Frontier, grow, leaf_hash, root_of
from steelyard.record.note import parse_note
from steelyard.record.seal import Head
from steelyard.record.tiles import TILE_HEIGHT, rows_of

SNAPSHOT_FILE: Final = "record.tail"


class Snapshot(msgspec.Struct, frozen=True, array_like=True):
    """The tail at one size, as it is kept in a file."""

    size: int
    recorded_at: int
    frontier: list[bytes]
    tile_rows: list[bytes]
    customers: list[str]
    seqs: bytes
    leaves: bytes


class Tail:
    """The newest state of the record in memory; only the writer advances it, anyone may read it."""

    def __init__(self) -> None:
        self.size = 0
        self.recorded_at = 0
        self.checkpoint = ""
        self.frontier: Frontier = ()
        self.heads: dict[str, Head] = {}
        self._tile_rows: list[bytearray] = []

    def advance(
        self, bundle: Bundle, frontier: Frontier, tile_rows: list[bytes], heads: dict[str, Head]
    ) -> None:
        """Takes a bundle in that is durable, given what it did to the tree and the chains."""
        for number, hashes in enumerate(tile_rows):
            if len(self._tile_rows) <= number:
                self._tile_rows.append(bytearray())
            self._tile_rows[number] += hashes
        self.heads.update(heads)
        self.frontier, self.recorded_at, self.checkpoint = frontier, bundle.recorded_at, bundle.checkpoint
        # Last: a reader that sees the new size finds everything else in place.
        self.size = bundle.end

    def replay(self, bundle: Bundle) -> None:
        """Takes a stored bundle in, from its stored leaves; nothing is verified but the tree's hashes."""
        leaves = bytes(bundle.leaves)
        hashes = [leaf_hash(leaves[at : at + 32]) for at in range(0, len(leaves), 32)]
        frontier, complete = grow(self.frontier, hashes)
        count = len(bundle.customers)
        last = np.zeros(count, dtype=np.int64)
        last[bundle.codes] = np.arange(bundle.count)
        seqs = bundle.first_seqs + np.bincount(bundle.codes, minlength=count).astype(np.uint64) - np.uint64(1)
        heads = {
            name: (seq, leaves[32 * at : 32 * at + 32])
            for name, seq, at in zip(bundle.customers, seqs.tolist(), last.tolist(), strict=True)
        }
        self.advance(bundle, frontier, rows_of(complete), heads)

    def tile_row(self, level: int, start: int, end: int) -> bytes:
        """The hashes [start, end) of a row of tiles, level 1 or higher; fewer when the tree is smaller."""
        if level > len(self._tile_rows):
            return b""
        return bytes(self._tile_rows[level - 1][32 * start : 32 * end])

    def snapshot(self) -> Snapshot:
        """The tail as it is now, in a form that does not change any more."""
        heads = list(self.heads.values())
        return Snapshot(
            size=self.size,
            recorded_at=self.recorded_at,
            frontier=list(self.frontier),
            tile_rows=[bytes(row) for row in self._tile_rows],
            customers=list(self.heads),
            seqs=np.array([seq for seq, _ in heads], dtype="<u8").tobytes(),
            leaves=b"".join(leaf for _, leaf in heads),
        )

    def restore(self, snapshot: Snapshot, checkpoint: str) -> None:
        """Becomes the tail of a snapshot."""
        seqs: list[int] = np.frombuffer(snapshot.seqs, "<u8").tolist()
        leaves = snapshot.leaves
        self.heads = {
            name: (seq, leaves[32 * at : 32 * at + 32])
            for at, (name, seq) in enumerate(zip(snapshot.customers, seqs, strict=True))
        }
        self._tile_rows = [bytearray(row) for row in snapshot.tile_rows]
        self.frontier, self.recorded_at = tuple(snapshot.frontier), snapshot.recorded_at
        self.checkpoint, self.size = checkpoint, snapshot.size


def load_tail(directory: Path, connection: sqlite3.Connection) -> Tail:
    """The tail of the record: from the snapshot where it agrees with the record, the rest from bundles."""
    tail = Tail()
    snapshot = _read_snapshot(directory / SNAPSHOT_FILE)
    if snapshot is not None and snapshot.size:
        bundle = rows.bundle_at(connection, snapshot.size - 1)
        if bundle is not None and bundle.end == snapshot.size and _agrees(snapshot, bundle):
            tail.restore(snapshot, bundle.checkpoint)
    catch_up(tail, rows.walk(connection, tail.size))
    return tail


def catch_up(tail: Tail, bundles: Iterable[Bundle]) -> None:
    """Takes in the bundles that follow; stops where the record has a gap, which `verify` will report."""
    for bundle in bundles:
        if bundle.first_index != tail.size:
            break
        tail.replay(bundle)


def _read_snapshot(path: Path) -> Snapshot | None:
    try:
        data = path.read_bytes()
        body, digest = data[:-32], data[-32:]
        if hashlib.sha256(body).digest() != digest:
            return None
        return msgspec.msgpack.decode(body, type=Snapshot)
    except (OSError, msgspec.DecodeError):
        return None


def _agrees(snapshot: Snapshot, bundle: Bundle) -> bool:
    """Whether the snapshot's tree is the tree whose root the record signed at that size."""
    try:
        signed = parse_checkpoint(parse_note(bundle.checkpoint).text)
    except SteelyardError:
        return False
    upper: Frontier = ()
    if snapshot.tile_rows:
        row = snapshot.tile_rows[0]
        upper, complete = grow((), [row[at : at + 32] for at in range(0, len(row), 32)])
        expected = [b"".join(complete[at]) for at in range(0, len(complete), TILE_HEIGHT)]
        if expected != snapshot.tile_rows:
            return False
    frontier = tuple(snapshot.frontier)
    return (
        frontier[TILE_HEIGHT:] == upper and root_of(frontier) == signed.root and signed.size == snapshot.size
    )


def save_snapshot(directory: Path, snapshot: Snapshot) -> None:
    """Writes the snapshot beside the record, replacing an older one at once or not at all."""
    body = msgspec.msgpack.encode(snapshot)
    path = directory / SNAPSHOT_FILE
    draft = path.with_suffix(".tail-new")
    with draft.open("wb") as file:
        file.write(body + hashlib.sha256(body).digest())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def drop_snapshot(directory: Path) -> None:
    """Removes the snapshot, so that the next start reads all bundles again."""
    with contextlib.suppress(FileNotFoundError):
        (directory / SNAPSHOT_FILE).unlink()
