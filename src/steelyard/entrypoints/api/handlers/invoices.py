"""Invoices and credit notes: listed, shown, proven, traced line by line."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from steelyard.billing import CreditNote, Document, Invoice, Line
from steelyard.billing.adjust import adjusts
from steelyard.billing.changes import documents_of
from steelyard.billing.earlier import known_until
from steelyard.billing.run import changes_of
from steelyard.billing.terms import usage_filters
from steelyard.catalog import CatalogVersion, Price
from steelyard.entrypoints.api.endpoint import Blob, Call
from steelyard.entrypoints.api.handlers.events import shown
from steelyard.entrypoints.api.handlers.shaping import page, shaped
from steelyard.entrypoints.api.ingest import receipts_of
from steelyard.entrypoints.api.pages import number_of, place_of
from steelyard.entrypoints.api.shapes import billing as shapes
from steelyard.kernel import NotFound
from steelyard.kernel.canonical import to_builtins
from steelyard.metering import EventRow, Meter

_HEAD = tuple(shapes.InvoiceHead.__struct_fields__)


def list_invoices(call: Call) -> shapes.InvoiceList:
    """Invoices and credit notes; a key confined to one customer sees that customer's."""
    query: shapes.InvoicesQuery = call.query
    columns: dict[str, str] = {}
    customer = call.about_whom(query.customer)
    if customer is not None:
        columns["customer"] = customer
    if query.period is not None:
        columns["period_name"] = query.period
    kinds = {"invoice": (Invoice,), "credit_note": (CreditNote,)}.get(query.kind or "", (Invoice, CreditNote))
    after = place_of(query.cursor) if query.cursor else None
    found: list[Document] = []
    for kind in kinds:
        found += call.workspace.state.find(kind, limit=query.limit + 1, after=after, **columns)
    found.sort(key=lambda one: one.id)
    items, following = page(found[: query.limit + 1], query.limit, lambda one: one.id)
    return shapes.InvoiceList(items=[_head(one) for one in items], next=following)


def show(call: Call) -> shapes.Invoice:
    """One invoice or credit note, by id or number; with what became of its period since."""
    document = document_of(call)
    workspace = call.workspace
    workspace.catch_up()
    changes = changes_of(workspace.books, document.customer)
    changed = next((one for one in changes if one.document == document.number), None)
    adjusted_by = [
        one.number
        for one in documents_of(workspace.state, document.customer)
        if one.id != document.id and adjusts(one, document.period_name)
    ]
    return shaped(
        document,
        shapes.Invoice,
        changed=None if changed is None else to_builtins(changed),
        adjusted_by=sorted(adjusted_by),
    )


def evidence(call: Call) -> Blob:
    """All that proves an invoice, for checking it offline."""
    from steelyard.billing.evidence import build

    document = document_of(call)
    workspace = call.workspace
    workspace.catch_up()
    content = build(document, state=workspace.state, usage=workspace.usage, reader=workspace.reader)
    return Blob(
        content=content,
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="{document.number}.evidence.json"'},
    )


def pdf(call: Call) -> Blob:
    """An invoice as PDF; the same bytes each time."""
    from steelyard.adapters.documents import Seal, invoice_pdf

    document = document_of(call)
    index = call.workspace.state.version(type(document), document.id)
    assert index is not None, "what is kept has a version"
    # The checkpoint of the document's own commit: a newer one would change the bytes.
    size, note = call.workspace.reader.checkpoint_covering(index)
    seal = Seal(index=index, size=size, root=note.split("\n", 3)[2])
    return Blob(
        content=invoice_pdf(document, seller=call.workspace.name, seal=seal),
        media_type="application/pdf",
        headers={"content-disposition": f'inline; filename="{document.number}.pdf"'},
    )


def trace(call: Call) -> shapes.Trace:
    """Where a line comes from, with one page of the events that it rests on and their receipts."""
    document = document_of(call)
    line = next((one for one in document.lines if one.id == call.path["line"]), None)
    if line is None:
        raise NotFound(f"{document.number} has no line {call.path['line']!r}")
    version = call.workspace.state.get(CatalogVersion, line.price_version) if line.price_version else None
    price = version.catalog.prices.get(line.price_key) if version else None
    metric = version.catalog.metrics.get(line.metric) if version else None
    meter = metric.meter if metric else None
    rows = _events(call, document, line, _priced(meter, price)) if meter and line.events else []
    items, following = page(rows, call.query.limit, lambda one: one.index)
    return shapes.Trace(
        invoice=document.id,
        line=shaped(line, shapes.Line),
        price=to_builtins(price) if price else None,
        steps=[shaped(step, shapes.Step) for step in line.steps],
        quantity=shaped(line, shapes.Line).quantity,
        meter=to_builtins(meter) if meter else None,
        events=[shown(one) for one in items],
        receipts=receipts_of(call.workspace, [one.index for one in items]),
        next=following,
    )


def document_of(call: Call) -> Document:
    """The invoice or credit note of the path's id or number, if the asker may see it; NotFound otherwise."""
    name = call.path["id"]
    state = call.workspace.state
    found: Document | None = state.get(Invoice, name) or state.get(CreditNote, name)
    if found is None:
        by_number = [
            *state.find(Invoice, number=name, limit=1),
            *state.find(CreditNote, number=name, limit=1),
        ]
        found = by_number[0] if by_number else None
    if found is None or not call.principal.sees(found.customer):
        raise NotFound(f"there is no invoice {name!r}")
    return found


def _priced(meter: Meter, price: Price | None) -> Meter:
    """The meter narrowed to the usage that the price is for, so that it finds just the line's own events."""
    return meter if price is None else replace(meter, filters=(*meter.filters, *usage_filters(price)))


def _events(call: Call, document: Document, line: Line, meter: Meter) -> list[EventRow]:
    call.workspace.catch_up()
    return call.workspace.usage.events(
        customer=document.customer,
        meter=meter,
        period=line.period,
        after=number_of(call.query.cursor),
        limit=call.query.limit + 1,
        as_of=known_until(document),
    )


def _head(document: Document) -> shapes.InvoiceHead:
    whole = to_builtins(document)
    return msgspec.convert({name: whole[name] for name in _HEAD}, type=shapes.InvoiceHead)
