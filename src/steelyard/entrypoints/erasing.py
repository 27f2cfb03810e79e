"""Carrying out an erasure: told in the record first, then deleted from every file, and resumed when cut off.

The steps are: a note that an erasure is under way (`erasure.pending`), the entries that tell of it, the usage
store, the record's bundles, the write-ahead log; then the note goes. Killed at any point, the next start
finds the note: where the record tells of the erasure it is finished, else nothing has happened.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

import msgspec

from steelyard.adapters.duckdb import DuckUsageStore
from steelyard.adapters.sql import StateStore
from steelyard.adapters.sqlite import RecordReader, RecordWriter, RejectedLog
from steelyard.adapters.sqlite.dedup import hash_key
from steelyard.billing.retention import ErasurePlan, Fact, erasure_write
from steelyard.contracts import Customer
from steelyard.kernel import Unavailable, from_micros, micros
from steelyard.metering import Attributed, event_of, key_of, read, read_change
from steelyard.metering.outcomes import SOURCE, Outcome, OutcomeStatus
from steelyard.record import Entry, Kind, Write
from steelyard.record.erasure import ERASABLE, ErasedSection, Erasure, places_in
from steelyard.record.telling import told

PENDING_FILE: Final = "erasure.pending"
_PAGE: Final = 5_000
_FOLD_SECONDS: Final = 60.0


class Stores(Protocol):
    """What an erasure reaches: the parts of an open workspace that hold what somebody used."""

    @property
    def folder(self) -> Path:
        """The workspace's folder."""
        ...

    @property
    def state(self) -> StateStore:
        """The state."""
        ...

    @property
    def rejected(self) -> RejectedLog:
        """The list of refused events, which may name the same people."""
        ...

    @property
    def usage(self) -> DuckUsageStore:
        """The usage store."""
        ...

    @property
    def writer(self) -> RecordWriter:
        """The record's writer."""
        ...

    @property
    def reader(self) -> RecordReader:
        """The record's reader."""
        ...


def facts_of(stores: Stores, customer: str, *, until: datetime | None = None) -> list[Fact]:
    """What retention must know of each entry of the customer's chain that can be erased and is not yet.

    `until` leaves out what was recorded at that time or later. Raises Unavailable while the usage store has
    not folded everything: it knows where the chain's entries lie.
    """
    head = stores.reader.chain_head(customer)
    if head is None:
        return []
    if not stores.usage.wait_for(stores.reader.size - 1, _FOLD_SECONDS):
        raise Unavailable("the usage store is behind the record; try again in a moment", code="usage_behind")
    before = None if until is None else micros(until)
    indexes = stores.usage.chain(customer, 0, head[0])
    return [
        _fact(entry, stores.state)
        for entry in _entries(stores.reader, indexes)
        if entry.kind in ERASABLE and not entry.erased and (before is None or entry.recorded_at < before)
    ]


def _entries(reader: RecordReader, indexes: Sequence[int]) -> Iterator[Entry]:
    for start in range(0, len(indexes), _PAGE):
        yield from reader.entries(indexes[start : start + _PAGE])


def _fact(entry: Entry, state: StateStore) -> Fact:
    if entry.kind is Kind.OUTCOME:
        return _fact_of_outcome(entry, state)
    event = event_of(entry)
    time = entry.recorded_at if event is None else event.time
    if entry.kind is Kind.CORRECTION:
        # What corrects an event must not go before it, whatever time the correction gives to it.
        time = max(time, entry.recorded_at)
    change = read_change(entry.kind, entry.payload)
    origin = change.of if isinstance(change, Attributed) else None
    about = event.id if event is not None and event.source == SOURCE else ""
    return Fact(
        index=entry.index,
        seq=entry.customer_seq,
        time=from_micros(time),
        origin=origin,
        about=about,
        # What was noticed about usage is not billed; the usage is.
        decided=entry.kind is Kind.ANOMALY,
    )


def _fact_of_outcome(entry: Entry, state: StateStore) -> Fact:
    """A step of an outcome: it stays as long as the outcome's event, and while nothing is decided."""
    said = told(entry.payload)
    assert said is not None, "an entry of an outcome tells of one"
    then = msgspec.json.decode(said.body, type=Outcome)
    today = state.get(Outcome, then.id) or then
    return Fact(
        index=entry.index,
        seq=entry.customer_seq,
        time=then.occurred_at,
        about=then.id,
        decided=today.status in (OutcomeStatus.ACCEPTED, OutcomeStatus.REVERSED),
    )


def carry_out(
    stores: Stores,
    plan: ErasurePlan,
    *,
    reason: str,
    by: str,
    at: datetime,
    until: datetime | None,
    commit: Callable[[Erasure, Write], object],
) -> Erasure:
    """The erasure of what the plan says may go, told and carried out.

    `commit` records the write. Raises Unavailable where something still reads old pages: what is left to do
    is then done on the next start, or by the next erasure.
    """
    finish_pending(stores)
    doomed = list(_entries(stores.reader, plan.indexes))
    own = {fact.index for fact in plan.facts}
    origins: dict[str, list[int]] = {}
    for entry in doomed:
        if entry.index not in own:
            origins.setdefault(entry.customer, []).append(entry.customer_seq)
    erasure, write = erasure_write(
        plan,
        origins=origins,
        keys=[
            (entry.index, hash_key(key_of(entry.payload)))
            for entry in doomed
            if entry.kind is Kind.USAGE and not entry.erased
        ],
        reason=reason,
        by=by,
        at=at,
        entropy=os.urandom(16),
        until=until,
    )
    subjects = {read(entry.payload).subject for entry in doomed if entry.kind is Kind.USAGE and entry.payload}
    _note(stores.folder, erasure.id)
    commit(erasure, write)
    _finish(stores, erasure, plan.indexes, subjects)
    return erasure


def finish_pending(stores: Stores) -> None:
    """Finishes an erasure that was cut off; a note of one that the record does not tell of is dropped."""
    path = stores.folder / PENDING_FILE
    if not path.exists():
        return
    try:
        id = str(json.loads(path.read_text())["erasure"])
    except (ValueError, KeyError, TypeError):
        id = ""
    erasure = stores.state.get(Erasure, id)
    if erasure is None:
        path.unlink()
        return
    _finish(stores, erasure, list(_places(stores, erasure.sections)))


def _finish(stores: Stores, erasure: Erasure, indexes: Sequence[int], subjects: Collection[str] = ()) -> None:
    customer = stores.state.get(Customer, erasure.customer)
    stores.rejected.forget({erasure.customer, *subjects, *(customer.subjects if customer else ())})
    stores.usage.erase(indexes)
    stores.writer.erase(erasure.sections, indexes)
    if not stores.writer.empty_log():
        message = "the entries are erased, but a reader still holds older pages of the write-ahead log"
        raise Unavailable(f"{message}; they go with the next erasure or start", code="erasure_pending")
    (stores.folder / PENDING_FILE).unlink(missing_ok=True)


def _places(stores: Stores, sections: Sequence[ErasedSection]) -> Iterator[int]:
    """The indexes of what the sections mean, found in the record itself: the usage store may be behind."""
    for bundle in stores.reader.bundles(0):
        for position in places_in(bundle, sections):
            yield bundle.first_index + position


def _note(folder: Path, erasure: str) -> None:
    draft = folder / f"{PENDING_FILE}.new"
    with draft.open("w") as file:
        file.write(json.dumps({"erasure": erasure}) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / PENDING_FILE)
