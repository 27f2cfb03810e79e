"""Rotation of the record's key: which keys signed its checkpoints, and how each names the next.

An entry of kind KEY_ROTATION tells of the new key. The checkpoint of its commit carries the signatures of
both; every earlier one is signed by the old key alone, every later one by the new. So whoever has one of
the keys can follow the record's own, signed word to all later ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from steelyard.kernel.errors import DamagedRecord
from steelyard.record.checkpoint import Checkpoint, open_checkpoint
from steelyard.record.merkle import leaf_hash, verify_inclusion
from steelyard.record.model import Entry, Kind
from steelyard.record.note import Note, VerifierKey, parse_note, parse_vkey
from steelyard.record.telling import told


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRotation:
    """One change of the record's key: the verifier keys before and after, by whom, when and why.

    `number` counts from 1; both keys have the same name, which is the origin of the record.
    """

    number: int
    old: str
    new: str
    by: str
    at: datetime
    reason: str = ""


class _Named(msgspec.Struct, frozen=True):
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationProof:
    """That the record names a new key: the entry, and its proof under the checkpoint that both signed."""

    entry: Entry
    hashes: tuple[bytes, ...]
    checkpoint: str


def keys_named(payload: bytes) -> tuple[str, str]:
    """The verifier keys before and after, as a KEY_ROTATION entry tells them; else DamagedRecord."""
    said = told(payload)
    if said is None or said.what != "key_rotation":
        raise DamagedRecord("an entry of kind key rotation tells of none", code="wrong_key")
    try:
        named = msgspec.json.decode(said.body, type=_Named)
    except msgspec.DecodeError as error:
        raise DamagedRecord(f"a key rotation cannot be read: {error}", code="wrong_key") from None
    return named.old, named.new


def next_key(current: VerifierKey, payload: bytes) -> VerifierKey:
    """The key that follows the current one, as the entry tells; DamagedRecord where it does not follow."""
    old, new = keys_named(payload)
    following = parse_vkey(new)
    if parse_vkey(old) != current or following.name != current.name:
        message = f"a rotation leads from {old} to {new}, but the key in force is {current}"
        raise DamagedRecord(message, code="wrong_key")
    return following


def follow_keys(vkey: str, proofs: Sequence[RotationProof]) -> tuple[VerifierKey, ...]:
    """The given key and all that follow it, each proven by the one before.

    Rotations of earlier keys are passed over. Raises DamagedRecord where a proof does not hold.
    """
    keys = [parse_vkey(vkey)]
    for proof in proofs:
        old, _ = keys_named(proof.entry.payload)
        if parse_vkey(old) != keys[-1] or proof.entry.kind is not Kind.KEY_ROTATION:
            continue
        following = next_key(keys[-1], proof.entry.payload)
        signed = _signed_by_both(proof, keys[-1], following)
        included = verify_inclusion(
            index=proof.entry.index,
            size=signed.size,
            leaf=leaf_hash(proof.entry.leaf()),
            proof=proof.hashes,
            root=signed.root,
        )
        if not included:
            raise DamagedRecord("a key rotation is not in the record as shown", code="not_included")
        keys.append(following)
    return tuple(keys)


def _signed_by_both(proof: RotationProof, old: VerifierKey, new: VerifierKey) -> Checkpoint:
    open_checkpoint(proof.checkpoint, new)
    return open_checkpoint(proof.checkpoint, old)


def newest_signature(note: str) -> str:
    """The same note with its last signature alone: that of the key in force after it."""
    parsed = parse_note(note)
    return str(Note(text=parsed.text, signatures=parsed.signatures[-1:]))


def key_of_note(note: str, keys: Sequence[VerifierKey]) -> VerifierKey:
    """The newest of these keys that signed the note, by name and key id; the last one where none did."""
    signed = {(one.name, one.key_id) for one in parse_note(note).signatures}
    return next((key for key in reversed(keys) if (key.name, key.key_id) in signed), keys[-1])
