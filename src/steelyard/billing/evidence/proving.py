"""Proving: every entry of the evidence is in the signed tree, and the chain's section has no gap."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from steelyard.billing.evidence.form import Evidence, Proven, Section, SectionEntry
from steelyard.kernel import InvalidInput, SteelyardError
from steelyard.record.checkpoint import Checkpoint, open_checkpoint
from steelyard.record.merkle import leaf_hash, verify_inclusion
from steelyard.record.model import HEADER, HEADER_VERSION, SALT_BYTES, Kind
from steelyard.record.note import parse_note

_HASH_BYTES = 32


def open_signed(evidence: Evidence, vkey: str) -> tuple[Checkpoint | None, list[str]]:
    """The checkpoint that the record's key signed, or why it is none."""
    try:
        checkpoint = open_checkpoint(evidence.checkpoint, vkey)
        if len(parse_note(evidence.checkpoint).signatures) != 1:
            raise InvalidInput("it carries signatures of others, which this program does not check")
    except SteelyardError as error:
        return None, [f"the checkpoint does not verify: {error.message}"]
    return checkpoint, []


def entry_problems(proven: Proven, what: str, checkpoint: Checkpoint) -> list[str]:
    """Why this entry is not the one of the record, if it is not."""
    kinds = {int(kind) for kind in Kind}
    if proven.kind not in kinds or len(proven.salt) != SALT_BYTES or len(proven.prev) != _HASH_BYTES:
        return [f"entry {proven.index} ({what}) does not have the shape of an entry"]
    if not _fits(proven.index, proven.seq, proven.recorded_at):
        return [f"entry {proven.index} ({what}) has numbers that no entry has"]
    if _is_included(checkpoint, proven.index, proven.entry().leaf(), proven.proof):
        return []
    return [f"entry {proven.index} ({what}) is not the one that the record holds at this place"]


def section_problems(section: Section, document: Proven) -> list[str]:
    """Which entry of the chain's section does not follow from the one before, up to the document's own.

    The document's entry names the leaf of the entry before it: what leads up to it is proven with it.
    """
    entries = section.entries
    if not entries:
        return ["the section of the chain is empty"]
    if section.customer != document.customer:
        return [f"the section is of the chain of {section.customer}, not of {document.customer}"]
    name, pack, version = section.customer.encode(), HEADER.pack, HEADER_VERSION
    previous, seq = entries[0].prev, entries[0].seq
    for entry in entries:
        if entry.seq != seq:
            return [f"entry {entry.index}: chain number {seq} expected, found {entry.seq}: one is missing"]
        if entry.prev != previous or len(previous) != _HASH_BYTES:
            return [f"entry {entry.index} (chain number {seq}) does not follow the entry before it"]
        if not _fits(entry.index, seq, entry.recorded_at) or not 0 <= entry.kind < 256:
            return [f"entry {entry.index} has numbers that no entry has"]
        commitment = _commitment(entry)
        if commitment is None:
            return [f"entry {entry.index} is shown neither whole nor by its commitment"]
        head = pack(version, entry.kind, entry.index, seq, entry.recorded_at) + previous + name
        previous, seq = sha256(head + commitment).digest(), seq + 1
    if seq != document.seq:
        return [f"entry {document.index}: chain number {seq} expected, found {document.seq}: one is missing"]
    if previous != document.prev:
        last = entries[-1]
        return [f"entry {last.index} (chain number {last.seq}) is not the one that the document follows"]
    return []


def _commitment(entry: SectionEntry) -> bytes | None:
    """What the entry's leaf is bound to; None where it shows too little, or too much."""
    if entry.commitment:
        whole = entry.salt or entry.payload
        return None if whole or len(entry.commitment) != _HASH_BYTES else entry.commitment
    if len(entry.salt) != SALT_BYTES:
        return None
    return sha256(entry.salt + entry.payload.encode()).digest()


def _fits(index: int, seq: int, recorded_at: int) -> bool:
    return 0 <= index < 2**64 and 0 <= seq < 2**64 and -(2**63) <= recorded_at < 2**63


def _is_included(checkpoint: Checkpoint, index: int, leaf: bytes, proof: Sequence[bytes]) -> bool:
    if any(len(node) != _HASH_BYTES for node in proof) or not 0 <= index < checkpoint.size:
        return False
    return verify_inclusion(
        index=index, size=checkpoint.size, leaf=leaf_hash(leaf), proof=proof, root=checkpoint.root
    )
