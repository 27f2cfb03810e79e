"""The health of usage: what is known of every meter's events, and what somebody should look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from steelyard.adapters.duckdb import MeterSigns, TypeSigns, held_by_type, meter_signs, reported
from steelyard.catalog import ValueMetric
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers import event_types
from steelyard.entrypoints.api.handlers.event_types import Known
from steelyard.entrypoints.api.shapes import usage_health as shapes
from steelyard.kernel import NotFound, from_micros, iso, micros, plain
from steelyard.metering import Anomaly, EventClass, is_silent
from steelyard.metering.outliers import REGULAR_WITHIN_DAYS

_MICROS: Final = Decimal(1_000_000)
_ANOMALIES_MAX: Final = 1_000
_LATE: Final = timedelta(hours=24)
_STEP: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What is read once for all meters."""

    known: Known
    rejected: Mapping[tuple[str, str], int]
    held: Mapping[str, int]
    anomalies: Sequence[Anomaly]


def of_meter(call: Call) -> shapes.MeterHealth:
    """The health of one meter."""
    slug, gathered = call.path["slug"], _gather(call)
    metric = gathered.known.catalog.metrics.get(slug)
    if metric is None:
        raise NotFound(f"there is no meter {slug[:100]!r}", code="unknown_meter")
    return _health(call, metric, gathered)


def of_usage(call: Call) -> shapes.UsageHealth:
    """The health of all usage, in sum and meter by meter."""
    gathered = _gather(call)
    known, signs = gathered.known, list(gathered.known.signs.values())
    meters = [_health(call, known.catalog.metrics[key], gathered) for key in sorted(known.catalog.metrics)]
    shares = _shares(known)
    unpriced = _unpriced(known)
    waits = _waits(signs, gathered.held, gathered.held)
    return shapes.UsageHealth(
        rate=shapes.Rate(
            last_minute=sum(one.last_minute for one in signs),
            last_hour=sum(one.last_hour for one in signs),
            last_day=sum(one.last_day for one in signs),
        ),
        events=sum(one.events for one in signs),
        fold_lag=call.workspace.fold_lag(),
        rejected_last_day=_by_code(gathered.rejected, None),
        mismatches_last_day=sum(one.mismatches_last_day for one in signs),
        waits=waits,
        anomalies_last_day=len(gathered.anomalies),
        monetizable=shares["monetizable"],
        technical=shares["technical"],
        other=shares["other"],
        unpriced_types=unpriced,
        meters=meters,
        concerns=_concerns_of_all(waits, unpriced, meters),
    )


def _gather(call: Call) -> _Gathered:
    known, workspace = event_types.known(call), call.workspace
    day_ago = call.now - timedelta(days=1)
    newest = workspace.state.find(Anomaly, limit=_ANOMALIES_MAX)
    return _Gathered(
        known=known,
        rejected=workspace.rejected.counts(micros(day_ago)),
        held=workspace.usage.ask(held_by_type),
        anomalies=[one for one in newest if one.moment >= day_ago],
    )


def _health(call: Call, metric: ValueMetric, gathered: _Gathered) -> shapes.MeterHealth:
    meter, known = metric.meter, gathered.known
    types = [known.signs[name] for name in meter.event_types if name in known.signs]
    signs = call.workspace.usage.ask(lambda view: meter_signs(view, meter, micros(call.now)))
    newest = max((one.newest for one in types), default=None)
    recorded = max((one.newest_recorded for one in types), default=None)
    found = shapes.MeterHealth(
        slug=meter.key,
        name=metric.name,
        owner=metric.owner,
        event_types=list(meter.event_types),
        rate=shapes.Rate(last_minute=signs.last_minute, last_hour=signs.last_hour, last_day=signs.last_day),
        events=sum(one.events for one in types),
        newest=None if newest is None else iso(from_micros(newest)),
        newest_recorded=None if recorded is None else iso(from_micros(recorded)),
        lag=shapes.Lag(p50_seconds=_seconds(signs.lag_p50), p99_seconds=_seconds(signs.lag_p99)),
        customers_last_day=signs.customers,
        mismatches_last_day=sum(one.mismatches_last_day for one in types),
        rejected_last_day=_by_code(gathered.rejected, meter.event_types),
        waits=_waits(types, gathered.held, meter.event_types),
        drift=_drift(known, meter.event_types),
        watched=metric.anomalies.action.value if metric.anomalies else None,
        anomalies_last_day=sum(one.meter == meter.key for one in gathered.anomalies),
        silent=_silent(call, metric),
        prices=sorted(key for key, price in known.catalog.prices.items() if price.metric == metric.key),
        concerns=[],
    )
    found.concerns.extend(_concerns(found, signs, recorded, call.now))
    return found


def _seconds(lag: int | None) -> str | None:
    return None if lag is None else plain(Decimal(lag) / _MICROS)


def _by_code(rejected: Mapping[tuple[str, str], int], types: Sequence[str] | None) -> dict[str, int]:
    found: Counter[str] = Counter()
    for (code, kind), count in rejected.items():
        if types is None or kind in types:
            found[code] += count
    return dict(sorted(found.items()))


