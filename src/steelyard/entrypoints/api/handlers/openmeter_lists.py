"""Meters, events and subjects listed as OpenMeter's clients expect it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from steelyard.catalog import live_version
from steelyard.contracts import Customer
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.events import span
from steelyard.entrypoints.api.handlers.meter_details import shown as shown_meter
from steelyard.entrypoints.api.handlers.meter_filters import check_filter, meets_filter
from steelyard.entrypoints.api.handlers.visibility import shown_part, visible_from
from steelyard.entrypoints.api.pages import cursor_of, number_of
from steelyard.entrypoints.api.shapes import openmeter as o
from steelyard.entrypoints.api.shapes import openmeter_lists as shapes
from steelyard.kernel import InvalidInput, NotFound, Period, iso
from steelyard.metering import EventRow, EventStatus

_LAST: Final = timedelta(hours=72)
_AT_ONCE: Final = 1_000
SEARCHED_MAX: Final = 50_000
"""So many events are looked at for one answer; a search that would need more is refused."""

_ORDERED_BY: Final[Mapping[str, Callable[[o.OpenMeterMeter], str]]] = {
    "key": lambda one: one.slug,
    "name": lambda one: one.name,
    "aggregation": lambda one: one.aggregation,
    "createdAt": lambda one: one.created_at,
    "updatedAt": lambda one: one.updated_at,
}
_WHY_NOT: Final = {
    EventStatus.UNATTRIBUTED: "no customer has this subject",
    EventStatus.UNMATCHED: "no meter reads events of this type",
}
_PARTS: Final = ("id", "source", "subject", "type", "customerId", "time", "ingestedAt")


def list_meters(call: Call) -> list[o.OpenMeterMeter]:
    """A page of the meters of the published catalog."""
    asked: shapes.MetersQuery = call.query
    live = live_version(call.workspace.state)
    found = [shown_meter(live, metric) for metric in live.catalog.metrics.values()] if live else []
    found.sort(key=lambda one: one.slug)
    found.sort(key=_ORDERED_BY[asked.order_by], reverse=asked.order == "DESC")
    first = (asked.page - 1) * asked.page_size
    return found[first : first + asked.page_size]


def list_events(call: Call) -> list[shapes.IngestedEvent]:
    """The newest stored events of a time, whose id and subject hold the given parts."""
    asked: shapes.EventsQuery = call.query
    start = asked.from_ or ((asked.to or call.now) - _LAST)
    wanted = {*asked.customer_id}

    def meets(row: EventRow) -> bool:
        return (
            asked.id in row.id
            and asked.subject in row.subject
            and (not wanted or row.customer in wanted)
            and (asked.ingested_at_from is None or row.recorded_at >= asked.ingested_at_from)
            and (asked.ingested_at_to is None or row.recorded_at <= asked.ingested_at_to)
        )

    only = next(iter(wanted)) if len(wanted) == 1 else None
    found = _search(call, span(start, asked.to), meets, limit=asked.limit, customer=only)
    return [_shown(row) for row in found]


def list_events_by_filter(call: Call) -> shapes.EventsPage:
    """A page of stored events that meet a filter, newest first."""
    asked: shapes.EventsPageQuery = call.query
    tree = _tree(asked.filter)

    def meets(row: EventRow) -> bool:
        texts = {
            "id": row.id,
            "source": row.source,
            "subject": row.subject,
            "type": row.type,
            "customerId": row.customer,
            "time": iso(row.time),
            "ingestedAt": iso(row.recorded_at),
        }
        return all(meets_filter(one, texts[name]) for name, one in tree.items())

    found = _search(call, None, meets, limit=asked.limit + 1, after=number_of(asked.cursor))
    following = cursor_of(found[asked.limit - 1].index) if len(found) > asked.limit else None
    return shapes.EventsPage(items=[_shown(row) for row in found[: asked.limit]], next_cursor=following)


def _tree(text: str) -> dict[str, dict[str, Any]]:
    if not text:
        return {}
    try:
        tree = msgspec.json.decode(text, type=dict[str, dict[str, Any]])
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidInput(
            f"filter must be a JSON object of filters: {error}", code="invalid_parameter"
        ) from None
    for name, one in tree.items():
        if name not in _PARTS:
            message = f"events have no {name[:60]!r} to filter by (allowed: {', '.join(_PARTS)})"
            raise InvalidInput(message, code="invalid_parameter")
        check_filter(name, one)
        if name in ("time", "ingestedAt"):
            tree[name] = _moments(one)
    return tree


def _moments(one: dict[str, Any]) -> dict[str, Any]:
    """A filter on a time, its moments written as ours are, so that texts have their order."""
    try:
        return {
            operator: [_moments(part) for part in value]
            if operator in ("$and", "$or")
            else iso(datetime.fromisoformat(value))
            for operator, value in one.items()
        }
    except (ValueError, TypeError):
        raise InvalidInput("a time is compared with RFC 3339 moments", code="invalid_parameter") from None


def _search(
    call: Call,
    period: Period | None,
    meets: Callable[[EventRow], bool],
    *,
    limit: int,
    customer: str | None = None,
    after: int | None = None,
) -> list[EventRow]:
    """The newest events that meet the condition; refused where too many do not."""
    if call.principal.customer is not None:
        customer = call.about(customer or call.principal.customer)
    call.workspace.catch_up()
    found: list[EventRow] = []
    rows = _newest(call, shown_part(period, visible_from(call)), customer, after)
    for seen, row in enumerate(rows):
        if meets(row):
            found.append(row)
            if len(found) == limit:
                break
        elif seen >= SEARCHED_MAX:
            message = f"more than {SEARCHED_MAX} events would have to be looked at: narrow `from` and `to`"
            raise InvalidInput(message, code="invalid_parameter")
    return found


def _newest(call: Call, period: Period | None, customer: str | None, after: int | None) -> Iterator[EventRow]:
    while rows := call.workspace.usage.events(
        customer=customer, period=period, after=after, limit=_AT_ONCE, newest_first=True
    ):
        yield from rows
        after = rows[-1].index


def _shown(row: EventRow) -> shapes.IngestedEvent:
    why = row.mismatch or _WHY_NOT.get(row.status) or (None if row.status.counts else row.status.value)
    data = row.data if row.data.lstrip().startswith("{") else "{}"
    at = iso(row.recorded_at)
    return shapes.IngestedEvent(
        event=shapes.CloudEvent(
            specversion="1.0",
            id=row.id,
            source=row.source,
            type=row.type,
            subject=row.subject,
            time=iso(row.time),
            data=msgspec.Raw(data.encode()),
        ),
        customer_id=None if row.status is EventStatus.UNATTRIBUTED else row.customer,
        validation_error=why,
        ingested_at=at,
        stored_at=at,
    )


def list_subjects(call: Call) -> list[shapes.Subject]:
    """Every subject of the customers that the asker sees, by key."""
    customers = [one for one in call.workspace.directory.customers if call.principal.sees(one.key)]
    found = {name: one for one in customers for name in (one.key, *one.subjects)}
    return [_subject(name, found[name]) for name in sorted(found)]


def show_subject(call: Call) -> shapes.Subject:
    """One subject."""
    name = call.path["subject"]
    directory = call.workspace.directory
    customer = directory.customer(directory.customer_of(name, "") or "")
    if customer is None or not call.principal.sees(customer.key):
        raise NotFound(f"no customer has the subject {name[:100]!r}")
    return _subject(name, customer)


def _subject(name: str, customer: Customer) -> shapes.Subject:
    at = iso(customer.created_at)
    return shapes.Subject(
        id=name, key=name, display_name=customer.name, metadata={}, created_at=at, updated_at=at
    )
