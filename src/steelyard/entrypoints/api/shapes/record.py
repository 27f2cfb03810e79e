"""The record from outside: live entries, proofs, verification."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from steelyard.entrypoints.api.pages import Limit
from steelyard.entrypoints.api.shapes.base import Amount, Shape, Time


class EntriesQuery(Shape, frozen=True, kw_only=True):
    """Which entries: those before an index, newest first."""

    before: Annotated[int, Meta(ge=0)] | None = None
    limit: Limit = 50


class RecordEntry(Shape, frozen=True, kw_only=True):
    """One entry of the record, without its payload."""

    index: int
    kind: str
    customer: str
    customer_seq: int
    recorded_at: Time
    leaf: str
    text: str


class RecordEntries(Shape, frozen=True, kw_only=True):
    """The newest entries before an index."""

    items: list[RecordEntry]
    next: int | None
    size: int


class Proof(Shape, frozen=True, kw_only=True):
    """That an entry is in the tree of the checkpoint: the path of hashes, and the same as tlog-proof text."""

    index: int
    size: int
    leaf: str
    hashes: list[str]
    checkpoint: str
    text: str


class Finding(Shape, frozen=True, kw_only=True):
    """Something that does not verify, and where."""

    message: str
    index: int | None


class VerifyQuery(Shape, frozen=True, kw_only=True):
    """By which key: one that was kept elsewhere must be among those that signed the record."""

    key: Annotated[str, Meta(max_length=1000)] = ""


class VerifyAnswer(Shape, frozen=True, kw_only=True):
    """What a complete check of the record found."""

    ok: bool
    entries: int
    size: int
    root: str
    problems: list[Finding]
    state_problems: list[str]
    seconds: Amount
    at: Time
