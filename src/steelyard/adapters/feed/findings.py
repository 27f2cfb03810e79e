"""What a reconciliation finds: how much differs, and the first of it by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from steelyard.kernel import SteelyardError
from steelyard.metering import BundleSource, event_of
from steelyard.metering.reconciliation import Difference, Fault, Place

NAMED_MAX: Final = 80
"""So many of the events that differ are named, so that the result fits an entry; all are counted."""

_DETAIL_MAX: Final = 160

Found = tuple[int, str, str, Place, Fault, str]
"""Entry, customer, meter, the place that stands alone, what is wrong there, and how."""


@dataclass(slots=True)
class Findings:
    """What differs, as far as it is known; an event is found once for each meter and place."""

    problems: list[str] = field(default_factory=list[str])
    by_place: Counter[str] = field(default_factory=Counter[str])
    _first: list[Found] = field(default_factory=list[Found])
    _entries: list[np.ndarray] = field(default_factory=list[np.ndarray])

    def add(self, found: Iterable[Found]) -> None:
        """Notes these: the first by name, all by number."""
        rows = list(found)
        if rows:
            self.by_place.update(row[3].value for row in rows)
            self._entries.append(np.unique(np.array([row[0] for row in rows], dtype=np.int64)))
            self._first = sorted([*self._first, *rows], key=lambda row: row[:4])[:NAMED_MAX]

    @property
    def entries(self) -> int:
        """How many events differ in some way."""
        return len(np.unique(np.concatenate(self._entries))) if self._entries else 0

    def named(self, source: BundleSource) -> tuple[Difference, ...]:
        """The first of the differences, each with the source and id that the record tells."""
        named: list[Difference] = []
        for index, customer, meter, place, fault, detail in self._first:
            event = None
            if index < source.size:
                try:
                    [entry] = source.entries([index])
                    event = event_of(entry) if entry.payload else None
                except SteelyardError:
                    event = None
            named.append(
                Difference(
                    index=index,
                    source=event.source if event else "",
                    id=event.id if event else "",
                    customer=customer,
                    meter=meter,
                    place=place,
                    fault=fault,
                    detail=detail[:_DETAIL_MAX],
                )
            )
        return tuple(named)


def fault_of(right: int, wrong: int) -> Fault:
    """What is wrong with so many rows where there should be others, and there are so many of those.

    >>> fault_of(1, 0).value, fault_of(0, 1).value, fault_of(1, 2).value, fault_of(1, 1).value
    ('missing', 'extra', 'doubled', 'different')
    """
    if not wrong:
        return Fault.MISSING
    if not right:
        return Fault.EXTRA
    return Fault.DOUBLED if wrong > right else Fault.DIFFERENT
