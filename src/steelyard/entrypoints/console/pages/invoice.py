"""An invoice, and behind each line the way to its proof: price, quantity, events, receipt, signed root."""

from __future__ import annotations

from typing import Any

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.meter_words import meter_in_words
from steelyard.entrypoints.console.pages.lines import grouped
from steelyard.entrypoints.console.pages.page import Page
from steelyard.entrypoints.console.proofs import Climb, climb

# How a price model is said in words; the key is the tag in the catalog.
MODELS = {
    "flat": "a flat fee for the period",
    "per_unit": "the same price for every unit",
    "graduated": "each tier's units at that tier's price",
    "volume": "all units at the price of the tier they reach",
    "package": "whole packages of units",
    "dynamic": "the amount that each event carries",
}


def model_in_words(price: Json | None) -> str:
    """What a price model does, in a few words; nothing for one that has no words yet.

    >>> model_in_words({"model": {"model": "volume", "tiers": []}})
    'all units at the price of the tier they reach'
    """
    model = (price or {}).get("model", "")
    return MODELS.get(model.get("model", "") if isinstance(model, dict) else str(model), "")


def trace_view(trace: Json, proof: Json | None, chosen: int | None) -> dict[str, Any]:
    """What stands behind one line; `chosen` is the index of the event whose receipt is walked to the root."""
    receipts = {receipt["index"]: receipt for receipt in trace["receipts"]}
    events = [event | {"receipt": receipts.get(event["index"])} for event in trace["events"]]
    picked = next((event for event in events if event["index"] == chosen), events[0] if events else None)
    walked: Climb | None = climb(proof) if proof else None
    price, meter = trace["price"], trace["meter"]
    return {
        "line": trace["line"],
        "price": price,
        "model": model_in_words(price),
        "steps": trace["steps"],
        "meter": meter,
        "meter_words": meter_in_words(meter) if meter else "",
        "events": events,
        "event": picked,
        "climb": walked,
        "next": trace["next"],
    }


def invoice_view(invoice: Json, trace: dict[str, Any] | None, vkey: str) -> dict[str, Any]:
    """All that an invoice's page shows."""
    return {
        "invoice": invoice,
        "is_credit": invoice["kind"] == "credit_note",
        "groups": grouped(invoice["lines"]),
        "trace": trace,
        "vkey": vkey,
        "command": f'steelyard receipt verify {invoice["number"]}.evidence.json --key "{vkey}"',
        "selected": trace["line"]["id"] if trace else "",
    }


async def load_trace(ask: Asker, invoice: str, line: str, cursor: str, event: int | None) -> dict[str, Any]:
    """What stands behind one line, with the receipt of one of its events proven."""
    names = {"id": invoice, "line": line}
    trace = await ask.get(
        "/api/v1/invoices/{id}/lines/{line}/trace", names, {"cursor": cursor} if cursor else {}
    )
    indexes = [row["index"] for row in trace["events"]]
    chosen = event if event in indexes else next(iter(indexes), None)
    proof = None
    if chosen is not None:
        proof = await ask.get_or_none("/record/proof/{index}", {"index": str(chosen)})
    return trace_view(trace, proof, chosen)


async def load(ask: Asker, id: str, line: str, cursor: str, event: int | None) -> Page:
    """The page of one invoice; with a line, what stands behind it."""
    invoice = await ask.get("/api/v1/invoices/{id}", {"id": id})
    trace = await load_trace(ask, id, line, cursor, event) if line else None
    key = await ask.get_or_none("/record/key")
    vkey = key.strip() if key else "VKEY"
    view = invoice_view(invoice, trace, vkey)
    return Page(template="invoice.html", title=invoice["number"], nav="invoices", view=view)
