"""The thread that looks at a sample of the events that come in, to know what their data looks like.

It is told of every bundle and looks at few of its events, the more evenly the larger the flood, so that its
cost does not grow with the traffic.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from decimal import Decimal
from typing import Final

import msgspec

from steelyard.adapters.sqlite import ProfileLog
from steelyard.metering import Profile
from steelyard.record import Bundle, Kind

DAY_MICROS: Final = 86_400_000_000
LOOKED_AT_MAX: Final = 1_000
"""So many events are looked at in one round."""

OF_ONE_TYPE_MAX: Final = 25
"""So many events of one type are read whole in one round."""

BUNDLES_MAX: Final = 64
_PAUSE_SECONDS: Final = 0.5


class _Head(msgspec.Struct, gc=False):
    type: str
    data: msgspec.Raw = msgspec.Raw(b"")


_head: Final = msgspec.json.Decoder(_Head).decode
_data: Final = msgspec.json.Decoder(float_hook=Decimal).decode
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError)

logger = logging.getLogger("steelyard.quality")


class Sampler:
    """Keeps a profile of each event type's data by day; give `tell` to the record's writer."""

    def __init__(self, log: ProfileLog) -> None:
        """Nothing runs before `start`."""
        self._log = log
        self._waiting: deque[Bundle] = deque(maxlen=BUNDLES_MAX)
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._working = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="event-sampler", daemon=True)

    def start(self) -> None:
        """Starts to look at what comes."""
        self._thread.start()

    def tell(self, bundle: Bundle) -> None:
        """Notes a bundle that became durable; of too many the oldest are let go."""
        self._waiting.append(bundle)
        self._wake.set()

    def stop(self) -> None:
        """Looks at what waits, and ends the thread."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self.take_in()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            self.take_in()
            self._stopping.wait(_PAUSE_SECONDS)

    def take_in(self) -> None:
        """Looks at what waits, now."""
        with self._working:
            bundles: list[Bundle] = []
            while self._waiting:
                bundles.append(self._waiting.popleft())
            if not bundles:
                return
            for day, profiles in profiles_of(bundles).items():
                self._log.add(day, profiles)


def profiles_of(bundles: list[Bundle]) -> dict[int, dict[str, Profile]]:
    """The profiles by day (since 1970, UTC) and event type of an even sample of these bundles' usage."""
    total = sum(bundle.count for bundle in bundles)
    step = max(1, -(-total // LOOKED_AT_MAX))
    found: dict[int, dict[str, Profile]] = {}
    taken: Counter[str] = Counter()
    for bundle in bundles:
        for position in range(0, bundle.count, step):
            if bundle.kinds.item(position) != Kind.USAGE:
                continue
            try:
                head = _head(bundle.payload_at(position))
                if taken[head.type] >= OF_ONE_TYPE_MAX:
                    continue
                data = _data(head.data) if bytes(head.data) else None
            except _UNREADABLE:
                continue
            taken[head.type] += 1
            of_day = found.setdefault(bundle.recorded_at // DAY_MICROS, {})
            of_day.setdefault(head.type, Profile()).add({} if data is None else data)
    return found
