"""The keys of the record: their history, and changing the one in force."""

from __future__ import annotations

from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.shapes import rotation as shapes
from steelyard.entrypoints.rotating import first_key, history, rotate
from steelyard.kernel import iso
from steelyard.record.encoding import to_base64
from steelyard.record.rotation import KeyRotation, RotationProof


def keys(call: Call) -> shapes.Keys:
    """All verifier keys of the record, each proven by the one before."""
    workspace = call.workspace
    return shapes.Keys(
        first=first_key(workspace.state, workspace.reader.vkey),
        current=workspace.reader.vkey,
        rotations=[_shown(*one) for one in history(workspace.state, workspace.reader)],
    )


def _shown(rotation: KeyRotation, proof: RotationProof) -> shapes.ProvenRotation:
    entry = proof.entry
    return shapes.ProvenRotation(
        number=rotation.number,
        old=rotation.old,
        new=rotation.new,
        at=iso(rotation.at),
        index=entry.index,
        kind=int(entry.kind),
        customer=entry.customer,
        seq=entry.customer_seq,
        prev=to_base64(entry.customer_prev),
        recorded_at=entry.recorded_at,
        salt=to_base64(entry.salt),
        payload=entry.payload.decode(),
        proof=[to_base64(one) for one in proof.hashes],
        checkpoint=proof.checkpoint,
    )


def change(call: Call) -> shapes.Rotated:
    """Change the key that signs the record."""
    asked: shapes.RotationIn = call.body
    workspace = call.workspace
    with workspace.rotating:
        if asked.dry_run:
            number = workspace.state.count(KeyRotation) + 1
            return shapes.Rotated(
                number=number, old=workspace.reader.vkey, new=None, aside=None, dry_run=True
            )
        done, aside = rotate(
            workspace, by=call.principal.name, reason=asked.reason, at=call.now, signed=call.signed
        )
    answer = shapes.Rotated(number=done.number, old=done.old, new=done.new, aside=aside.name, dry_run=False)
    call.remember(answer)
    return answer
