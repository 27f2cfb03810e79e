"""Changing the key that signs the record: the record names the new one before it signs alone.

The steps are: the new key in a file beside the old, the entry that names it under a checkpoint signed by
both, the new file in the place of the old. Killed at any point, the next start looks who signed the newest
checkpoint and brings the files in line with that.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from steelyard.adapters.keys import FileSigner, make_successor, put_in_force
from steelyard.adapters.sql import StateStore
from steelyard.adapters.sqlite import RecordReader, RecordWriter
from steelyard.record import WORKSPACE_CHAIN, Batch, Expect, Kind, Save, Write
from steelyard.record.rotation import KeyRotation, RotationProof
from steelyard.record.telling import telling


class Signed(Protocol):
    """An open workspace whose record is signed."""

    folder: Path
    signer: FileSigner
    state: StateStore
    writer: RecordWriter
    reader: RecordReader


def rotate(
    workspace: Signed, *, by: str, reason: str, at: datetime, signed: Callable[[Write], Write]
) -> tuple[KeyRotation, Path]:
    """The rotation to a new key, recorded and in force, and where the old private key lies now.

    `signed` gives the write with the entry that says who does it.
    """
    old = workspace.signer
    number = len(workspace.state.find(KeyRotation)) + 1
    successor = make_successor(workspace.folder, old.name)
    rotation = KeyRotation(number=number, old=old.vkey, new=successor.vkey, by=by, at=at, reason=reason)
    batch = Batch(kind=Kind.KEY_ROTATION, customers=[WORKSPACE_CHAIN], payloads=[telling(rotation)])
    write = Write(
        batches=(batch,),
        rows=(Save(record=rotation, told_by=0),),
        expect=(Expect(type=KeyRotation, key=f"{number:06}", version=None),),
    )
    workspace.writer.rotate(successor, signed(write))
    workspace.signer = successor
    return rotation, put_in_force(workspace.folder)


def history(state: StateStore, reader: RecordReader) -> list[tuple[KeyRotation, RotationProof]]:
    """All rotations in order, each with its proof under the checkpoint that both keys signed."""
    found: list[tuple[KeyRotation, RotationProof]] = []
    for rotation in state.find(KeyRotation):
        index = state.version(KeyRotation, f"{rotation.number:06}")
        assert index is not None, "a row has the entry that tells of it"
        size, note = reader.checkpoint_covering(index)
        proof = RotationProof(
            entry=reader.entry(index), hashes=tuple(reader.inclusion_proof(index, size)), checkpoint=note
        )
        found.append((rotation, proof))
    return found


def first_key(state: StateStore, current: str) -> str:
    """The verifier key that signed the record's first checkpoint."""
    rotations = state.find(KeyRotation, limit=1)
    return rotations[0].old if rotations else current
