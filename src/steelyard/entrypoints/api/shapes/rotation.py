"""The keys of the record: which signed it, one after the other, and the proof of each change."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from steelyard.entrypoints.api.shapes.base import Shape, Time

Base64 = Annotated[str, Meta(description="Bytes, in base64.")]


class RotationIn(Shape, frozen=True, kw_only=True):
    """A change of the record's key."""

    reason: Annotated[str, Meta(min_length=1, max_length=1000, description="Why; it is recorded.")]
    dry_run: bool = False


class Rotated(Shape, frozen=True, kw_only=True):
    """The keys before and after; `new` is null for a dry run, `aside` the file of the old private key."""

    number: int
    old: str
    new: str | None
    aside: str | None
    dry_run: bool


class ProvenRotation(Shape, frozen=True, kw_only=True):
    """The entry that names a new key, whole, with its proof under the checkpoint that both keys signed."""

    number: int
    old: str
    new: str
    at: Time
    index: int
    kind: int
    customer: str
    seq: int
    prev: Base64
    recorded_at: int
    salt: Base64
    payload: str
    proof: list[Base64]
    checkpoint: str


class Keys(Shape, frozen=True, kw_only=True):
    """The record's verifier keys: the first, the one in force, and how each names the next."""

    first: str
    current: str
    rotations: list[ProvenRotation]
