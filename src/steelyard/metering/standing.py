"""What stands: which events of one chain count, since when and until when. The reference for every engine.

Each entry that carries an event has a set of reasons why it does not count; it counts while there are none.

| an entry says | and the carrier |
|---|---|
| usage | counts; one that a backfill brought is `pending`, one on the quarantine chain `quarantined` |
| attribution | counts |
| amend | the old one is `amended` for ever; the new one has the backfills' reasons of the old |
| void | is `voided` for ever |
| hold, release | is `held`, and is not any more |
| commit | its own: no longer `pending`; those in its ranges: `deprecated` by it |
| revert | its own: `withdrawn`; the others: no longer `deprecated` by it |
| abandon | its own: `withdrawn`, no longer `pending` |

Reasons are kept apart, so the order in which independent changes are undone does not matter. A change that
names no carrier of the chain, or one that ended, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from steelyard.kernel import DamagedRecord
from steelyard.metering.changes import (
    Attributed,
    BackfillAction,
    Backfilled,
    Corrected,
    CorrectionAction,
    in_ranges,
    read_change,
)
from steelyard.metering.model import UsageEvent
from steelyard.metering.payload import read
from steelyard.record import QUARANTINED, Entry, Kind

HELD: Final = "held"
VOIDED: Final = "voided"
AMENDED: Final = "amended"
ATTRIBUTED: Final = "attributed"
SET_ASIDE: Final = "quarantined"
ENDS: Final = frozenset({VOIDED, AMENDED, ATTRIBUTED})
"""Reasons that never go away: what counts since then, if anything, is another carrier."""


def pending(backfill: str) -> str:
    """The reason of an event that an open backfill brought.

    >>> pending("bf_1")
    'pending:bf_1'
    """
    return f"pending:{backfill}"


def withdrawn(backfill: str) -> str:
    """The reason of an event whose backfill was reverted or abandoned.

    >>> withdrawn("bf_1")
    'withdrawn:bf_1'
    """
    return f"withdrawn:{backfill}"


def deprecated(backfill: str) -> str:
    """The reason of an event that a backfill set aside.

    >>> deprecated("bf_1")
    'deprecated:bf_1'
    """
    return f"deprecated:{backfill}"


class Standing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A time during which one version of an event counted.

    `index` and `seq` are those of its carrier. It counted as known at T if `known_from <= T < known_until`
    (`recorded_at` in microseconds); None is still.
    """

    index: int
    seq: int
    event: UsageEvent
    known_from: int
    known_until: int | None = None

    def known_at(self, moment: int | None) -> bool:
        """Whether it counts as known at that moment; None is now."""
        if moment is None:
            return self.known_until is None
        return self.known_from <= moment and (self.known_until is None or moment < self.known_until)


class _Carrier:
    """An entry that carries an event: why it does not count, and when it did."""

    __slots__ = ("event", "index", "past", "reasons", "seq", "since")

    def __init__(self, entry: Entry, event: UsageEvent, reasons: set[str]) -> None:
        self.index, self.seq, self.event, self.reasons = entry.index, entry.customer_seq, event, reasons
        self.past: list[tuple[int, int | None]] = []
        self.since = None if reasons else entry.recorded_at

    def change(self, at: int, *, add: str = "", drop: str = "") -> None:
        """One reason more, or one less; what follows holds from `at` on."""
        if add:
            self.reasons.add(add)
            if self.since is not None:
                self.past.append((self.since, at))
                self.since = None
        if drop:
            self.reasons.discard(drop)
            if not self.reasons and self.since is None:
                self.since = at

    @property
    def ended(self) -> bool:
        """Whether it can never count again."""
        return not ENDS.isdisjoint(self.reasons)

    def standings(self) -> Iterable[Standing]:
        """The times during which it counted, the present one last."""
        times = self.past if self.since is None else [*self.past, (self.since, None)]
        for start, end in times:
            yield Standing(
                index=self.index, seq=self.seq, event=self.event, known_from=start, known_until=end
            )


def standing(entries: Iterable[Entry]) -> list[Standing]:
    """Which events counted and when, from the entries of one chain in their order; by index, then time.

    Entries of other kinds may be among them; an entry without its payload (erased) carries nothing. On the
    chain of unattributed usage, what an attribution took away still stands: that is said on another chain.

    >>> entry = Entry(
    ...     index=4,
    ...     kind=Kind.USAGE,
    ...     customer="acme",
    ...     customer_seq=0,
    ...     customer_prev=bytes(32),
    ...     recorded_at=9,
    ...     salt=bytes(16),
    ...     payload=b'{"source":"s","id":"1","type":"t","time":7}',
    ... )
    >>> [(one.index, one.event.time, one.known_from, one.known_until) for one in standing([entry])]
    [(4, 7, 9, None)]
    """
    carriers: dict[int, _Carrier] = {}
    for entry in entries:
        if entry.kind == Kind.USAGE:
            _take_usage(carriers, entry)
            continue
        change = read_change(entry.kind, entry.payload) if entry.payload else None
        match change:
            case Attributed():
                _carry(carriers, entry, bytes(change.event), set())
            case Corrected():
                _correct(carriers, entry, change)
            case Backfilled():
                _backfill(carriers.values(), entry, change)
            case None:
                pass
    return [one for index in sorted(carriers) for one in carriers[index].standings()]


def _carry(carriers: dict[int, _Carrier], entry: Entry, payload: bytes, reasons: set[str]) -> None:
    try:
        carriers[entry.index] = _Carrier(entry, read(payload), reasons)
    except DamagedRecord:
        # What is no usage event counts nowhere; an engine leaves it out as well.
        return


def _take_usage(carriers: dict[int, _Carrier], entry: Entry) -> None:
    _carry(carriers, entry, entry.payload, {SET_ASIDE} if entry.customer == QUARANTINED else set())
    carrier = carriers.get(entry.index)
    if carrier is not None and carrier.event.backfill:
        carrier.reasons.add(pending(carrier.event.backfill))
        carrier.since = None


def _correct(carriers: dict[int, _Carrier], entry: Entry, change: Corrected) -> None:
    carrier, at = carriers.get(change.of), entry.recorded_at
    if carrier is None or carrier.ended:
        return
    match change.action:
        case CorrectionAction.AMEND:
            _carry(carriers, entry, bytes(change.event), carrier.reasons - {HELD})
            carrier.change(at, add=AMENDED)
        case CorrectionAction.VOID:
            carrier.change(at, add=VOIDED)
        case CorrectionAction.HOLD:
            carrier.change(at, add=HELD)
        case CorrectionAction.RELEASE:
            carrier.change(at, drop=HELD)


def _backfill(carriers: Iterable[_Carrier], entry: Entry, change: Backfilled) -> None:
    at = entry.recorded_at
    for one in carriers:
        is_own = one.event.backfill == change.id
        match change.action:
            case BackfillAction.COMMIT if is_own:
                one.change(at, drop=pending(change.id))
            case BackfillAction.COMMIT:
                if (
                    one.index < change.upto
                    and not one.ended
                    and in_ranges(one.event, change.deprecate, entry.customer)
                ):
                    one.change(at, add=deprecated(change.id))
            case BackfillAction.REVERT if is_own:
                one.change(at, add=withdrawn(change.id))
            case BackfillAction.REVERT:
                one.change(at, drop=deprecated(change.id))
            case BackfillAction.ABANDON if is_own:
                one.change(at, add=withdrawn(change.id))
                one.change(at, drop=pending(change.id))
            case _:
                pass
