"""What arrived, hour by hour, as counts and fingerprints: the seller's side of a comparison with a sender.

The fingerprint of a set of events is the sum, modulo 2^256, of SHA-256(source, U+001F, id) of each, as 64
hexadecimal digits: it depends neither on order nor on the parts in which it was counted. `client.tally` has
the sender's side, in words of its own, and a test holds the two together. Compared is what arrived, whatever
later entries made of it: a corrected or unattributed event arrived all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from steelyard.metering.payload import KEY_SEPARATOR

HOUR_MICROS: Final = 3_600_000_000
_MODULUS: Final = 1 << 256


class Group(NamedTuple):
    """Events of one source, customer or subject (as sent) and type, in the hour that begins then."""

    source: str
    who: str
    type: str
    hour_micros: int


class Tally(NamedTuple):
    """How many events there are, and the fingerprint of which ones."""

    events: int
    fingerprint: str


class _Arrived(msgspec.Struct, frozen=True, gc=False):
    source: str
    id: str
    type: str
    time: int
    subject: str = ""
    customer: str = ""
    again: bool = False


_decoder = msgspec.json.Decoder(_Arrived)


class Arrivals:
    """Counts the events of certain sources that happened in a span of time, as they come by.

    >>> arrivals = Arrivals(sources={"app"}, start_micros=0, end_micros=HOUR_MICROS)
    >>> arrivals.see([b'{"source":"app","id":"1","type":"t","time":5,"subject":"acme"}'])
    >>> [(group.who, tally.events) for group, tally in arrivals.tallies().items()]
    [('acme', 1)]
    """

    def __init__(self, *, sources: Collection[str], start_micros: int, end_micros: int) -> None:
        self._sources = frozenset(sources)
        self._start, self._end = start_micros, end_micros
        self._sums: dict[Group, list[int]] = {}

    def see(self, payloads: Iterable[bytes]) -> None:
        """Take in payloads of usage events; what was erased or is of no interest is passed over."""
        sums = self._sums
        for group, event_id in _arrived(payloads, self._sources, self._start, self._end):
            key = f"{group.source}{KEY_SEPARATOR}{event_id}".encode()
            sum_of_group = sums.setdefault(group, [0, 0])
            sum_of_group[0] += 1
            sum_of_group[1] += int.from_bytes(sha256(key).digest(), "big")

    def tallies(self) -> dict[Group, Tally]:
        """Count and fingerprint of each group that has events, in order."""
        return {
            group: Tally(count, f"{total % _MODULUS:064x}")
            for group, (count, total) in sorted(self._sums.items())
        }


def ids_in(payloads: Iterable[bytes], groups: Collection[Group]) -> Iterable[tuple[Group, str]]:
    """The ids of the events that are in one of these groups, in the order in which they arrived.

    >>> payload = b'{"source":"app","id":"1","type":"t","time":5}'
    >>> list(ids_in([payload], [Group("app", "", "t", 0)]))[0][1]
    '1'
    """
    wanted = frozenset(groups)
    if not wanted:
        return []
    hours = [group.hour_micros for group in wanted]
    sources = frozenset(group.source for group in wanted)
    arrived = _arrived(payloads, sources, min(hours), max(hours) + HOUR_MICROS)
    return [(group, event_id) for group, event_id in arrived if group in wanted]


def _arrived(
    payloads: Iterable[bytes], sources: frozenset[str], start: int, end: int
) -> Iterable[tuple[Group, str]]:
    decode = _decoder.decode
    for payload in payloads:
        if not payload:
            continue  # Erased: the record proves that it was there, not what it said.
        event = decode(payload)
        # An event that a backfill brought again has arrived before.
        if event.source in sources and start <= event.time < end and not event.again:
            hour = event.time - event.time % HOUR_MICROS
            yield Group(event.source, event.customer or event.subject, event.type, hour), event.id
