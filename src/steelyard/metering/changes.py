"""Changes of usage: what is said later about events that are stored already.

A stored event never changes. An entry that follows it on the chain of the customer whose usage changes says
what counts from then on: that it belongs to this customer (`Attributed`), that other figures hold, or none,
or none for now (`Corrected`), that a whole set of events is brought in or set aside (`Backfilled`). The entry
that carries the event as it counts now is its *carrier*: the usage entry itself, or the attribution or
amendment that took its place. What follows from a chain's entries is said in `metering.standing`.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

from steelyard.kernel import DamagedRecord, Period, micros
from steelyard.metering.model import UsageEvent
from steelyard.metering.payload import KEY_SEPARATOR, encode, read
from steelyard.record import Entry, Kind
from steelyard.record.telling import telling, told

NO_EVENT: Final = msgspec.Raw(b"null")
"""The event of a correction that brings none."""

CHANGE_KINDS: Final = (Kind.ATTRIBUTION, Kind.CORRECTION, Kind.BACKFILL)
"""The kinds of entries that change what counts."""


class Attributed(msgspec.Struct, frozen=True, kw_only=True):
    """An event that was nobody's, or set aside, belongs to the customer of this entry's chain from now on.

    `of` is the index of its carrier until now and `leaf` that entry's leaf in hex; `after` is the index of
    the last entry that said anything about the event (the same, if nothing did). `event` is the usage
    payload as it counts from now on, whole. `by` is who did it and `rule` the id of the rule that led to it
    (blank where a person chose).

    >>> said = Attributed(
    ...     source="s", id="1", of=3, leaf="00", after=3, event=NO_EVENT, by="key_1", reason="x"
    ... )
    >>> said.key == key_text("s", "1")
    True
    """

    source: str
    id: str
    of: int
    leaf: str
    after: int
    event: msgspec.Raw
    by: str
    reason: str
    rule: str = ""
    again: str = ""

    @property
    def key(self) -> str:
        """The event's own name, under which the last attribution is kept."""
        return key_text(self.source, self.id, self.again)


class CorrectionAction(StrEnum):
    """What a correction does to an event: other figures, none, none for now, or the same again."""

    AMEND = "amend"
    VOID = "void"
    HOLD = "hold"
    RELEASE = "release"


class Corrected(msgspec.Struct, frozen=True, kw_only=True):
    """An event counts otherwise from now on; the words are those of `Attributed`.

    `amend`: `of` stops counting and `event` counts instead, carried by this entry. `void` and `hold`: `of`
    stops counting. `release`: a held one counts again.

    >>> from msgspec import Raw
    >>> Corrected(
    ...     action=CorrectionAction.VOID,
    ...     source="s",
    ...     id="1",
    ...     of=3,
    ...     leaf="00",
    ...     after=3,
    ...     by="k",
    ...     reason="a test",
    ... ).event == Raw(b"null")
    True
    """

    action: CorrectionAction
    source: str
    id: str
    of: int
    leaf: str
    after: int
    event: msgspec.Raw = NO_EVENT
    by: str
    reason: str
    again: str = ""

    @property
    def key(self) -> str:
        """The event's own name, under which the last correction is kept."""
        return key_text(self.source, self.id, self.again)


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """Events that a backfill sets aside: of a customer (None: of any), types and source (blank: any), time.

    >>> october = Range(event_types=("call",), period=Period.month(2026, 10))
    >>> october.meets(UsageEvent(source="api", id="1", type="call", time=0))
    False
    """

    customer: str | None = None
    event_types: tuple[str, ...] = ()
    source: str = ""
    period: Period

    def meets(self, event: UsageEvent) -> bool:
        """Whether the event lies in the range, whosever it is."""
        if self.event_types and event.type not in self.event_types:
            return False
        if self.source and event.source != self.source:
            return False
        return micros(self.period.start) <= event.time < micros(self.period.end)


