"""One usage event: where it stands in the record, and what each meter reads from it."""

from __future__ import annotations

from steelyard.catalog import live_version
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.events import shown
from steelyard.entrypoints.api.handlers.visibility import visible_from
from steelyard.entrypoints.api.shapes import event_detail as shapes
from steelyard.entrypoints.api.shapes.events import Receipt
from steelyard.kernel import NotFound, micros, plain
from steelyard.metering import EventRow, Fields, Meter, UsageEvent, meets, number_of, read, read_fields
from steelyard.record import Entry, Kind


def show(call: Call) -> shapes.EventDetail:
    """The event that an entry of the record carries; NotFound where the entry carries none."""
    index = int(call.path["index"])
    entry = call.workspace.reader.entry(index)
    if call.principal.customer not in (None, entry.customer) or entry.kind is not Kind.USAGE:
        raise NotFound(f"entry {index} of the record is no usage event", code="unknown_event")
    live = live_version(call.workspace.state)
    metrics = live.catalog.metrics if live else {}
    if entry.erased:
        raise NotFound(f"what entry {entry.index} of the record says was erased", code="erased")
    event = read(entry.payload)
    since = visible_from(call)
    if since is not None and event.time < micros(since):
        raise NotFound(f"entry {index} of the record is older than your plan shows", code="unknown_event")
    readings = [
        reading_of(metrics[key].meter, metrics[key].name, event)
        for key in sorted(metrics)
        if event.type in metrics[key].meter.event_types
    ]
    return shapes.EventDetail(event=shown(_row(call, index)), receipt=_receipt(entry), readings=readings)


def reading_of(meter: Meter, name: str, event: UsageEvent) -> shapes.EventReading:
    """What the meter reads from the event, or why it does not count."""
    fields = Fields.of(event)
    found = read_fields(meter, fields)
    dimensions = {each: fields.dimension(each, meter.group_by) or "" for each in meter.group_by}
    return shapes.EventReading(
        meter=meter.key,
        name=name,
        unit=meter.unit,
        aggregation=meter.aggregation.value,
        path=meter.value,
        counts=found is not None,
        value=None if found is None else found.text or "1",
        amount=plain(found.amount) if found is not None and meter.carries_amount else None,
        dimensions=dimensions,
        why="" if found is not None else why_not(meter, fields),
    )


def why_not(meter: Meter, fields: Fields) -> str:
    """In words why an event of a matching type does not count."""
    for condition in meter.filters:
        if not meets(fields, condition, meter.group_by):
            values = f" {', '.join(condition.values)}" if condition.values else ""
            return f"the filter {condition.path} {condition.op.value.replace('_', ' ')}{values} is not met"
    text = fields.at(meter.value)
    if text is None:
        return f"there is nothing at {meter.value}"
    number = number_of(text)
    if number is None:
        return f"{text[:60]!r} at {meter.value} is no number that can be metered"
    return f"{text} is negative, and this meter takes nothing away"


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
