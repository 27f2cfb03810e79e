"""Proofs that travel as text: C2SP tlog-proof files, and a witness's add-checkpoint request.

Both are a few lines, an empty line, and a checkpoint verbatim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from steelyard.kernel.errors import DamagedRecord, InvalidInput
from steelyard.record.checkpoint import Checkpoint, open_checkpoint
from steelyard.record.encoding import from_base64, from_decimal, to_base64
from steelyard.record.merkle import leaf_hash, verify_inclusion
from steelyard.record.note import VerifierKey

PROOF_HEADER: Final = "c2sp.org/tlog-proof@v1"
HASHES_MAX: Final = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That an entry is at an index of the tree under a checkpoint (a signed note, verbatim).

    `extra` is not authenticated by anything.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def __str__(self) -> str:
        extra = [] if self.extra is None else [f"extra {to_base64(self.extra)}"]
        lines = [PROOF_HEADER, *extra, f"index {self.index}", *map(to_base64, self.hashes)]
        return "\n".join([*lines, "", self.checkpoint])


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRequest:
    """What a log sends to a witness: the size it saw last, the proof since then, the new checkpoint."""

    old_size: int
    hashes: tuple[bytes, ...]
    checkpoint: str

    def __str__(self) -> str:
        return "\n".join([f"old {self.old_size}", *map(to_base64, self.hashes), "", self.checkpoint])


def parse_proof(text: str) -> Proof:
    """The proof that a tlog-proof file holds; raises InvalidInput unless it is exactly of the form.

    >>> parse_proof("c2sp.org/tlog-proof@v1\\nindex 5\\n\\nnote\\n").index
    5
    """
    lines, checkpoint = _split(text)
    if not lines or lines[0] != PROOF_HEADER:
        raise InvalidInput("this is not a tlog-proof", code="not_a_proof")
    has_extra = len(lines) > 1 and lines[1].startswith("extra ")
    extra = from_base64(lines[1].removeprefix("extra ")) if has_extra else None
    rest = lines[2:] if has_extra else lines[1:]
    index, hashes = _numbered("index", rest)
    return Proof(index=index, hashes=hashes, checkpoint=checkpoint, extra=extra)


def parse_checkpoint_request(text: str) -> CheckpointRequest:
    """The request that a witness got; raises InvalidInput unless it is exactly of the form.

    >>> parse_checkpoint_request("old 0\\n\\nnote\\n").old_size
    0
    """
    lines, checkpoint = _split(text)
    old_size, hashes = _numbered("old", lines)
    return CheckpointRequest(old_size=old_size, hashes=hashes, checkpoint=checkpoint)


def _split(text: str) -> tuple[list[str], str]:
    head, separator, checkpoint = text.partition("\n\n")
    if not separator:
        raise InvalidInput("the proof has no checkpoint", code="not_a_proof")
    return head.split("\n"), checkpoint


def _numbered(word: str, lines: Sequence[str]) -> tuple[int, tuple[bytes, ...]]:
    if not lines or not lines[0].startswith(f"{word} ") or len(lines) > HASHES_MAX + 1:
        raise InvalidInput(f"the proof lacks its {word} line or is too long", code="not_a_proof")
    hashes = tuple(from_base64(line, length=32) for line in lines[1:])
    return from_decimal(lines[0].removeprefix(f"{word} ")), hashes


def verify_proof(
    proof: Proof, leaf: bytes, vkey: str | VerifierKey, *, witnesses: Sequence[VerifierKey] = ()
) -> Checkpoint:
    """The checkpoint under which the proof shows this leaf (the public entry, not yet hashed).

    Raises InvalidInput when the checkpoint is malformed, DamagedRecord when anything does not verify.
    """
    checkpoint = open_checkpoint(proof.checkpoint, vkey, witnesses=witnesses)
    included = verify_inclusion(
        index=proof.index,
        size=checkpoint.size,
        leaf=leaf_hash(leaf),
        proof=proof.hashes,
        root=checkpoint.root,
    )
    if not included:
        raise DamagedRecord(f"the proof does not show the entry at index {proof.index}", code="not_included")
    return checkpoint
