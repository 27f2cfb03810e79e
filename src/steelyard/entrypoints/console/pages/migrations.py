"""Migrations: who moves from one catalog to another, with both bills; announced, compared, reversed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from steelyard.entrypoints.console.answers import Asker, Download, Json, Refusal
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page, people

ASKED = ("name", "reason", "to", "plan", "catalog", "attribute", "value", "on", "dual", "notice")
TONES = {"announced": "draft", "effective": "ok", "reversed": "bad"}
NOTICE_TONES = {"due": "draft", "told": "ok", "acknowledged": "ok", "withdrawn": ""}


async def load(ask: Asker, form: Form) -> Page:
    """Every migration, and the preview of the one that is asked for."""
    found = await ask.get("/api/v1/migrations", query={"limit": "100"})
    log = await ask.get("/api/v1/catalog/log", query={"limit": "50"})
    live = await ask.get_or_none("/api/v1/catalog/versions/{id}", {"id": "live"})
    preview, wrong = None, []
    if form.one("name"):
        try:
            preview = await ask.post("/api/v1/migrations", {**body_of(form), "dry_run": True})
        except Refusal as refusal:
            wrong = [one["message"] for one in refusal.problem.get("errors", [])] or [str(refusal)]
    return Page(
        template="migrations.html",
        title="Migrations",
        nav="migrations",
        view={
            "items": [_row(one) for one in found["items"]],
            "releases": log["items"],
            "plans": live["catalog"]["plans"] if live else {},
            "form": {name: form.one(name) for name in ASKED},
            "preview": preview and with_totals(preview),
            "wrong": wrong,
        },
    )


def body_of(form: Form) -> Json:
    """What the form asks the API.

    >>> asked = Form(pairs=(("name", "n"), ("reason", "r"), ("on", "2027-01-01"), ("to", "live")))
    >>> body_of(asked)["effective_at"]
    '2027-01-01T00:00:00Z'
    """
    body: Json = {name: form.one(name) for name in ("name", "reason", "plan", "catalog", "notice")}
    body["to"] = form.one("to") or "live"
    if form.one("attribute") and form.one("value"):
        body["where"] = {form.one("attribute"): form.one("value")}
    for field, name in (("effective_at", "on"), ("dual_until", "dual")):
        if form.one(name):
            body[field] = f"{form.one(name)}T00:00:00Z"
    return body


def with_totals(found: Json, items: str = "bills") -> Json:
    """Bills with their sums by currency, and how wide each difference is beside the largest."""
    bills: list[Json] = found[items]
    widest = max((abs(Decimal(one["difference"])) for one in bills), default=Decimal(0))
    rows = [
        one | {"share": f"{abs(Decimal(one['difference'])) * 100 / widest:.1f}" if widest else "0"}
        for one in bills
    ]
    totals: dict[str, dict[str, Decimal]] = {}
    for one in bills:
        of = totals.setdefault(one["currency"], {})
        for name in ("old", "new", "difference"):
            of[name] = of.get(name, Decimal(0)) + Decimal(one[name])
    summed = [
        {"currency": currency, "count": sum(one["currency"] == currency for one in bills)}
        | {name: str(amount) for name, amount in of.items()}
        for currency, of in sorted(totals.items())
    ]
    return found | {items: rows, "totals": summed}


async def announce(ask: Asker, form: Form) -> str:
    """Announce the migration; the address of its page."""
    done = await ask.post("/api/v1/migrations", body_of(form))
    return f"/console/migrations/{done['id']}?done=announced"


async def one(ask: Asker, id: str, form: Form) -> Page:
    """One migration with both bills of everybody; with `reverse` what going back would do."""
    found = await ask.get("/api/v1/migrations/{id}", {"id": id})
    query = {"period": form.one("period")} if form.one("period") else {}
    bills = await ask.get("/api/v1/migrations/{id}/comparison", {"id": id}, query)
    notices = await ask.get("/api/v1/notices", query={"about": id, "limit": "200"})
    names = await people(ask)
    going, wrong = None, ""
    if form.one("reverse") and found["status"] != "reversed":
        body = _reversal(form) | {"reason": form.one("reason") or "preview", "dry_run": True}
        try:
            going = await ask.post("/api/v1/migrations/{id}/reverse", body, {"id": id})
        except Refusal as refusal:
            wrong = str(refusal)
    return Page(
        template="migration.html",
        title=found["name"],
        nav="migrations",
        view={
            "one": _row(found) | {"by": names.get(found["by"], found["by"])},
            "bills": with_totals(bills, "items"),
            "period": bills["period"],
            "going": going,
            "notices": [one | {"tone": NOTICE_TONES[one["state"]]} for one in notices["items"]],
            "from_start": bool(form.one("from_start")),
            "wrong": wrong,
            "done": form.one("done"),
        },
    )


def _reversal(form: Form) -> Json:
    return {"from_start": bool(form.one("from_start"))}


async def reverse(ask: Asker, id: str, form: Form) -> str:
    """Let everybody go back."""
    body = _reversal(form) | {"reason": form.one("reason")}
    await ask.post("/api/v1/migrations/{id}/reverse", body, {"id": id})
    return f"/console/migrations/{id}?done=reversed"


async def notice(ask: Asker, id: str, form: Form) -> str:
    """Say that a customer was told of the migration, or that they know."""
    told = form.one("step") == "told"
    path = f"/api/v1/notices/{{id}}/{'told' if told else 'acknowledge'}"
    await ask.post(path, {"how": form.one("how") or "in person"} if told else {}, {"id": form.one("notice")})
    return f"/console/migrations/{id}?done=noted"


async def documents(ask: Asker, id: str, customer: str, form: Form) -> Page:
    """Both documents of a customer's month, line beside line; one of them is not due."""
    query = {"period": form.one("period")} if form.one("period") else {}
    path = "/api/v1/migrations/{id}/documents/{customer}"
    found = await ask.get(path, {"id": id, "customer": customer}, query)
    migration = await ask.get("/api/v1/migrations/{id}", {"id": id})
    return Page(
        template="migration_documents.html",
        title=f"{found['old']['draft']['customer_name']}: both documents",
        nav="migrations",
        view={"found": found, "migration": migration, "lines": beside(found)},
    )


def beside(found: Json) -> list[dict[str, Any]]:
    """The lines of both documents by what they are about, in the order of the newer one."""
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for side in ("new", "old"):
        for line in found[side]["draft"]["lines"]:
            about = (line["subscription"], line["price_key"], line["title"], str(line["dimension"]))
            row = rows.setdefault(about, {"title": line["title"], "group": line["group"]})
            row[side] = line
    return [_changed(row) for row in rows.values()]


def _changed(row: dict[str, Any]) -> dict[str, Any]:
    amounts = {side: Decimal(row[side]["amount"]) if side in row else None for side in ("old", "new")}
    difference = (amounts["new"] or Decimal(0)) - (amounts["old"] or Decimal(0))
    return row | {"difference": str(difference) if difference else "0"}


async def document(ask: Asker, id: str, customer: str, form: Form) -> Download:
    """One of both documents as PDF."""
    query = {name: form.one(name) for name in ("period", "side") if form.one(name)}
    path = "/api/v1/migrations/{id}/documents/{customer}.pdf"
    names = {"id": id, "customer": customer}
    return await ask.answers.fetch(ask.principal, "GET", path, names, query)


def _row(one: Json) -> Json:
    return one | {"tone": TONES[one["status"]]}
