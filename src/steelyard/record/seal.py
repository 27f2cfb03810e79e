"""Sealing: entries that were decided on become a bundle, hashed into their chains and into the tree.

This is the inner loop of the whole product: four SHA-256 for each entry (commitment, leaf, leaf hash, and
one inner node), everything else in columns. Nothing here remembers; the caller keeps what is returned only
after it is durable.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from steelyard.record.bundle import Column, chain_positions, encode_bundle
from steelyard.record.merkle import Frontier, grow
from steelyard.record.model import HEADER_VERSION, NO_PREVIOUS, SALT_BYTES

Head = tuple[int, bytes]
"""The sequence number and the leaf of a chain's newest entry."""

NEW_CHAIN: Head = (-1, NO_PREVIOUS)

_FIXED = np.dtype([("version", "u1"), ("kind", "u1"), ("index", ">u8"), ("seq", ">u8"), ("at", ">i8")])
_FIXED_PARTS = struct.Struct(f"{_FIXED.itemsize}s")
_SALTS = struct.Struct(f"{SALT_BYTES}s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A bundle ready to be stored, and what the tree and the chains are once it is."""

    data: bytes
    frontier: Frontier
    complete: list[list[bytes]]
    heads: dict[str, Head]


def seal(
    *,
    first_index: int,
    recorded_at: int,
    kinds: bytes,
    customers: list[str],
    payloads: list[bytes],
    salts: bytes,
    heads: Mapping[str, Head],
    frontier: Frontier,
) -> Sealed:
    """The bundle of these entries, given the chain heads and the frontier before them.

    `salts` is 16 random bytes for each entry; `recorded_at` microseconds since 1970.

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
    codes = np.array(code_list, dtype=np.uint32)
    before = [heads.get(name, NEW_CHAIN) for name in names]
    encoded = [name.encode() for name in names]
    first_seqs = np.array([seq + 1 for seq, _ in before], dtype=np.uint64)
    seqs = first_seqs[codes] + chain_positions(codes, len(names))[0]

    headers = fixed_headers(
        first_index=first_index, recorded_at=recorded_at, kinds=np.frombuffer(kinds, np.uint8), seqs=seqs
    )

    first_prevs = [leaf for _, leaf in before]
    last_leaves = first_prevs.copy()
    leaves = chain_leaves(headers, code_list, encoded, last_leaves, commitments(salts, payloads))
    sha256 = hashlib.sha256
    grown, complete = grow(frontier, [sha256(b"\x00" + leaf).digest() for leaf in leaves])
    data = encode_bundle(
        recorded_at=recorded_at,
        kinds=kinds,
        codes=codes,
        names=encoded,
        firsts=(first_seqs, first_prevs),
        salts=salts,
        leaves=leaves,
        payloads=payloads,
    )
    last_seqs = first_seqs + np.bincount(codes).astype(np.uint64) - np.uint64(1)
    new_heads = dict(zip(names, zip(last_seqs.tolist(), last_leaves, strict=True), strict=True))
    return Sealed(data=data, frontier=grown, complete=complete, heads=new_heads)


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