def _waits(
    types: Sequence[TypeSigns], held: Mapping[str, int], names: Sequence[str] | Mapping[str, int]
) -> shapes.Waits:
    return shapes.Waits(
        unattributed=sum(one.unattributed for one in types),
        quarantined=sum(one.quarantined for one in types),
        held=sum(held.get(name, 0) for name in names),
    )


def _drift(known: Known, names: Sequence[str]) -> list[shapes.TypeDrift]:
    return [
        shapes.TypeDrift(type=name, kind=one.kind, field=one.field, before=one.before, now=one.now)
        for name in names
        for one in event_types.drifts(known, name, known.catalog.event_types.get(name))
    ]


def _silent(call: Call, metric: ValueMetric) -> list[shapes.Silent]:
    watch = metric.anomalies
    if watch is None or watch.silence_hours is None:
        return []
    found = call.workspace.usage.ask(
        lambda view: reported(view, metric.meter, now=micros(call.now), within_days=REGULAR_WITHIN_DAYS)
    )
    return [
        shapes.Silent(customer=one.customer, last_seen=iso(one.newest), days=one.days)
        for one in found
        if is_silent(one, watch, call.now)
    ]


def _concerns(found: shapes.MeterHealth, signs: MeterSigns, recorded: int | None, now: datetime) -> list[str]:
    """What somebody should look at, in words."""
    said: list[str] = []
    if recorded is None:
        said.append("no event of these types was ever stored")
    elif now - from_micros(recorded) > _LATE:
        said.append(f"no event of these types came in since {found.newest_recorded}")
    said += _counted(
        (found.mismatches_last_day, "event", "of the last day {does} not fit {its} schema"),
        (sum(found.rejected_last_day.values()), "event", "of the last day {was} refused"),
        (found.waits.unattributed, "event", "{waits} for {its} customer"),
        (found.waits.quarantined, "event", "{is} in quarantine"),
        (found.waits.held, "event", "{is} held"),
        (found.anomalies_last_day, "surprise", "in the last day (outlier or silence)"),
        (len(found.silent), "customer", "that reported regularly {is} silent"),
        (len(found.drift), "field", "of the data {drifts}"),
    )
    if signs.lag_p99 is not None and signs.lag_p99 > _LATE // timedelta(microseconds=1):
        said.append("one event in a hundred came in more than a day after it happened")
    if not found.prices:
        said.append("no price rests on this meter")
    return said


def _concerns_of_all(
    waits: shapes.Waits, unpriced: Sequence[shapes.UnpricedType], meters: Sequence[shapes.MeterHealth]
) -> list[str]:
    said = _counted(
        (waits.unattributed, "event", "{waits} for {its} customer"),
        (waits.quarantined, "event", "{is} in quarantine"),
        (waits.held, "event", "{is} held and {is} not billed meanwhile"),
        (
            len([one for one in unpriced if one.last_day]),
            "event type",
            "came in today that no price rests on",
        ),
    )
    looked_at = len([one for one in meters if one.concerns])
    return [*said, f"{looked_at} of {len(meters)} meters should be looked at"] if looked_at else said


_MANY: Final = {
    "is": "are", "was": "were", "does": "do", "waits": "wait", "drifts": "drift", "its": "their"
}  # fmt: skip


def _counted(*found: tuple[int, str, str]) -> list[str]:
    """Sentences about numbers of things, in the singular or the plural; nothing about none.

    >>> _counted(
    ...     (1, "event", "{waits} for {its} customer"), (2, "event", "{is} held"), (0, "field", "{drifts}")
    ... )
    ['1 event waits for its customer', '2 events are held']
    """
    one = {word: word for word in _MANY}
    return [
        f"{count:,} {noun if count == 1 else noun + 's'} {words.format_map(one if count == 1 else _MANY)}"
        for count, noun, words in found
        if count
    ]


def _shares(known: Known) -> dict[str, shapes.Share]:
    counts: Counter[str] = Counter()
    for name, signs in known.signs.items():
        declared = known.catalog.event_types.get(name)
        if name in known.priced:
            counts["monetizable"] += signs.events
        elif declared is not None and declared.cls is EventClass.TECHNICAL:
            counts["technical"] += signs.events
        else:
            counts["other"] += signs.events
    total = Decimal(max(1, counts.total()))
    return {
        name: shapes.Share(events=counts[name], share=plain((counts[name] / total).quantize(_STEP)))
        for name in ("monetizable", "technical", "other")
    }


def _unpriced(known: Known) -> list[shapes.UnpricedType]:
    read = {name for meter in known.catalog.meters for name in meter.event_types}
    found = [
        shapes.UnpricedType(
            type=name,
            class_=declared.cls.value
            if (declared := known.catalog.event_types.get(name))
            else "billable"
            if name in read
            else "technical",
            events=signs.events,
            last_day=signs.last_day,
        )
        for name, signs in known.signs.items()
        if name not in known.priced
    ]
    return sorted(found, key=lambda one: (-one.events, one.type))
