"""The way from a receipt to the signed root, hash by hash, so that a page can show and check it.

RFC 9162, 2.1.3.2: a leaf hash is SHA-256(0x00 ‖ leaf), an inner node SHA-256(0x01 ‖ left ‖ right).
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from steelyard.entrypoints.console.answers import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step up the tree: the sibling that joins, on which side, and the node that results (base64)."""

    level: int
    sibling: str
    sibling_is_left: bool
    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A signed checkpoint taken apart: who says how big the tree is and what its root is."""

    origin: str
    size: int
    root: str
    signatures: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """An inclusion proof, walked: leaf, its hash, every rung, and whether it ends at the signed root."""

    index: int
    leaf: str
    leaf_hash: str
    rungs: tuple[Rung, ...]
    note: Note

    @property
    def top(self) -> str:
        """The hash at which the walk ends."""
        return self.rungs[-1].node if self.rungs else self.leaf_hash

    @property
    def arrives(self) -> bool:
        """Whether the walk ends at the root that the checkpoint signs."""
        return self.top == self.note.root


def read_note(text: str) -> Note:
    """A signed checkpoint (C2SP tlog-checkpoint) taken apart.

    >>> read_note("log.example\\n2\\ncm9vdA==\\n\\n— log.example c2ln\\n").size
    2
    """
    body, _, signatures = text.partition("\n\n")
    origin, size, root = body.split("\n")[:3]
    signed = tuple(line for line in signatures.splitlines() if line.startswith("— "))
    return Note(origin=origin, size=int(size), root=root, signatures=signed, text=text)


def climb(proof: Json) -> Climb:
    """The proof's walk from leaf to root; `arrives` says whether it proves anything.

    >>> leaf, other = hashlib.sha256(b"a").digest(), hashlib.sha256(b"b").digest()
    >>> hashes = [hashlib.sha256(b"\\x00" + x).digest() for x in (leaf, other)]
    >>> root = hashlib.sha256(b"\\x01" + hashes[0] + hashes[1]).digest()
    >>> def text(x):
    ...     return base64.b64encode(x).decode()
    >>> note = f"log\\n2\\n{text(root)}\\n\\n— log c2ln\\n"
    >>> climb({"index": 0, "leaf": leaf.hex(), "hashes": [text(hashes[1])], "checkpoint": note}).arrives
    True
    """
    note = read_note(proof["checkpoint"])
    leaf = _bytes(proof["leaf"])
    node = hashlib.sha256(b"\x00" + leaf).digest()
    leaf_hash = _text(node)
    rungs: list[Rung] = []
    place, last = int(proof["index"]), note.size - 1
    for level, encoded in enumerate(proof["hashes"], start=1):
        sibling = _bytes(encoded)
        is_left = bool(place & 1) or place == last
        node = hashlib.sha256(b"\x01" + (sibling + node if is_left else node + sibling)).digest()
        rungs.append(Rung(level=level, sibling=_text(sibling), sibling_is_left=is_left, node=_text(node)))
        if is_left:
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    return Climb(
        index=int(proof["index"]), leaf=_text(leaf), leaf_hash=leaf_hash, rungs=tuple(rungs), note=note
    )


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
