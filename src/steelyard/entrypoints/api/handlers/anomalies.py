"""Anomalies, with what holds of each now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from steelyard.adapters.duckdb import newest_of
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.shaping import listed, shaped
from steelyard.entrypoints.api.shapes import anomalies as shapes
from steelyard.kernel import from_micros
from steelyard.metering import Anomaly, AnomalyKind


def list_anomalies(call: Call) -> shapes.AnomalyList:
    """Events and silences that were not expected, newest first."""
    query: shapes.AnomaliesQuery = call.query
    call.workspace.catch_up()
    items, following = listed(
        call,
        Anomaly,
        meter=query.meter,
        customer=query.customer,
        kind=query.kind,
        action=query.action,
    )
    return shapes.AnomalyList(items=shown(call, items), next=following)


def shown(call: Call, found: Sequence[Anomaly]) -> list[shapes.Anomaly]:
    """Anomalies in the shape that goes over the wire, with their standing."""
    reasons = call.workspace.usage.reasons([one.index for one in found if one.index is not None])
    newest = _newest(call, found)
    return [shaped(one, shapes.Anomaly, standing=_standing(one, reasons, newest)) for one in found]


def _newest(call: Call, found: Sequence[Anomaly]) -> Mapping[tuple[str, str], datetime]:
    """When the newest event came in of every meter and customer that fell silent."""
    meters = {one.key: one for one in call.workspace.usage.meters}
    silent: dict[str, list[str]] = {}
    for one in found:
        if one.kind is AnomalyKind.SILENCE and one.meter in meters:
            silent.setdefault(one.meter, []).append(one.customer)
    return {
        (key, customer): from_micros(moment)
        for key, customers in silent.items()
        for customer, moment in call.workspace.usage.ask(
            lambda view, key=key, customers=customers: newest_of(view, meters[key], customers)
        ).items()
    }


def _standing(
    one: Anomaly,
    reasons: Mapping[int, frozenset[str]],
    newest: Mapping[tuple[str, str], datetime],
) -> str:
    if one.kind is AnomalyKind.SILENCE:
        last = newest.get((one.meter, one.customer))
        ended = last is not None and one.last_seen is not None and last > one.last_seen
        return "ended" if ended else "silent"
    why = sorted(reasons.get(one.index, frozenset())) if one.index is not None else []
    return why[0].partition(":")[0] if why else "counting"
