"""A customer that a person makes, and a subscription that begins: what forms say, as the API takes it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from steelyard.contracts import ATTRIBUTE_NAMES
from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.attributes import attributes_at
from steelyard.entrypoints.console.pages.days import begin_of
from steelyard.kernel.period import zone

_TEXTS: Final = ("name", "currency", "timezone", "email", "parent")
QUANTITY: Final = "quantity-"
"""How the fields of agreed quantities begin."""
ATTRIBUTE: Final = "attribute-"
"""How the fields of attributes begin."""


async def choices(ask: Asker, now: datetime, timezone: str = "UTC") -> dict[str, Any]:
    """What the forms offer: whether this person may, the plans with the quantities each counts, today."""
    me = await ask.get("/api/v1/me")
    live = await ask.get_or_none("/api/v1/catalog/versions/{id}", {"id": "live"})
    sold: list[Json] = list(live["catalog"]["plans"].values()) if live else []
    plans = {one["key"]: one for one in sorted(sold, key=lambda one: (one["product"], one["tier"]))}
    return {
        "may": any(one["scope"] == "customers:write" for one in me["permissions"]),
        "plans": {key: one["name"] for key, one in plans.items()},
        "currencies": sorted({one["currency"] for one in plans.values()}),
        "counted": counted_by(plans),
        "today": f"{now.astimezone(zone(timezone)):%Y-%m-%d}",
        "attribute_names": ATTRIBUTE_NAMES,
    }


def counted_by(plans: dict[str, Json]) -> dict[str, list[str]]:
    """The quantities that are agreed, such as seats, each with the plans that charge for it.

    >>> counted_by({"team": {"items": [{"quantity_from": "seats"}]}, "free": {"items": []}})
    {'seats': ['team']}
    """
    found: dict[str, list[str]] = {}
    for key, plan in plans.items():
        for name in {item["quantity_from"] for item in plan["items"] if item["quantity_from"]}:
            found.setdefault(name, []).append(key)
    return dict(sorted(found.items()))


async def made(ask: Asker, form: Form) -> str:
    """The key of the customer that was made. Raises Refusal where the API refuses."""
    return (await ask.post("/api/v1/customers", customer_of(form)))["key"]


async def begun(ask: Asker, customer: str, form: Form) -> None:
    """A subscription begun for the customer. Raises Refusal where the API refuses."""
    known = await ask.get("/api/v1/customers/{key}", {"key": customer})
    await ask.post("/api/v1/subscriptions", subscription_of(customer, form, known["timezone"]))


async def changed(ask: Asker, customer: str, form: Form, now: datetime) -> None:
    """The customer changed as the form says. Raises Refusal where the API refuses."""
    known = await ask.get("/api/v1/customers/{key}", {"key": customer})
    asked = change_of(known, attributes_at(known, now), form)
    await ask.post("/api/v1/customers/{key}/changes", asked, {"key": customer})


def change_of(known: Json, attributes: dict[str, str], form: Form) -> Json:
    """What a form that showed the whole customer, with these attributes, changes about it.

    Raises InvalidInput for what is no day.

    >>> known = {"subjects": ["bot", "app"], "timezone": "UTC"}
    >>> filled = (
    ...     ("subjects", "app, web"),
    ...     ("attribute-region", "eu"),
    ...     ("attribute-size", ""),
    ...     ("tax_percent", "19"),
    ... )
    >>> asked = change_of(known, {}, Form(pairs=filled))
    >>> asked["add_subjects"], asked["remove_subjects"], asked["tax"], asked["attributes"]
    (['web'], ['bot'], {'name': 'Tax', 'percent': '19'}, {'region': 'eu'})
    """
    wanted = _subjects(form)
    body: Json = {
        "name": form.one("name"),
        "email": form.one("email"),
        "reason": form.one("reason"),
        "untaxed": not form.one("tax_percent"),
        "tax": _tax(form),
        "add_subjects": [one for one in wanted if one not in known["subjects"]],
        "remove_subjects": [one for one in known["subjects"] if one not in wanted],
        "attributes": {
            name.removeprefix(ATTRIBUTE): text
            for name, text in form.fields.items()
            if name.startswith(ATTRIBUTE) and text != attributes.get(name.removeprefix(ATTRIBUTE), "")
        },
    }
    if day := form.one("attributes_from"):
        body["effective_from"] = begin_of(day, known["timezone"])
    return body


def _subjects(form: Form) -> list[str]:
    return [part for text in form.all("subjects") for part in re.split(r"[\s,]+", text) if part]


def _tax(form: Form) -> Json | None:
    percent = form.one("tax_percent")
    return {"name": form.one("tax_name") or "Tax", "percent": percent} if percent else None


def customer_of(form: Form) -> Json:
    """The customer that a form describes; its key is made of its name where none is given.

    >>> customer_of(Form(pairs=(("name", "Ärzte & Co"), ("currency", "eur"), ("tax_percent", "19"))))
    {'name': 'Ärzte & Co', 'currency': 'EUR', 'key': 'rzte-co', 'tax': {'name': 'Tax', 'percent': '19'}}
    """
    body: Json = {name: text for name in _TEXTS if (text := form.one(name))}
    body["currency"] = form.one("currency").upper()
    body["key"] = form.one("key") or re.sub(r"[^a-z0-9]+", "-", form.one("name").lower()).strip("-")
    if subjects := _subjects(form):
        body["subjects"] = subjects
    if tax := _tax(form):
        body["tax"] = tax
    return body


def subscription_of(customer: str, form: Form, timezone: str) -> Json:
    """The subscription that a form begins, from the start of a day of the customer's calendar.

    Raises InvalidInput for what is no day.

    >>> filled = (("plan", "team"), ("start", "2026-12-01"), ("quantity-seats", "5"))
    >>> subscription_of("acme", Form(pairs=filled), "UTC")["quantities"]
    {'seats': '5'}
    """
    body: Json = {"customer": customer, "plan": form.one("plan")}
    body["start"] = begin_of(form.one("start"), timezone)
    if trial := form.one("trial_until"):
        body["trial_until"] = begin_of(trial, timezone)
    body["quantities"] = {
        name.removeprefix(QUANTITY): text
        for name, text in form.fields.items()
        if name.startswith(QUANTITY) and text
    }
    return body
