"""One usage event: where it stands in the record, and what each meter reads from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from steelyard.access import read_senders
from steelyard.catalog import live_version
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.corrections import now_of
from steelyard.entrypoints.api.handlers.events import shown
from steelyard.entrypoints.api.handlers.visibility import visible_from
from steelyard.entrypoints.api.shapes import event_detail as shapes
from steelyard.entrypoints.api.shapes.events import Receipt
from steelyard.kernel import NotFound, micros, plain
from steelyard.metering import (
    Attributed,
    Corrected,
    EventRow,
    Fields,
    Meter,
    UsageEvent,
    event_of,
    is_path,
    meets,
    number_of,
    paths_of,
    read_change,
    read_fields,
)
from steelyard.record import Entry, Kind

if TYPE_CHECKING:
    from steelyard.entrypoints.bootstrap import Workspace


def show(call: Call) -> shapes.EventDetail:
    """The event that an entry of the record carries, as it stands now; NotFound where it carries none.

    Where a later entry carries the event instead (it was amended, or given to a customer), that one is shown.
    """
    index = int(call.path["index"])
    entry = _carrier(call, call.workspace.reader.entry(index))
    if entry.erased:
        raise NotFound(f"what entry {entry.index} of the record says was erased", code="erased")
    event = event_of(entry)
    if event is None or not call.principal.sees(entry.customer):
        raise NotFound(f"entry {index} of the record is no usage event", code="unknown_event")
    live = live_version(call.workspace.state)
    metrics = live.catalog.metrics if live else {}
    since = visible_from(call)
    if since is not None and event.time < micros(since):
        raise NotFound(f"entry {index} of the record is older than your plan shows", code="unknown_event")
    readings = [
        reading_of(metrics[key].meter, metrics[key].name, event)
        for key in sorted(metrics)
        if event.type in metrics[key].meter.event_types and not metrics[key].meter.formula
    ]
    return shapes.EventDetail(
        event=shown(_row(call, entry.index)),
        receipt=_receipt(entry),
        readings=readings,
        sent_by=_sent_by(call, entry),
    )


def _sent_by(call: Call, entry: Entry) -> str:
    """The key or person with which the event came that an entry carries, as far as the asker may know."""
    while (change := read_change(entry.kind, entry.payload)) and isinstance(change, Attributed | Corrected):
        entry = call.workspace.reader.entry(change.of)
    by = sender_of(call.workspace, entry.index) if entry.kind is Kind.USAGE else ""
    customer = call.principal.customer
    if customer is None:
        return by
    person = call.workspace.roster.person(by)
    owner = person.customer if person is not None else call.workspace.keys.customer_of(by)
    return by if owner == customer else ""


def sender_of(workspace: Workspace, index: int) -> str:
    """With which key the usage event of this entry came; blank where the record does not say."""
    for place in workspace.usage.around(Kind.SENDER, index):
        by = read_senders(workspace.reader.entry(place).payload).of(index)
        if by is not None:
            return by
    return ""


def _carrier(call: Call, entry: Entry) -> Entry:
    """The entry that carries the event now.

    Raises NotFound for an event that the asker may not see, without the words of the event.
    """
    event = event_of(entry) if entry.payload else None
    if event is None:
        return entry
    try:
        return now_of(call, event.source, event.id, event.backfill if event.again else "").carrier
    except NotFound:
        message = f"entry {entry.index} of the record is no usage event"
        raise NotFound(message, code="unknown_event") from None


def reading_of(meter: Meter, name: str, event: UsageEvent) -> shapes.EventReading:
    """What the meter reads from the event, or why it does not count."""
    fields = Fields.of(event)
    found = read_fields(meter, fields)
    dimensions = {each: fields.group(meter, each) for each in meter.group_by}
    return shapes.EventReading(
        meter=meter.key,
        name=name,
        unit=meter.unit,
        aggregation=meter.aggregation.value,
        path=meter.value,
        counts=found is not None,
        value=None if found is None else plain(found.number) if meter.reads_number else found.text or "1",
        amount=plain(found.amount) if found is not None and meter.carries_amount else None,
        dimensions=dimensions,
        why="" if found is not None else why_not(meter, fields),
    )


def why_not(meter: Meter, fields: Fields) -> str:
    """In words why an event of a matching type does not count."""
    for condition in meter.filters:
        if not meets(fields, condition, meter):
            values = f" {', '.join(condition.values)}" if condition.values else ""
            return f"the filter {condition.path} {condition.op.value.replace('_', ' ')}{values} is not met"
    if not meter.reads_number:
        return f"there is nothing at {meter.value}"
    for path in paths_of(meter.value):
        text = fields.at(path)
        if text is not None and number_of(text) is None:
            return f"{text[:60]!r} at {path} is no number that can be metered"
    number = fields.number(meter.value)
    if number is None and is_path(meter.value):
        return f"there is nothing at {meter.value}"
    if number is None:
        absent = [path for path in paths_of(meter.value) if fields.at(path) is None]
        nothing = f"there is nothing at {', '.join(absent)}"
        reason = nothing if absent else "it divides by zero or is too large"
        return f"{meter.value} has no value: {reason}"
    return f"{plain(number)} is negative, and this meter takes nothing away"


def _receipt(entry: Entry) -> Receipt:
    return Receipt(
        index=entry.index, customer=entry.customer, seq=entry.customer_seq, leaf=entry.leaf().hex()
    )


def _row(call: Call, index: int) -> EventRow:
    call.workspace.catch_up()
    found = call.workspace.usage.events(after=index - 1, limit=1)
    if not found or found[0].index != index:
        raise NotFound(f"the event of entry {index} is not in the usage store yet", code="unknown_event")
    return found[0]
