"""Meters and what customers used of them, as Stripe's clients read it; sessions, and cancelled events."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

import msgspec

from steelyard.access.meter_sessions import LASTS, session_token
from steelyard.catalog import CatalogVersion, ValueMetric, live_version
from steelyard.entrypoints.api.endpoint import Call, Handler
from steelyard.entrypoints.api.handlers.corrections import now_of
from steelyard.entrypoints.api.handlers.customers import customer_behind
from steelyard.entrypoints.api.handlers.visibility import shown_part, visible_from
from steelyard.entrypoints.api.shapes import stripe_meters as shapes
from steelyard.entrypoints.api.shapes.corrections import CorrectionIn
from steelyard.kernel import InvalidInput, NotFound, Period, from_micros, iso, plain
from steelyard.kernel.ids import make_id
from steelyard.metering import STRIPE, Aggregation, Window

T = TypeVar("T")
_FORMULAS: Final = {Aggregation.SUM: "sum", Aggregation.COUNT: "count", Aggregation.LATEST: "last"}
_MICRO: Final = 1_000_000


def list_meters(call: Call) -> shapes.StripeMeterList:
    """A page of the meters of the published catalog, by key."""
    asked: shapes.StripeMetersQuery = call.query
    live = live_version(call.workspace.state)
    found: list[shapes.StripeMeter] = []
    if live is not None and asked.status != "inactive":
        found = [_meter(live, live.catalog.metrics[key]) for key in sorted(live.catalog.metrics)]
    data, has_more = _page(found, asked, lambda one: one.id)
    return shapes.StripeMeterList(object="list", data=data, has_more=has_more, url="/v1/billing/meters")


def show_meter(call: Call) -> shapes.StripeMeter:
    """One meter of the published catalog."""
    live = live_version(call.workspace.state)
    metric = live.catalog.metrics.get(call.path["id"]) if live else None
    if live is None or metric is None:
        raise NotFound(f"there is no meter {call.path['id'][:100]!r}", code="unknown_meter")
    return _meter(live, metric)


def _meter(live: CatalogVersion, metric: ValueMetric) -> shapes.StripeMeter:
    meter = metric.meter
    at = int(live.published_at.timestamp())
    formula = _FORMULAS.get(meter.aggregation, meter.aggregation.value)
    return shapes.StripeMeter(
        id=meter.key,
        object="billing.meter",
        created=at,
        updated=at,
        display_name=metric.name,
        event_name=meter.event_types[0],
        event_time_window=None,
        customer_mapping=shapes.StripePayloadKey(event_payload_key="stripe_customer_id", type="by_id"),
        default_aggregation=shapes.StripeFormula(formula=formula),
        value_settings=shapes.StripePayloadKey(event_payload_key=meter.value.removeprefix("$.") or "value"),
        livemode=True,
        status="active",
        status_transitions=shapes.StripeTransitions(),
    )


def summaries(call: Call) -> shapes.StripeSummaryList:
    """What a customer used of a meter: in all, by hour or by day (UTC), the newest first."""
    asked: shapes.StripeSummariesQuery = call.query
    if asked.end_time <= asked.start_time:
        raise InvalidInput("end_time must come after start_time", code="invalid_parameter")
    key = call.path["id"]
    if key not in {one.key for one in call.workspace.usage.meters}:
        raise NotFound(f"there is no meter {key[:100]!r}", code="unknown_meter")
    customer = customer_behind(call, asked.customer, STRIPE)
    found = [
        shapes.StripeSummary(
            id=f"{key}-{asked.customer}-{start}",
            object="billing.meter_event_summary",
            aggregated_value=msgspec.Raw(quantity.encode()),
            start_time=start,
            end_time=end,
            meter=key,
            livemode=True,
        )
        for start, end, quantity in _used(call, asked, key, customer.key)
    ]
    data, has_more = _page(found[::-1], asked, lambda one: one.id)
    url = f"/v1/billing/meters/{key}/event_summaries"
    return shapes.StripeSummaryList(object="list", data=data, has_more=has_more, url=url)


def _used(
    call: Call, asked: shapes.StripeSummariesQuery, meter: str, customer: str
) -> list[tuple[int, int, str]]:
    """From when until when (seconds) how much was used, oldest first."""
    call.workspace.catch_up()
    period = Period(start=from_micros(asked.start_time * _MICRO), end=from_micros(asked.end_time * _MICRO))
    window = asked.value_grouping_window
    rows = call.workspace.usage.quantities(
        meter,
        shown_part(period, visible_from(call)) or period,
        customers=[customer],
        window=None if window is None else Window(window.upper()),
        sections=False,
    )
    if not rows and window is None:
        return [(asked.start_time, asked.end_time, "0")]
    return [
        (int(row.window_start.timestamp()), int(row.window_end.timestamp()), plain(row.quantity))
        for row in rows
    ]


def _page(
    found: Sequence[T],
    asked: shapes.StripeMetersQuery | shapes.StripeSummariesQuery,
    id_of: Callable[[T], str],
) -> tuple[list[T], bool]:
    """The part of a list that is asked for, and whether there is more in that direction."""
    ids = [id_of(one) for one in found]
    for given in (asked.starting_after, asked.ending_before):
        if given and given not in ids:
            raise InvalidInput(f"{given[:100]!r} is not in the list", code="invalid_cursor")
    if asked.ending_before:
        before = found[: ids.index(asked.ending_before)]
        return list(before[-asked.limit :]), len(before) > asked.limit
    rest = found[ids.index(asked.starting_after) + 1 :] if asked.starting_after else found
    return list(rest[: asked.limit]), len(rest) > asked.limit


def open_session(call: Call) -> shapes.StripeSession:
    """A session with which events can be sent for 15 minutes, by whoever has its token."""
    if call.workspace.keys.of_id(call.principal.key_id) is None:
        raise InvalidInput("a session stands for an API key: ask with one", code="invalid_parameter")
    until = (call.now + LASTS).replace(microsecond=0)
    return shapes.StripeSession(
        id=make_id("mes", call.now, secrets.token_bytes(10)),
        object="v2.billing.meter_event_session",
        authentication_token=session_token(call.workspace.session_secret, call.principal.key_id, until),
        created=iso(call.now),
        expires_at=iso(until),
        livemode=True,
    )


def cancelling(correct: Handler) -> Handler:
    """Cancels an event with what carries a correction out: from now on it does not count."""

    def cancel(call: Call) -> shapes.StripeAdjustment:
        body: shapes.StripeAdjustmentIn = call.body
        kind = "v2.billing.meter_event_adjustment"
        return _cancelled(call, correct, body.event_name, body.cancel.identifier, kind)

    return cancel


def cancelling_by_form(correct: Handler) -> Handler:
    """The same as version 1 says it."""

    def cancel(call: Call) -> shapes.StripeAdjustment:
        body: shapes.StripeAdjustmentForm = call.body
        identifier = body.cancel.get("identifier", "")
        if not identifier:
            raise InvalidInput("cancel[identifier] is missing", code="missing_field")
        return _cancelled(call, correct, body.event_name, identifier, "billing.meter_event_adjustment")

    return cancel


def _cancelled(
    call: Call, correct: Handler, event_name: str, identifier: str, kind: str
) -> shapes.StripeAdjustment:
    """A correction like any other: who must agree to one is asked here too."""
    if now_of(call, STRIPE, identifier).event.type != event_name:
        message = f"the event {identifier[:100]!r} is not of the type {event_name[:100]!r}"
        raise NotFound(message, code="unknown_event")
    reason = "cancelled by a meter event adjustment"
    void = CorrectionIn(action="void", source=STRIPE, id=identifier, reason=reason)
    correct(replace(call, body=void, idempotency_key=""))
    return shapes.StripeAdjustment(
        object=kind,
        event_name=event_name,
        type="cancel",
        status="complete",
        livemode=True,
        cancel=shapes.StripeCancel(identifier=identifier),
        id=f"adj_{identifier}",
        created=iso(call.now),
    )
