"""Impacts as a workspace works them out: one at a time, the newest kept, with how far the running one is."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from steelyard.billing.run import Books
from steelyard.catalog import Catalog, Impact, catalog_id, live_version
from steelyard.insight import impact_of

_KEPT_MAX: Final = 8


class Impacts:
    """The newest impacts of one workspace; each is worked out once for each state of its record."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], Impact] = OrderedDict()
        self.done = self.total = 0

    def of(
        self,
        books: Books,
        candidate: Catalog,
        *,
        month: str,
        now: datetime,
        customers: Sequence[str] | None = None,
    ) -> Impact:
        """What the candidate would have charged in the month, beside what the live catalog charges."""
        with self._lock:
            live = live_version(books.state)
            size = books.reader.size
            named = None if customers is None else tuple(sorted(customers))
            mark = (catalog_id(candidate), live.id if live else "", month, named, size)
            mark = (*mark, books.usage.position(), now.date())
            if mark not in self._kept:
                try:
                    self._kept[mark] = impact_of(
                        books.state,
                        books.usage,
                        candidate,
                        month=month,
                        now=now,
                        record_size=size,
                        customers=named,
                        progress=self._tell,
                    )
                finally:
                    self.done = self.total = 0
            self._kept.move_to_end(mark)
            while len(self._kept) > _KEPT_MAX:
                self._kept.popitem(last=False)
            return self._kept[mark]

    def _tell(self, done: int, total: int) -> None:
        self.done, self.total = done, total
