"""An event as it stands now, found by its own name: what every correction and attribution begins with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from steelyard.metering.backfills import Backfill, BackfillStatus
from steelyard.metering.changes import (
    Attributed,
    Corrected,
    CorrectionAction,
    event_of,
    key_text,
    read_change,
)
from steelyard.metering.model import UsageEvent
from steelyard.metering.standing import HELD, VOIDED
from steelyard.record import Entry, State


class Finder(Protocol):
    """Finds entries by their deduplication key; the record's writer is one."""

    def find_entries(self, keys: Sequence[bytes]) -> list[int | None]:
        """For each key the index of the entry that has it, or None."""
        ...


class Entries(Protocol):
    """Reads single entries; the record's reader is one."""

    def entry(self, index: int) -> Entry:
        """One entry; raises NotFound past the end."""
        ...


class Reasons(Protocol):
    """Knows why carriers do not count; the usage store is one."""

    def reasons(self, indexes: Sequence[int]) -> Mapping[int, frozenset[str]]:
        """For each carrier that does not count the reasons, as `metering.standing` names them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EventNow:
    """An event, the entry that carries it, and the versions that a change of it must find unchanged.

    `reasons` say why it does not count; empty: it does. `after` is the last entry that said anything about
    it. `again` names the backfill that sent its id again.
    """

    carrier: Entry
    event: UsageEvent
    after: int
    corrected: int | None = None
    attributed: int | None = None
    reasons: frozenset[str] = field(default_factory=frozenset[str])

    @property
    def customer(self) -> str:
        """The chain on which it stands."""
        return self.carrier.customer

    @property
    def again(self) -> str:
        """The backfill that sent its id again, or blank."""
        return self.event.backfill if self.event.again else ""

    @property
    def key(self) -> str:
        """Its own name, under which its last correction and attribution are kept."""
        return key_text(self.event.source, self.event.id, self.again)


def find_entry(finder: Finder, source: str, id: str, again: str = "") -> int | None:
    """The index of the usage entry that was stored under this source and id, or None.

    >>> class Empty:
    ...     def find_entries(self, keys: Sequence[bytes]) -> list[int | None]:
    ...         return [None for _ in keys]
    >>> find_entry(Empty(), "api", "e1") is None
    True
    """
    return finder.find_entries([key_text(source, id, again).encode(errors="replace")])[0]


def event_now(
    source: str,
    id: str,
    *,
    finder: Finder,
    entries: Entries,
    state: State,
    reasons: Reasons,
    again: str = "",
) -> EventNow | None:
    """The event of this source and id as it stands, or None where nobody sent one.

    Where backfills sent the id again, `again` says which of them is meant; blank is the first one that was
    sent, unless another counts in its place.
    """
    index = find_entry(finder, source, id, again)
    if index is None:
        return None
    now = _now(index, key_text(source, id, again), entries=entries, state=state, reasons=reasons)
    if again or now is None or not now.reasons:
        return now
    committed = [one.id for one in state.find(Backfill, status=BackfillStatus.COMMITTED)]
    keys = [key_text(source, id, one) for one in committed]
    for place, found in enumerate(finder.find_entries([key.encode(errors="replace") for key in keys])):
        if found is not None:
            other = _now(found, keys[place], entries=entries, state=state, reasons=reasons)
            if other is not None and not other.reasons:
                return other
    return now


def _now(index: int, key: str, *, entries: Entries, state: State, reasons: Reasons) -> EventNow | None:
    corrected, attributed = state.version(Corrected, key), state.version(Attributed, key)
    carrier, held = index if attributed is None else attributed, False
    ended = False
    if corrected is not None and (attributed is None or corrected > attributed):
        last = state.get(Corrected, key)
        assert last is not None, "a row that has a version has a body"
        carrier = corrected if last.action is CorrectionAction.AMEND else last.of
        held, ended = last.action is CorrectionAction.HOLD, last.action is CorrectionAction.VOID
    entry = entries.entry(carrier)
    event = event_of(entry) if entry.payload else None
    if event is None:
        return None
    said = {HELD: held, VOIDED: ended}
    # What the state says of corrections is newer than what the store has folded of them.
    why = {one for one in reasons.reasons([carrier]).get(carrier, frozenset[str]()) if one not in said}
    return EventNow(
        carrier=entry,
        event=event,
        after=max(index, corrected or 0, attributed or 0),
        corrected=corrected,
        attributed=attributed,
        reasons=frozenset(why | {one for one, holds in said.items() if holds}),
    )


def history(now: EventNow, entries: Entries) -> list[Entry]:
    """Every entry that said anything about the event by itself, the newest first, down to its first one.

    What backfills did to it together with others is not among them; `reasons` names those in force.
    """
    found: list[Entry] = []
    index: int | None = now.after
    while index is not None:
        entry = entries.entry(index)
        found.append(entry)
        change = read_change(entry.kind, entry.payload) if entry.payload else None
        index = change.after if isinstance(change, Attributed | Corrected) and change.after < index else None
    return found
