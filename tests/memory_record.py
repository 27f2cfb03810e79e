"""A record in memory: sealed bundles with real chains and leaves, without files or signatures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from steelyard.metering import UsageEvent, encode
from steelyard.record import Bundle, Entry, Kind
from steelyard.record.merkle import Frontier
from steelyard.record.seal import Head, seal

STARTED_AT = 1_795_000_000_000_000


class MemoryRecord:
    """Appends entries as bundles and reads them back, as the record's reader does."""

    def __init__(self) -> None:
        self.size = 0
        self.subscribers: list[Callable[[Bundle], None]] = []
        self._bundles: list[Bundle] = []
        self._heads: dict[str, Head] = {}
        self._frontier: Frontier = ()

    def append(self, customers: Sequence[str], payloads: Sequence[bytes], kind: Kind = Kind.USAGE) -> Bundle:
        """One group commit."""
        return self._seal(bytes([kind]) * len(payloads), list(customers), list(payloads))

    def _seal(self, kinds: bytes, customers: list[str], payloads: list[bytes]) -> Bundle:
        sealed = seal(
            first_index=self.size,
            recorded_at=STARTED_AT + len(self._bundles),
            kinds=kinds,
            customers=customers,
            payloads=payloads,
            salts=bytes(16 * len(payloads)),
            heads=self._heads,
            frontier=self._frontier,
        )
        bundle = Bundle(first_index=self.size, count=len(payloads), data=sealed.data, checkpoint="")
        self._bundles.append(bundle)
        self._heads |= sealed.heads
        self._frontier = sealed.frontier
        self.size = bundle.end
        for subscriber in self.subscribers:
            subscriber(bundle)
        return bundle

    def append_mixed(self, entries: Sequence[tuple[Kind, str, bytes]]) -> Bundle:
        """One group commit of entries of any kinds: kind, customer and payload of each."""
        kinds = bytes(kind for kind, _, _ in entries)
        return self._seal(kinds, [one for _, one, _ in entries], [payload for _, _, payload in entries])

    def append_events(self, events: Sequence[tuple[str, UsageEvent]]) -> Bundle:
        """One group commit of usage events, each on its customer's chain."""
        return self.append([customer for customer, _ in events], [encode(event) for _, event in events])

    def bundles(self, from_index: int = 0) -> Iterator[Bundle]:
        """The bundles from the one that holds this index on."""
        return iter([bundle for bundle in self._bundles if bundle.end > from_index])

    def entries(self, indexes: Sequence[int]) -> list[Entry]:
        """The entries with these indexes."""
        return [self._entry(index) for index in indexes]

    def _entry(self, index: int) -> Entry:
        bundle = next(bundle for bundle in self._bundles if bundle.end > index)
        return bundle.entry_at(index - bundle.first_index)
