"""The usage store's answers: every question of the port that only reads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from steelyard.adapters.duckdb import changed, listings, queries
from steelyard.adapters.duckdb.affected import affected
from steelyard.adapters.duckdb.asking import Question, View
from steelyard.adapters.duckdb.columns import Column, columns_of
from steelyard.adapters.duckdb.listings import Listing
from steelyard.kernel import NotFound, Period
from steelyard.metering import (
    Affected,
    BundleSource,
    CostRow,
    EventRow,
    EventStatus,
    EventType,
    Filter,
    KnownUsage,
    Meter,
    QuantityRow,
    Range,
    StoreCounts,
    UsageChange,
    Window,
)
from steelyard.record import Kind

T = TypeVar("T")


class Answers(ABC):
    """Questions about usage, each answered from one consistent state of the tables."""

    _columns: dict[Column, str]
    _meters: dict[str, Meter]
    _event_types: tuple[EventType, ...]
    _source: BundleSource | None

    @abstractmethod
    def _view(self) -> AbstractContextManager[View]:
        """A state of the tables, for as long as a question needs it."""

    @property
    def meters(self) -> tuple[Meter, ...]:
        """The meters that are defined, by key."""
        return tuple(self._meters[key] for key in sorted(self._meters))

    def _meter(self, meter: Meter | str) -> Meter:
        if isinstance(meter, Meter):
            if all(column in self._columns for column in columns_of([meter])):
                return meter
            message = f"the meter {meter.key!r} reads what no meter in force reads; define it first"
            raise NotFound(message, code="unknown_meter")
        try:
            return self._meters[meter]
        except KeyError:
            known = ", ".join(sorted(self._meters)) or "none"
            message = f"there is no meter {meter[:100]!r}; there is {known}"
            raise NotFound(message, code="unknown_meter") from None

    def quantities(  # noqa: PLR0913 - one question with many optional parts, all named
        self,
        meter: Meter | str,
        period: Period,
        *,
        customers: Sequence[str] | None = None,
        group_by: Sequence[str] = (),
        window: Window | None = None,
        filters: Sequence[Filter] = (),
        timezone: str = "UTC",
        as_of: datetime | None = None,
        together: bool = False,
        sections: bool = True,
    ) -> list[QuantityRow]:
        """The meter's quantity by customer, group and window, sorted; rows without events are left out."""
        question = Question(
            meter=self._meter(meter),
            period=period,
            customers=customers,
            group_by=tuple(dict.fromkeys(group_by)),
            window=window,
            filters=filters,
            timezone=timezone,
            as_of=as_of,
            together=together,
            sections=sections,
        )
        with self._view() as view:
            return queries.quantities(view, question)

    def values(
        self,
        meter: Meter | str,
        period: Period,
        *,
        customers: Sequence[str] | None = None,
        filters: Sequence[Filter] = (),
        first: int | None = None,
        as_of: datetime | None = None,
    ) -> Mapping[str, list[Decimal]]:
        """What the meter reads from each event, by customer, oldest first; at most the `first` ones."""
        question = Question(
            meter=self._meter(meter),
            period=period,
            customers=customers,
            group_by=(),
            window=None,
            filters=filters,
            timezone="UTC",
            as_of=as_of,
        )
        with self._view() as view:
            return queries.values(view, question, first)

    def events(  # noqa: PLR0913 - one question with many optional parts, all named
        self,
        *,
        customer: str | None = None,
        meter: Meter | str | None = None,
        event_type: str | None = None,
        status: EventStatus | None = None,
        period: Period | None = None,
        filters: Sequence[Filter] = (),
        after: int | None = None,
        limit: int = 100,
        newest_first: bool = False,
        as_of: datetime | None = None,
    ) -> list[EventRow]:
        """Stored events by entry index, those after the cursor; at most `limit`."""
        listing = Listing(
            customer=customer,
            meter=self._meter(meter) if meter is not None else None,
            event_type=event_type,
            status=status,
            period=period,
            filters=filters,
            after=after,
            limit=limit,
            newest_first=newest_first,
            as_of=as_of,
        )
        with self._view() as view:
            return listings.events(view, listing, self._matched(), self._source)

    def _matched(self) -> list[str]:
        return sorted({name for meter in self._meters.values() for name in meter.event_types})

    def counts(
        self,
        period: Period | None = None,
        *,
        customers: Sequence[str] | None = None,
        timezone: str = "UTC",
        as_of: datetime | None = None,
    ) -> StoreCounts:
        """How many events there are and how they divide."""
        with self._view() as view:
            scope = listings.in_scope(view, period, customers, as_of)
            return listings.counts(view, scope, timezone, self._matched(), self._event_types)

    def costs(
        self, period: Period, *, customers: Sequence[str] | None = None, as_of: datetime | None = None
    ) -> list[CostRow]:
        """What the events cost the seller, by customer and currency."""
        with self._view() as view:
            return listings.costs(view, listings.in_scope(view, period, customers, as_of))

    def affected(self, backfill: str, ranges: Sequence[Range] | None, upto: int) -> list[Affected]:
        """Whose usage a commit with these ranges would change, or (None) a revert; by customer."""
        with self._view() as view:
            return affected(view, backfill, ranges, upto)

    def changes(
        self,
        kinds: Sequence[Kind],
        *,
        customer: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[int]:
        """The indexes of entries of these kinds, newest first, those before the cursor; at most `limit`."""
        with self._view() as view:
            return listings.changes(view, kinds, customer, before, limit)

    def around(self, kind: Kind, index: int) -> list[int]:
        """The next entry of a kind after an index and the last one before it, where there are any."""
        with self._view() as view:
            return listings.around(view, kind, index)

    def reasons(self, indexes: Sequence[int]) -> Mapping[int, frozenset[str]]:
        """For each carrier that does not count the reasons, as `metering.standing` names them."""
        with self._view() as view:
            return listings.reasons(view, indexes)

    def changed_since(
        self, known: Sequence[KnownUsage], *, as_of: datetime | None = None
    ) -> list[UsageChange]:
        """What changed in known periods since they were known, as known at `as_of` (None: now), sorted."""
        with self._view() as view:
            return changed.changed_since(view, known, as_of)

    def chain(
        self,
        customer: str,
        first_seq: int,
        last_seq: int,
        *,
        kinds: Sequence[int] | None = None,
        indexes: tuple[int, int] | None = None,
    ) -> list[int]:
        """The entry indexes of that section of the customer's chain, of these kinds (None: all), in order."""
        with self._view() as view:
            return listings.chain(view, customer, (first_seq, last_seq), kinds, indexes)

    def ask(self, question: Callable[[View], T]) -> T:
        """The answer to a question of this package about one consistent state of the store."""
        with self._view() as view:
            return question(view)

    def dump(self) -> bytes:
        """Everything that was folded, in a canonical order: equal stores give equal bytes."""
        with self._view() as view:
            return listings.dump(view)
