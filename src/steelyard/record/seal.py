"""Sealing: entries that were decided on become a bundle, hashed into their chains and into the tree.

First they are laid out in columns; then comes the inner loop of the whole product, `hash_entries`: four
SHA-256 for each entry (commitment, leaf, leaf hash, and one inner node). It is a function of the laid out
bytes and of nothing else, so that another process can be asked for it. Nothing here remembers; the caller
keeps what is returned only after it is durable.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from steelyard.record.bundle import LEAF_BYTES, Bundle, Column, chain_positions, encode_bundle, with_leaves
from steelyard.record.merkle import Frontier, grow
from steelyard.record.model import HEADER_VERSION, NO_PREVIOUS, SALT_BYTES
from steelyard.record.tiles import rows_of

Head = tuple[int, bytes]
"""The sequence number and the leaf of a chain's newest entry."""

ENTRIES_WORTH_ASKING: Final = 512
"""Of fewer entries, having them hashed elsewhere costs more than it saves."""

NEW_CHAIN: Head = (-1, NO_PREVIOUS)

_FIXED = np.dtype([("version", "u1"), ("kind", "u1"), ("index", ">u8"), ("seq", ">u8"), ("at", ">i8")])
_FIXED_PARTS = struct.Struct(f"{_FIXED.itemsize}s")
_SALTS = struct.Struct(f"{SALT_BYTES}s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsealed:
    """Entries laid out as their bundle, the leaves still blank, and the tree's frontier before them."""

    first_index: int
    count: int
    data: bytes | memoryview
    frontier: Frontier


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashes:
    """What hashing gives: the leaves one after the other, and what the chains and the tree are after them.

    `heads` is the newest leaf of each customer of the bundle, `tile_rows` see `rows_of`.
    """

    leaves: bytes
    heads: list[bytes]
    frontier: Frontier
    tile_rows: list[bytes]


HashEntries = Callable[[Unsealed], Hashes]
"""The shape of `hash_entries`, and of whoever has it done elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A bundle ready to be stored, and what the tree and the chains are once it is."""

    data: bytes
    frontier: Frontier
    tile_rows: list[bytes]
    heads: dict[str, Head]


def hash_entries(unsealed: Unsealed) -> Hashes:
    """The leaves of laid out entries, and the tree that they grow.

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
    >>> hashes = hash_entries(Unsealed(first_index=0, count=1, data=data, frontier=()))
    >>> hashes.heads == [hashes.leaves], len(hashes.frontier), hashes.tile_rows
    (True, 1, [])
    """
    bundle = Bundle(first_index=unsealed.first_index, count=unsealed.count, data=unsealed.data, checkpoint="")
    heads = bundle.prev_list()
    leaves = leaves_of(bundle, heads, commitments(bytes(bundle.salts), bundle.stored_list()))
    return _hashes(leaves, heads, unsealed.frontier)


def seal(  # noqa: PLR0913 - all that entries are sealed from, each part named
    *,
    first_index: int,
    recorded_at: int,
    kinds: bytes,
    customers: list[str],
    payloads: list[bytes],
    salts: bytes,
    heads: Mapping[str, Head],
    frontier: Frontier,
    hash_with: HashEntries | None = None,
) -> Sealed:
    """The bundle of these entries, given the chain heads and the frontier before them.

    `salts` is 16 random bytes for each entry; `recorded_at` microseconds since 1970. `hash_with` may have
    many entries hashed elsewhere; the outcome is the same.

    >>> sealed = seal(
    ...     first_index=0,
    ...     recorded_at=1,
    ...     kinds=bytes([1]),
    ...     customers=["acme"],
    ...     payloads=[b"{}"],
    ...     salts=bytes(16),
    ...     heads={},
    ...     frontier=(),
    ... )
    >>> sealed.heads["acme"][0]
    0
    """
    names = list(dict.fromkeys(customers))
    code_of = {name: code for code, name in enumerate(names)}
    code_list = list(map(code_of.__getitem__, customers))
    codes, count = np.array(code_list, dtype=np.uint32), len(payloads)
    before = [heads.get(name, NEW_CHAIN) for name in names]
    first_seqs = np.array([seq + 1 for seq, _ in before], dtype=np.uint64)
    first_prevs = [leaf for _, leaf in before]
    encoded = [name.encode() for name in names]

    def bundle_with(leaves: Sequence[bytes]) -> bytes:
        return encode_bundle(
            recorded_at=recorded_at,
            kinds=kinds,
            codes=codes,
            names=encoded,
            firsts=(first_seqs, first_prevs),
            salts=salts,
            leaves=leaves,
            payloads=payloads,
        )

    if hash_with is not None and count >= ENTRIES_WORTH_ASKING:
        blank = bundle_with([bytes(LEAF_BYTES * count)])
        hashes = hash_with(Unsealed(first_index=first_index, count=count, data=blank, frontier=frontier))
        data = with_leaves(blank, hashes.leaves)
    else:
        # The columns are at hand: read back from a bundle, few entries would cost a third more.
        seqs = first_seqs[codes] + chain_positions(codes, len(names))[0]
        headers = fixed_headers(
            first_index=first_index, recorded_at=recorded_at, kinds=np.frombuffer(kinds, np.uint8), seqs=seqs
        )
        last = first_prevs.copy()
        leaves = chain_leaves(headers, code_list, encoded, last, commitments(salts, payloads))
        hashes = _hashes(leaves, last, frontier)
        data = bundle_with(leaves)
    last_seqs = first_seqs + np.bincount(codes).astype(np.uint64) - np.uint64(1)
    return Sealed(
        data=data,
        frontier=hashes.frontier,
        tile_rows=hashes.tile_rows,
        heads=dict(zip(names, zip(last_seqs.tolist(), hashes.heads, strict=True), strict=True)),
    )


def _hashes(leaves: list[bytes], heads: list[bytes], frontier: Frontier) -> Hashes:
    sha256 = hashlib.sha256
    grown, complete = grow(frontier, [sha256(b"\x00" + leaf).digest() for leaf in leaves])
    return Hashes(leaves=b"".join(leaves), heads=heads, frontier=grown, tile_rows=rows_of(complete))


def fixed_headers(*, first_index: int, recorded_at: int, kinds: Column, seqs: Column) -> bytes:
    """The first 26 bytes of the header of each entry, one after the other.

    >>> fixed_headers(first_index=7, recorded_at=1, kinds=np.array([1]), seqs=np.array([0]))[:10].hex()
    '01010000000000000007'
    """
    header = np.empty(len(seqs), dtype=_FIXED)
    header["version"], header["at"] = HEADER_VERSION, recorded_at
    header["kind"], header["seq"] = kinds, seqs
    header["index"] = np.arange(first_index, first_index + len(seqs), dtype=np.uint64)
    return header.tobytes()


def commitments(salts: bytes, payloads: Sequence[bytes]) -> list[bytes]:
    """What binds each entry to its payload: SHA-256(salt ‖ payload); `salts` stand one after the other.

    >>> len(commitments(bytes(16), [b"{}"])[0])
    32
    """
    sha256 = hashlib.sha256
    salted = zip(_SALTS.iter_unpack(salts), payloads, strict=True)
    return [sha256(salt + payload).digest() for (salt,), payload in salted]


def leaves_of(bundle: Bundle, last: list[bytes], commitments: Sequence[bytes]) -> list[bytes]:
    """The leaf of each entry of a bundle, as all of its other columns make it.

    `last` holds the newest leaf of each customer's chain before the bundle and is moved along.
    """
    headers = fixed_headers(
        first_index=bundle.first_index, recorded_at=bundle.recorded_at, kinds=bundle.kinds, seqs=bundle.seqs
    )
    names = [name.encode() for name in bundle.customers]
    return chain_leaves(headers, bundle.codes.tolist(), names, last, commitments)


def chain_leaves(
    headers: bytes, codes: list[int], names: list[bytes], last: list[bytes], commitments: Sequence[bytes]
) -> list[bytes]:
    """The public leaf of each entry, in order.

    `last` holds the newest leaf of each customer's chain and is moved along.
    """
    sha256 = hashlib.sha256
    leaves: list[bytes] = []
    append = leaves.append
    rows = zip(_FIXED_PARTS.iter_unpack(headers), codes, commitments, strict=True)
    for (fixed,), code, commitment in rows:
        leaf = sha256(fixed + last[code] + names[code] + commitment).digest()
        last[code] = leaf
        append(leaf)
    return leaves
