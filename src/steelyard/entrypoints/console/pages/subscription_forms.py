"""What a person changes about a subscription: shown first with both months, and carried out on a yes."""

from __future__ import annotations

from typing import Final

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.days import begin_of
from steelyard.entrypoints.console.pages.trying import Tried, try_out

_CHANGES: Final = "/api/v1/subscriptions/{id}/changes"
QUANTITY: Final = "quantity-"
"""How the fields of quantities begin."""

ACTIONS: Final = {
    "amend": "Change plan, quantities or add-ons",
    "pause": "Pause: no fees, usage is charged",
    "resume": "Resume: charged again",
    "trial": "Trial: free, shown at nothing",
    "sandbox": "Sandbox: on no bill",
    "cancel": "Cancel: it ends",
}


async def tried(ask: Asker, id: str, form: Form, timezone: str) -> Tried:
    """The change tried out: nothing is written."""

    async def asked() -> Json:
        return await ask.post(_CHANGES, body_of(form, timezone) | {"dry_run": True}, {"id": id})

    return await try_out(form, asked)


async def carried_out(ask: Asker, id: str, form: Form) -> None:
    """The form carried out. Raises Refusal where the API refuses."""
    if withdrawn := form.one("withdraw"):
        path = "/api/v1/subscriptions/{id}/changes/{change}/withdraw"
        await ask.post(path, None, {"id": id, "change": withdrawn})
        return
    customer = (await ask.get("/api/v1/subscriptions/{id}", {"id": id}))["customer"]
    timezone = (await ask.get("/api/v1/customers/{key}", {"key": customer}))["timezone"]
    await ask.post(_CHANGES, body_of(form, timezone), {"id": id})


def body_of(form: Form, timezone: str) -> Json:
    """The body that a form stands for; what is left empty stays as it is.

    >>> filled = (("action", "amend"), ("quantity-seats", "12"), ("plan", ""), ("from", "2027-01-01"))
    >>> body_of(Form(pairs=(*filled, ("reason", "more people"))), "UTC")["quantities"]
    {'seats': '12'}
    """
    body: Json = {"action": form.one("action") or "amend", "reason": form.one("reason")}
    day = form.one("from")
    body |= {"effective_from": begin_of(day, timezone)} if day else {}
    body |= {"adjust": True} if form.one("adjust") == "yes" else {}
    body |= {"until": begin_of(form.one("until"), timezone)} if form.one("until") else {}
    if body["action"] != "amend":
        return body
    quantities = {
        name.removeprefix(QUANTITY): text
        for name, text in form.fields.items()
        if name.startswith(QUANTITY) and text and text != form.one(f"was-{name}")
    }
    body |= {"plan": form.one("plan")} if form.one("plan") else {}
    body |= {"commitment": form.one("commitment")} if form.one("commitment") else {}
    return body | {"quantities": quantities, "add": form.all("add"), "remove": form.all("remove")}
