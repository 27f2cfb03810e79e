"""Deeds: who did or looked at what, when; an entry of the record for each write and each sensitive read.

A deed of a write stands in the same write, so that neither is without the other. It names a person or key by
id alone: names live in the state, and no entry needs to change when one does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from steelyard.kernel import make_id
from steelyard.record import WORKSPACE_CHAIN, Kind, Write
from steelyard.record.planned import saving


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What somebody did: `by` is a person's or key's id, `did` the endpoint's name, `about` its path.

    `looked` says that they only read.
    """

    id: str
    by: str
    did: str
    about: str
    at: datetime
    looked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Doer:
    """Who is about to do something, and what: all of a deed but its moment."""

    by: str
    did: str
    about: str

    def deed(self, at: datetime, entropy: bytes, *, looked: bool = False) -> Deed:
        """The deed done now; `entropy` is ten random bytes."""
        return Deed(
            id=make_id("deed", at, entropy), by=self.by, did=self.did, about=self.about, at=at, looked=looked
        )


def noting(deed: Deed) -> Write:
    """The write of a deed alone, such as of a sensitive read."""
    return saving(Kind.ACCESS, WORKSPACE_CHAIN, deed, deed.id, None)


def signed(write: Write, deed: Deed) -> Write:
    """The same write with its deed behind everything else: both happen or neither.

    >>> from steelyard.kernel import instant
    >>> at = instant("2026-11-01T00:00:00Z")
    >>> deed = Doer(by="person_1", did="keys.create", about="/api/v1/keys").deed(at, bytes(10))
    >>> both = signed(noting(deed), deed)
    >>> both.entry_count, [row.told_by for row in both.rows]
    (2, [0, 1])
    """
    told_by = write.entry_count
    noted = noting(deed)
    rows = tuple(msgspec.structs.replace(row, told_by=told_by) for row in noted.rows)
    return msgspec.structs.replace(write, batches=(*write.batches, *noted.batches), rows=(*write.rows, *rows))
