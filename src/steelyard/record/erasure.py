"""Erasure: salt and payload of entries go, their commitments stay; leaves, chains and tree are as before.

An entry of kind ERASURE, on the chain of the customer, tells of it before anything is deleted; erased entries
that no such entry tells of do not verify. A row that an erased entry told of is deleted with it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
import numpy as np

from steelyard.record.bundle import COMMITMENT_BYTES, PREFIX, Bundle
from steelyard.record.model import SALT_BYTES, Kind
from steelyard.record.seal import commitments
from steelyard.record.telling import telling, told

ERASABLE: Final = frozenset(
    {Kind.USAGE, Kind.ATTRIBUTION, Kind.DECISION, Kind.CORRECTION, Kind.OUTCOME, Kind.ANOMALY}
)
"""Kinds whose payloads hold what somebody used; the others tell of the seller's own books."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedSection:
    """A part of a chain whose erasable entries were erased: sequence numbers, both ends included."""

    customer: str
    first_seq: int
    last_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was erased, for whom, by whom and why; `until` is the time of recording before which, if any."""

    id: str
    customer: str
    sections: tuple[ErasedSection, ...]
    entries: int
    reason: str
    by: str
    at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedKeys:
    """The 64-bit hashes of the deduplication keys of erased events, so that they are not recorded again.

    Both fields are base64: indexes of entries and hashes of keys, as unsigned 64-bit numbers, little endian.
    """

    erasure: str
    indexes: str
    hashes: str


class _Sections(msgspec.Struct, frozen=True):
    sections: tuple[ErasedSection, ...]


class _Keys(msgspec.Struct, frozen=True):
    indexes: str
    hashes: str


def keys_payload(erasure: str, keys: Sequence[tuple[int, int]]) -> bytes:
    """The payload of the entry that keeps the hashes of erased keys: pairs of index and hash.

    >>> kept_keys(keys_payload("era_1", [(7, 2**63)]))
    [(7, 9223372036854775808)]
    """
    indexes, hashes = (_packed(column) for column in zip(*keys, strict=True))
    return telling(ErasedKeys(erasure=erasure, indexes=indexes, hashes=hashes))


def _packed(numbers: Iterable[int]) -> str:
    return base64.b64encode(np.array(list(numbers), dtype="<u8").tobytes()).decode("ascii")


def kept_keys(payload: bytes) -> list[tuple[int, int]]:
    """The pairs of index and hash that an ERASURE entry keeps; none for one that keeps none."""
    said = told(payload)
    if said is None or said.what != "erased_keys":
        return []
    body = msgspec.json.decode(said.body, type=_Keys)
    columns = [np.frombuffer(base64.b64decode(text), "<u8").tolist() for text in (body.indexes, body.hashes)]
    return list(zip(*columns, strict=True))


def sections_told(payload: bytes) -> tuple[ErasedSection, ...]:
    """The sections that an ERASURE entry tells of; none for one that tells of none."""
    said = told(payload)
    if said is None or said.what != "erasure":
        return ()
    return msgspec.json.decode(said.body, type=_Sections).sections


def sections_of(places: Mapping[str, Iterable[int]]) -> tuple[ErasedSection, ...]:
    """The fewest sections that hold these numbers of these chains, and no others.

    >>> [(one.first_seq, one.last_seq) for one in sections_of({"acme": [4, 1, 2]})]
    [(1, 2), (4, 4)]
    """
    found: list[ErasedSection] = []
    for customer, seqs in places.items():
        ordered = sorted(set(seqs))
        starts = [at for at, seq in enumerate(ordered) if at == 0 or ordered[at - 1] != seq - 1]
        for start, stop in zip(starts, [*starts[1:], len(ordered)], strict=True):
            found.append(
                ErasedSection(customer=customer, first_seq=ordered[start], last_seq=ordered[stop - 1])
            )
    return tuple(found)


def places_in(bundle: Bundle, sections: Sequence[ErasedSection]) -> list[int]:
    """The positions of a bundle's entries that these sections mean and that can be erased, in order."""
    wanted = np.zeros(bundle.count, dtype=bool)
    codes = {name: code for code, name in enumerate(bundle.customers)}
    for section in sections:
        code = codes.get(section.customer)
        if code is not None:
            of_chain = bundle.codes == code
            wanted |= of_chain & (bundle.seqs >= section.first_seq) & (bundle.seqs <= section.last_seq)
    wanted &= np.isin(bundle.kinds, np.array(sorted(ERASABLE), dtype=np.uint8))
    return np.flatnonzero(wanted).tolist()


def without(bundle: Bundle, positions: Sequence[int]) -> bytes:
    """The bytes of the bundle in which the entries at these positions are erased; leaves stay as they are."""
    erased = sorted({*positions, *bundle.erased.tolist()})
    payloads = bundle.stored_list()
    fresh = [position for position in positions if not bundle.is_erased(position)]
    salts = bytearray(bundle.salts)
    for position in fresh:
        place = slice(SALT_BYTES * position, SALT_BYTES * position + SALT_BYTES)
        (payloads[position],) = commitments(bytes(salts[place]), [payloads[position]])
        salts[place] = bytes(SALT_BYTES)
    offsets = np.zeros(bundle.count + 1, dtype="<u4")
    np.cumsum(np.fromiter(map(len, payloads), dtype=np.uint32, count=bundle.count), out=offsets[1:])
    return _reassembled(bundle, erased, offsets.tobytes(), bytes(salts), payloads)


def _reassembled(
    bundle: Bundle, erased: list[int], offsets: bytes, salts: bytes, payloads: Sequence[bytes]
) -> bytes:
    names = [name.encode() for name in bundle.customers]
    name_offsets = np.zeros(len(names) + 1, dtype="<u4")
    np.cumsum([len(name) for name in names], out=name_offsets[1:])
    magic, count, recorded_at, customers, name_bytes, *_ = PREFIX.unpack_from(bundle.data)
    size = sum(map(len, payloads))
    parts = [
        PREFIX.pack(magic, count, recorded_at, customers, name_bytes, size, len(erased)),
        bundle.first_seqs.tobytes(),
        offsets,
        bundle.codes.tobytes(),
        name_offsets.tobytes(),
        np.array(erased, dtype="<u4").tobytes(),
        bundle.kinds.tobytes(),
        bytes(bundle.first_prevs),
        salts,
        bytes(bundle.leaves),
        *names,
        *payloads,
    ]
    assert all(len(payloads[position]) == COMMITMENT_BYTES for position in erased)
    return b"".join(parts)
