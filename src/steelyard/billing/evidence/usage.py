"""The usage that a section of a chain shows: which events counted, as known at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from steelyard.billing.evidence.extent import amended_by, amendment
from steelyard.billing.evidence.form import SHOWN, Section
from steelyard.billing.evidence.pool import Pool
from steelyard.kernel import DamagedRecord, Period, micros
from steelyard.metering import UsageEvent
from steelyard.metering.standing import Standing, standing
from steelyard.record import Entry, Kind

_USAGE_KINDS = frozenset({Kind.USAGE, Kind.ATTRIBUTION, Kind.CORRECTION, Kind.BACKFILL})
Counted = tuple[int, UsageEvent]


class ShownUsage:
    """What counted when, by the entries of the section and the rules of `metering.standing`."""

    def __init__(self, section: Section | None) -> None:
        self._standings = standing(_entries(section)) if section else []

    def known_at(self, moment: datetime | None, last_seq: int | None = None) -> list[Counted]:
        """The events that counted as known then (None: at the section's end), with their chain numbers.

        Those after the last chain number given do not count.
        """
        at = None if moment is None else micros(moment)
        return [
            (one.seq, one.event)
            for one in self._standings
            if one.known_at(at) and (last_seq is None or one.seq <= last_seq)
        ]

    def after(self, moment: datetime | None) -> list[Standing]:
        """Those that came to count only after that moment, and still do."""
        if moment is None:
            return []
        at = micros(moment)
        return [one for one in self._standings if one.known_from > at and one.known_until is None]


def _entries(section: Section) -> Iterable[Entry]:
    for one in section.entries:
        if one.kind in _USAGE_KINDS and not one.commitment:
            yield Entry(
                index=one.index,
                kind=Kind(one.kind),
                customer=section.customer,
                customer_seq=one.seq,
                customer_prev=one.prev,
                recorded_at=one.recorded_at,
                salt=one.salt,
                payload=one.payload.encode(),
            )


def hidden(section: Section | None, pool: Pool) -> tuple[int, list[str]]:
    """How many entries were erased as the record tells, and which are hidden without any such word."""
    erased, problems = 0, list[str]()
    for one in section.entries if section else ():
        if one.commitment and one.kind in SHOWN:
            if section is not None and pool.is_erased(section.customer, one.seq):
                erased += 1
            else:
                problems.append(
                    f"entry {one.index} (chain number {one.seq}) is not shown, "
                    "and no erasure in the record tells why"
                )
    return erased, problems[:20]


def reaching_back(section: Section, start: int, periods: Sequence[Period]) -> int:
    """The chain number of the first entry that must be shown so that every amendment finds what it amends.

    Raises DamagedRecord where one names an entry before the section.
    """
    amendments = {
        entry.index: change
        for entry in _entries(section)
        if (change := amendment(entry.kind, entry.payload)) is not None
    }
    seqs = {one.index: one.seq for one in section.entries}
    first = section.entries[0]
    while True:
        shown = {index: change for index, change in amendments.items() if seqs[index] >= start}
        amended = amended_by(shown, periods)
        if before := sorted(index for index in amended if index < first.index):
            raise DamagedRecord(f"the evidence does not show entry {before[0]}, which an amendment is about")
        lowest = min([start, *(seqs[index] for index in amended if index in seqs)])
        if lowest == start:
            return start
        start = lowest
