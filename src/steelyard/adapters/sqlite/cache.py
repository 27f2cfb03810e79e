"""Bundles that were read or written lately, kept in memory up to a number of bytes."""

from __future__ import annotations

import bisect
import threading
from collections import OrderedDict

from steelyard.record.bundle import Bundle


class BundleCache:
    """Finds the bundle of an entry among those used last; safe for many threads."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._bundles: OrderedDict[int, Bundle] = OrderedDict()
        self._starts: list[int] = []
        self._lock = threading.Lock()

    def find(self, index: int) -> Bundle | None:
        """The bundle that holds this entry, if it is here."""
        with self._lock:
            at = bisect.bisect_right(self._starts, index) - 1
            if at < 0:
                return None
            bundle = self._bundles[self._starts[at]]
            if index >= bundle.end:
                return None
            self._bundles.move_to_end(bundle.first_index)
            return bundle

    def drop(self, first_index: int) -> None:
        """Lets go of the bundle that begins at this entry."""
        with self._lock:
            bundle = self._bundles.pop(first_index, None)
            if bundle is not None:
                del self._starts[bisect.bisect_left(self._starts, first_index)]
                self._bytes -= len(bundle.data)

    def keep(self, bundle: Bundle) -> None:
        """Keeps a bundle, letting go of those that were not used for longest."""
        with self._lock:
            if bundle.first_index in self._bundles:
                return
            self._bundles[bundle.first_index] = bundle
            bisect.insort(self._starts, bundle.first_index)
            self._bytes += len(bundle.data)
            while self._bytes > self._bytes_max and len(self._bundles) > 1:
                start, oldest = self._bundles.popitem(last=False)
                del self._starts[bisect.bisect_left(self._starts, start)]
                self._bytes -= len(oldest.data)