class BackfillAction(StrEnum):
    """What happens to a backfill."""

    OPEN = "open"
    ADD = "add"
    DEPRECATE = "deprecate"
    COMMIT = "commit"
    REVERT = "revert"
    ABANDON = "abandon"


class Backfilled(msgspec.Struct, frozen=True, kw_only=True):
    """What a backfill does to the events of this entry's chain from now on.

    `commit`: those that it brought count, and those that lie in one of the ranges of `deprecate`, stand
    before entry `upto` and are not its own stop counting. `revert` undoes both. `abandon`: those that it
    brought will never count.

    >>> Backfilled(id="bf_1", action=BackfillAction.REVERT, by="key_1", reason="wrong file").deprecate
    ()
    """

    id: str
    action: BackfillAction
    deprecate: tuple[Range, ...] = ()
    upto: int = 0
    by: str
    reason: str


Change = Attributed | Corrected | Backfilled

_DECODERS: Final = {
    "attributed": (Kind.ATTRIBUTION, msgspec.json.Decoder(Attributed)),
    "corrected": (Kind.CORRECTION, msgspec.json.Decoder(Corrected)),
    "backfilled": (Kind.BACKFILL, msgspec.json.Decoder(Backfilled)),
}


def key_text(source: str, id: str, again: str = "") -> str:
    """An event's own name as one text; `again` is the backfill that sent a taken id again.

    >>> key_text("api", "e1") == "api" + KEY_SEPARATOR + "e1"
    True
    """
    return KEY_SEPARATOR.join([source, id, again] if again else [source, id])


def payload_of(change: Change) -> bytes:
    """The payload of the entry that makes this change.

    >>> payload_of(Backfilled(id="bf_1", action=BackfillAction.REVERT, by="k", reason="r"))[-20:]
    b'"what":"backfilled"}'
    """
    return telling(change)


def read_change(kind: int, payload: bytes) -> Change | None:
    """The change that an entry makes; None where it makes none, such as one that tells of a backfill's row.

    Raises DamagedRecord for a payload that says a change and cannot be read.

    >>> change = Backfilled(id="bf_1", action=BackfillAction.REVERT, by="k", reason="r")
    >>> read_change(Kind.BACKFILL, payload_of(change)) == change
    True
    """
    said = told(payload) if kind in CHANGE_KINDS else None
    expected, decoder = _DECODERS.get(said.what, (None, None)) if said else (None, None)
    if said is None or decoder is None or expected != kind:
        return None
    try:
        return decoder.decode(said.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise DamagedRecord(f"a change of usage cannot be read: {error}") from None


def event_payload(kind: int, payload: bytes) -> bytes | None:
    """The usage payload that an entry carries, or None where it carries none (a void, an invoice).

    >>> event_payload(Kind.USAGE, b'{"source":"s","id":"1","type":"t","time":0}')
    b'{"source":"s","id":"1","type":"t","time":0}'
    """
    if kind == Kind.USAGE:
        return payload or None
    change = read_change(kind, payload)
    if isinstance(change, Attributed | Corrected) and change.event != NO_EVENT:
        return bytes(change.event)
    return None


def event_of(entry: Entry) -> UsageEvent | None:
    """The usage event that an entry carries, or None if it carries none."""
    payload = event_payload(entry.kind, entry.payload)
    return None if payload is None else read(payload)


def carried(event: UsageEvent) -> msgspec.Raw:
    """The event as it stands within an attribution or an amendment.

    >>> carried(UsageEvent(source="s", id="1", type="t", time=0)) == NO_EVENT
    False
    """
    return msgspec.Raw(encode(event))


def in_ranges(event: UsageEvent, ranges: Iterable[Range], customer: str) -> bool:
    """Whether an event of this customer's chain lies in one of the ranges.

    >>> in_ranges(UsageEvent(source="s", id="1", type="t", time=0), [], "acme")
    False
    """
    return any(one.customer in (None, customer) and one.meets(event) for one in ranges)
