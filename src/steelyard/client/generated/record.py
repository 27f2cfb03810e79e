"""What can be asked about record, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from typing import TypedDict

from steelyard.client.transport import Transport, path_part, without_none

Consistency = TypedDict(
    "Consistency",
    {
        "from": "int",
        "to": "int",
        "fromRoot": "str",
        "root": "str",
        "hashes": "builtins.list[str]",
        "checkpoint": "str | None",
    },
)
"""That the tree of one size is a beginning of a later one: RFC 9162, section 2.1.4; hashes are base64.

    `checkpoint` is the signed note of the later tree, null where none was signed at that size."""


class Finding(TypedDict):
    """Something that does not verify, and where."""

    message: str
    index: int | None


class Keys(TypedDict):
    """The record's verifier keys: the first, the one in force, and how each names the next."""

    first: str
    current: str
    rotations: builtins.list[ProvenRotation]


class Proof(TypedDict):
    """That an entry is in the tree of the checkpoint: the path of hashes, and the same as tlog-proof text."""

    index: int
    size: int
    leaf: str
    hashes: builtins.list[str]
    checkpoint: str
    text: str


class ProvenRotation(TypedDict):
    """The entry that names a new key, whole, with its proof under the checkpoint that both keys signed."""

    number: int
    old: str
    new: str
    at: str
    index: int
    kind: int
    customer: str
    seq: int
    prev: str
    recorded_at: int
    salt: str
    payload: str
    proof: builtins.list[str]
    checkpoint: str


class RecordEntries(TypedDict):
    """The newest entries before an index."""

    items: builtins.list[RecordEntry]
    next: int | None
    size: int


class RecordEntry(TypedDict):
    """One entry of the record, without its payload."""

    index: int
    kind: str
    customer: str
    customer_seq: int
    recorded_at: str
    leaf: str
    text: str


class Rotated(TypedDict):
    """The keys before and after; `new` is null for a dry run, `aside` the file of the old private key."""

    number: int
    old: str
    new: str | None
    aside: str | None
    dry_run: bool


class VerifyAnswer(TypedDict):
    """What a complete check of the record found."""

    ok: bool
    entries: int
    size: int
    root: str
    problems: builtins.list[Finding]
    state_problems: builtins.list[str]
    seconds: str
    at: str


class RecordApi:
    """What can be asked about record."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def checkpoint(self) -> bytes:
        """The newest signed checkpoint (C2SP tlog-checkpoint)."""
        return self._transport.raw("GET", "/record/checkpoint")

    def tile(self, rest: str | int) -> bytes:
        """A tile or entry bundle of the tree (C2SP tlog-tiles); it shows neither customers nor usage."""
        return self._transport.raw("GET", f"/record/tile/{rest}")

    def key(self) -> bytes:
        """The verifier key of the checkpoints (C2SP signed-note)."""
        return self._transport.raw("GET", "/record/key")

    def proof(self, index: str | int) -> Proof:
        """The proof that an entry is in the tree of the newest checkpoint."""
        return self._transport.json("GET", f"/record/proof/{path_part(index)}")

    def entries(self, *, before: int | None = None, limit: int | None = None) -> RecordEntries:
        """Entries of the record, newest first, without payloads."""
        return self._transport.json("GET", "/api/v1/record/entries", query={"before": before, "limit": limit})

    def verify(self, *, key: str | None = None) -> VerifyAnswer:
        """Check the whole record and the state that it tells of."""
        return self._transport.json("POST", "/api/v1/record/verify", query={"key": key})

    def consistency(self, *, from_: int | None = None, to: int | None = None) -> Consistency:
        """The proof that the tree of one size is a beginning of a later one (RFC 9162)."""
        return self._transport.json("GET", "/record/consistency", query={"from": from_, "to": to})

    def proof_file(self, index: str | int) -> bytes:
        """The proof of an entry as a file (C2SP tlog-proof)."""
        return self._transport.raw("GET", f"/record/proof/{path_part(index)}.tlog-proof")

    def keys(self) -> Keys:
        """The record's verifier keys, first to newest, each proven by the one before."""
        return self._transport.json("GET", "/record/keys")

    def rotate(self, *, reason: str, dry_run: bool | None = None) -> Rotated:
        """Change the key that signs the record; the record names the new one."""
        return self._transport.json(
            "POST", "/api/v1/record/rotation", body={"reason": reason, **without_none({"dry_run": dry_run})}
        )
