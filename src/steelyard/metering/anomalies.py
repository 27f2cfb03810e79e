"""Anomalies as they are kept: one row for each event or silence that was not expected, told by the record."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from steelyard.kernel import make_id, micros
from steelyard.metering.corrections import ChangeRefused, hold
from steelyard.metering.events_now import EventNow
from steelyard.metering.outliers import (
    AnomalyAction,
    AnomalyKind,
    ExpectedRange,
    Reported,
    Watch,
    outlier_text,
    silence_text,
)
from steelyard.record import Batch, Expect, Kind, Save, Write
from steelyard.record.telling import telling

SYSTEM = "system"
"""Who holds an event that no person looked at."""

_SORT_FROM = 10**16


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """One thing that was not expected: an event (its entry index, value and the range) or a silence.

    `moment` is when it was recorded, or when the silence became too long; the id follows from that and from
    what it is about, so that looking twice finds it once. `last_seen` is the newest event before a silence.
    """

    id: str
    kind: AnomalyKind
    action: AnomalyAction
    meter: str
    customer: str
    moment: datetime
    text: str
    index: int | None = None
    source: str = ""
    event_id: str = ""
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    median: Decimal | None = None
    events: int = 0
    last_seen: datetime | None = None

    @property
    def place(self) -> str:
        """Its key, by which anomalies are listed newest first."""
        earlier = _SORT_FROM - micros(self.moment), _SORT_FROM - (self.index or 0)
        return f"{earlier[0]:016d}-{earlier[1]:016d}-{self.id}"


def _id_of(moment: datetime, *about: str) -> str:
    return make_id("an", moment, hashlib.sha256("\x1f".join(about).encode()).digest())


def outlier(
    now: EventNow,
    meter: str,
    value: Decimal,
    expected: ExpectedRange,
    watch: Watch,
    *,
    unit: str,
    at: datetime,
) -> Anomaly:
    """The anomaly of an event outside its range; `at` is when the event was recorded."""
    return Anomaly(
        id=_id_of(at, meter, str(now.carrier.index)),
        kind=AnomalyKind.OUTLIER,
        action=watch.action,
        meter=meter,
        customer=now.customer,
        moment=at,
        text=outlier_text(value, expected, unit),
        index=now.carrier.index,
        source=now.event.source,
        event_id=now.event.id,
        value=value,
        low=expected.low,
        high=expected.high,
        median=expected.median,
        events=expected.events,
    )


def silence(reported: Reported, meter: str, watch: Watch) -> Anomaly:
    """The anomaly of a customer from whom nothing comes any more.

    >>> from steelyard.kernel import instant
    >>> last = Reported(customer="acme", days=20, newest=instant("2026-11-01T00:00:00Z"))
    >>> silence(last, "tokens", Watch(silence_hours=48)).moment.day
    3
    """
    moment = reported.newest + timedelta(hours=watch.silence_hours or 0)
    return Anomaly(
        id=_id_of(moment, meter, reported.customer),
        kind=AnomalyKind.SILENCE,
        action=AnomalyAction.ALERT if watch.action is AnomalyAction.ALERT else AnomalyAction.FLAG,
        meter=meter,
        customer=reported.customer,
        moment=moment,
        text=silence_text(reported, watch),
        last_seen=reported.newest,
    )


def noticing(anomaly: Anomaly, now: EventNow | None = None) -> Write:
    """What to write for an anomaly: its row, and the hold of its event where that is its action.

    It stands on the chain of the customer whose usage it quotes, and is erased with it.

    An event that cannot be held (it was corrected meanwhile) is only noted.
    """
    row = Expect(type=Anomaly, key=anomaly.place, version=None)
    noted = Batch(kind=Kind.ANOMALY, customers=[anomaly.customer], payloads=[telling(anomaly)])
    held = None
    if now is not None and anomaly.action is AnomalyAction.HOLD:
        held = hold(now, by=SYSTEM, reason=f"outside what is expected: {anomaly.text}")
    if held is None or isinstance(held, ChangeRefused):
        return Write(batches=(noted,), rows=(Save(record=anomaly, told_by=0),), expect=(row,))
    kind, customer, payload = held.entry
    return Write(
        batches=(noted, Batch(kind=kind, customers=[customer], payloads=[payload])),
        rows=(Save(record=anomaly, told_by=0), Save(record=held.change, told_by=1)),
        expect=(row, *held.expect),
    )
