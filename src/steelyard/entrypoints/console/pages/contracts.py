"""Contracts: those that end soon with their day of notice, and all of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages import contract_new
from steelyard.entrypoints.console.pages.contract import STATUS, named, phase_now
from steelyard.entrypoints.console.pages.page import Page, customers_known
from steelyard.kernel import instant

SOON_DAYS = 120


async def load(ask: Asker, customer: str, cursor: str, now: datetime, new: Form | None = None) -> Page:
    """The page of contracts, or of one customer's; a new one in a form is tried out."""
    query = {"limit": "200"}
    query |= {name: value for name, value in (("customer", customer), ("cursor", cursor)) if value}
    found = await ask.get("/api/v1/contracts", query=query)
    renewals = await ask.get_or_none("/api/v1/contracts/renewals", query={"within_days": str(SOON_DAYS)})
    soon = [
        {**one, "then": STATUS[one["status"]]}
        for one in (renewals or {"items": []})["items"]
        if not customer or one["customer"] == customer
    ]
    known = await customers_known(ask)
    zones = {key: one["timezone"] for key, one in known.items()}
    for one in soon:
        one["zone"] = zones.get(one["customer"], "UTC")
    rows = [
        {
            **one,
            "phase": phase_now(one, now),
            "state": _state(one["start"], one["end"], now),
            "zone": zones.get(one["customer"], "UTC"),
        }
        for one in found["items"]
    ]
    view = {
        "rows": sorted(rows, key=lambda one: (_ORDER[one["state"]], one["customer"], one["start"])),
        "soon": soon,
        "soon_days": SOON_DAYS,
        "customer": customer,
        "customers": {key: one["name"] for key, one in known.items()},
        "next": found["next"],
        **await _making(ask, known, new),
    }
    return Page(template="contracts.html", title="Contracts", nav="contracts", view=view)


async def _making(ask: Asker, known: dict[str, Json], new: Form | None) -> dict[str, Any]:
    """What the form of a new contract needs, and what the one in it would do."""
    me = await ask.get("/api/v1/me")
    live = await ask.get_or_none("/api/v1/catalog/versions/{id}", {"id": "live"})
    tried = None if new is None else await contract_new.tried(ask, new)
    names = {key: one["name"] for key, one in known.items()}
    return {
        "may": any(one["scope"] == "contracts:write" for one in me["permissions"]),
        "plans": {key: one["name"] for key, one in live["catalog"]["plans"].items()} if live else {},
        "afterwards": contract_new.AFTERWARDS,
        "tried": tried,
        "filled": tried.fields if tried else {},
        "months": named(tried.answer["months"], names) if tried and tried.answer else [],
        "zone": known.get(new.one("customer"), {}).get("timezone", "UTC") if new else "UTC",
    }


_ORDER = {"running": 0, "coming": 1, "over": 2}


def _state(start: str, end: str | None, now: datetime) -> str:
    if instant(start) > now:
        return "coming"
    return "over" if end and instant(end) <= now else "running"
