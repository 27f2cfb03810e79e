"""Checking a proof file offline: an invoice's evidence, by the verifier key and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from steelyard.billing.evidence import verify
from steelyard.kernel import InvalidInput, NotFound
from steelyard.record import Entry, Kind
from steelyard.record.note import VerifierKey
from steelyard.record.rotation import RotationProof, follow_keys, key_of_note


def check_file(file: Path, vkey: str, keys: Path | None = None) -> dict[str, Any]:
    """What checking the file found: `ok`, what holds (`checks`), what does not (`problems`).

    `keys` is what `GET /record/keys` gave: with it, a key that was changed since leads to the later ones.
    Raises NotFound where there is no such file, InvalidInput where it is no evidence or the key is none,
    DamagedRecord where one key does not lead to the next.
    """
    content = _bytes_of(file)
    if keys is not None:
        vkey = _key_for(content, follow_keys(vkey, _rotations(_bytes_of(keys))))
    verdict = verify(content, vkey)
    return {
        "ok": verdict.ok,
        "checks": [str(one) for one in verdict.checks],
        "problems": [str(one) for one in verdict.problems],
        "notes": [str(one) for one in verdict.notes],
        "erased": verdict.erased,
    }


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise NotFound(f"there is no file {file}", code="no_file") from None


class _Rotation(msgspec.Struct, frozen=True, kw_only=True):
    index: int
    kind: int
    customer: str
    seq: int
    prev: bytes
    recorded_at: int
    salt: bytes
    payload: str
    proof: tuple[bytes, ...]
    checkpoint: str


class _Keys(msgspec.Struct, frozen=True, kw_only=True):
    rotations: tuple[_Rotation, ...]


class _Signed(msgspec.Struct, frozen=True, kw_only=True):
    checkpoint: str


def _rotations(content: bytes) -> list[RotationProof]:
    try:
        said = msgspec.json.decode(content, type=_Keys)
        return [
            RotationProof(
                entry=Entry(
                    index=one.index,
                    kind=Kind(one.kind),
                    customer=one.customer,
                    customer_seq=one.seq,
                    customer_prev=one.prev,
                    recorded_at=one.recorded_at,
                    salt=one.salt,
                    payload=one.payload.encode(),
                ),
                hashes=one.proof,
                checkpoint=one.checkpoint,
            )
            for one in said.rotations
        ]
    except (msgspec.DecodeError, ValueError) as error:
        raise InvalidInput(f"this is no history of keys: {error}", code="not_readable") from None


def _key_for(content: bytes, keys: tuple[VerifierKey, ...]) -> str:
    """The one of these keys that signed the file's checkpoint; the newest where that cannot be read."""
    try:
        return str(key_of_note(msgspec.json.decode(content, type=_Signed).checkpoint, keys))
    except (msgspec.DecodeError, InvalidInput):
        return str(keys[-1])
