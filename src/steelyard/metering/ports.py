"""What this room needs from outside: who a subject belongs to, and a store that folds and answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from steelyard.kernel import Period
from steelyard.metering.answers import (
    Affected,
    CostRow,
    EventRow,
    EventStatus,
    KnownUsage,
    QuantityRow,
    StoreCounts,
    UsageChange,
    Window,
)
from steelyard.metering.changes import Range
from steelyard.metering.meter import Filter, Meter
from steelyard.metering.model import EventType

if TYPE_CHECKING:
    from steelyard.record import Bundle, Entry, Kind


class SubjectDirectory(Protocol):
    """Tells which customer a subject belongs to."""

    def customer_of(self, subject: str, source: str) -> str | None:
        """The key of the customer, or None if nobody is known under that subject."""
        ...


class BundleSource(Protocol):
    """The part of the record that a projection reads; events themselves lie nowhere else."""

    @property
    def size(self) -> int:
        """How many entries the record holds."""
        ...

    def bundles(self, from_index: int) -> Iterable[Bundle]:
        """The bundles that hold the entries from that index on, in order."""
        ...

    def entries(self, indexes: Sequence[int]) -> Sequence[Entry]:
        """The entries with these indexes, in the order asked."""
        ...


class UsageStore(Protocol):
    """The columnar projection of the record that answers questions about usage.

    It can be deleted and rebuilt from the record at any time and then answers the same. Every query is about
    named customers or, where `customers` is None, about the whole workspace; names are compared, never run.
    An unknown meter or dimension is refused (NotFound, InvalidInput).
    """

    def define(self, meters: Sequence[Meter], event_types: Sequence[EventType] = ()) -> None:
        """Make these the meters and event types; new or changed meters read all stored events again."""
        ...

    def prepare(self, meters: Sequence[Meter]) -> None:
        """See to it that these can be asked too, such as those of an older catalog version.

        What is read of events for none of the meters so far is read from all that are stored.
        """
        ...

    @property
    def meters(self) -> tuple[Meter, ...]:
        """The meters that are defined, by key."""
        ...

    def position(self) -> int:
        """How many entries of the record are folded."""
        ...

    def fold(self, bundles: Iterable[Bundle]) -> None:
        """Take in bundles that follow the position; what is folded already is passed over."""
        ...

    def catch_up(self, source: BundleSource) -> None:
        """Fold everything that the record holds beyond the position."""
        ...

    def wait_for(self, index: int, timeout: float = 10.0) -> bool:
        """Wait (seconds) until the entry with that index is folded; False when time ran out."""
        ...

    def rebuild(self, source: BundleSource) -> None:
        """Drop everything that was folded and fold the record anew."""
        ...

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
        """The meter's quantity by customer, group and window, sorted; rows without events are left out.

        With `as_of`, as it was known at that moment: by what was recorded until then.
        A `Meter` in place of a key asks by its own definition, such as that of an older catalog version.
        `together` measures the events of all customers as if they were one's, by window and group; levels,
        which each customer has for itself, are added up. Without `sections` no row says where its events lie
        on the customer's chain, which spares a third of the work of a large answer.
        """
        ...

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
        """The number that the meter reads from each event, by customer, in the order of time, then chain.

        `first` bounds how many of each customer; who has none is left out.
        """
        ...

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
        """Stored events by entry index, those after the cursor; at most `limit`.

        Each event once, as it stands; those that do not count as well, unless `as_of` asks what counted.
        `filters` name dimensions of the meter, which must then be given.
        """
        ...

    def counts(
        self,
        period: Period | None = None,
        *,
        customers: Sequence[str] | None = None,
        timezone: str = "UTC",
        as_of: datetime | None = None,
    ) -> StoreCounts:
        """How many events count and how they divide."""
        ...

    def costs(
        self, period: Period, *, customers: Sequence[str] | None = None, as_of: datetime | None = None
    ) -> list[CostRow]:
        """What the events cost the seller, by customer and currency."""
        ...

    def affected(self, backfill: str, ranges: Sequence[Range] | None, upto: int) -> list[Affected]:
        """Whose usage a commit with these ranges would change, or (None) a revert; by customer."""
        ...

    def as_if(
        self, *, customers: Sequence[str], period: Period | None = None
    ) -> AbstractContextManager[UsageTrial]:
        """A copy about these customers and this period, into which entries can be recorded on trial.

        Nothing of it is kept.
        """
        ...

    def changes(
        self,
        kinds: Sequence[Kind],
        *,
        customer: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[int]:
        """The indexes of entries of these kinds, newest first, those before the cursor; at most `limit`."""
        ...

    def reasons(self, indexes: Sequence[int]) -> Mapping[int, frozenset[str]]:
        """For each carrier that does not count the reasons, as `metering.standing` names them."""
        ...

    def changed_since(
        self, known: Sequence[KnownUsage], *, as_of: datetime | None = None
    ) -> list[UsageChange]:
        """What changed in known periods since they were known, as known at `as_of` (None: now), sorted.

        Costs next to nothing where nothing did: only usage recorded or ended since is looked at.
        """
        ...

    def chain(
        self,
        customer: str,
        first_seq: int,
        last_seq: int,
        *,
        kinds: Sequence[int] | None = None,
        indexes: tuple[int, int] | None = None,
    ) -> list[int]:
        """The entry indexes of that section of the customer's chain, in order.

        `kinds` are those wanted (None: all). `indexes` bound the entries looked at, first included, end not:
        a lookup that knows them is faster.
        """
        ...


class UsageTrial(UsageStore, Protocol):
    """A copy of a store, to see what some entries would change."""

    def record(self, entries: Sequence[tuple[Kind, str, bytes]]) -> None:
        """From here on the copy answers as if these were recorded: kind, chain and payload of each."""
        ...
