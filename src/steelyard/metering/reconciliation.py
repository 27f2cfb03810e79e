"""The result of comparing the record, the usage store and the warehouse feed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from steelyard.record import WORKSPACE_CHAIN, Batch, Expect, Kind, Save, Write
from steelyard.record.telling import record_of


class Place(StrEnum):
    """One of the three places in which usage stands."""

    RECORD = "record"
    STORE = "store"
    FEED = "feed"


class Fault(StrEnum):
    """What is wrong with an event in a place, as seen from the record."""

    MISSING = "missing"
    EXTRA = "extra"
    DOUBLED = "doubled"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One event that does not stand alike everywhere: what, where, and for which meter.

    `place` is the one that stands alone; where only two are compared it is not the record. `meter` is `*`
    for the event itself, `event` for its content. Source and id are blank where nobody can tell them.
    """

    index: int
    source: str
    id: str
    customer: str
    meter: str
    place: Place
    fault: Fault
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """One comparison: when, of how much, and everything that differs.

    `upto` entries of the record were compared; `feed_upto` of them are in the feed (None: there is no feed).
    `groups` are the customers, meters and hours compared by count, sum and hash. `differing` counts the
    events that differ, of which `differences` names some; `problems` are those of whole files. `erased`
    counts events that the feed still has and the record has erased, which is no mistake.
    """

    id: str
    at: datetime
    seconds: str
    ok: bool
    upto: int
    feed_upto: int | None
    events: int
    groups: int
    differing: int
    by_place: Mapping[str, int]
    differences: tuple[Difference, ...]
    problems: tuple[str, ...] = ()
    erased: int = 0


def kept(found: Reconciliation) -> Write:
    """What keeps a result: an entry on the workspace's chain that tells of it, and its row.

    >>> from datetime import UTC
    >>> found = Reconciliation(
    ...     id="rc_1", at=datetime(2026, 11, 1, tzinfo=UTC), seconds="0.1", ok=True, upto=0, feed_upto=None,
    ...     events=0, groups=0, differing=0, by_place={}, differences=(),
    ... )  # fmt: skip
    >>> kept(found).entry_count
    1
    """
    row = Save(record=found)
    batch = Batch(kind=Kind.WORKSPACE, customers=[WORKSPACE_CHAIN], payloads=[record_of(row)])
    expect = Expect(type=Reconciliation, key=found.id, version=None)
    return Write(batches=(batch,), rows=(row,), expect=(expect,))
