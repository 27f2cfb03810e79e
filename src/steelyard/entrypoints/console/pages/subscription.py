"""A subscription: by what it is charged at a moment and why, and everything that changed or will."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages import agreed_forms
from steelyard.entrypoints.console.pages.days import noon_of
from steelyard.entrypoints.console.pages.page import Page, people
from steelyard.entrypoints.console.pages.subscription_forms import ACTIONS, tried
from steelyard.kernel import instant
from steelyard.kernel.period import zone

ROWS_OF_A_TABLE = 4
"""From so many prices of one table on, they stand in a fold of their own."""


async def load(
    ask: Asker,
    id: str,
    form: Form,
    now: datetime,
    change: Form | None = None,
    agree: tuple[str, Form] | None = None,
) -> Page:
    """The page of one subscription, at a day where one is named.

    A change in a form is tried out, and so is a discount or a commitment (`agree`: its kind and form).
    """
    subscription = await ask.get("/api/v1/subscriptions/{id}", {"id": id})
    customer = await ask.get("/api/v1/customers/{key}", {"key": subscription["customer"]})
    done = None if change is None else await tried(ask, id, change, customer["timezone"])
    agreeing = None if agree is None else await agreed_forms.tried(ask, id, *agree, customer["timezone"], now)
    day = form.one("day")
    at = {"at": noon_of(day, customer["timezone"])} if day else {}
    card = await ask.get("/api/v1/subscriptions/{id}/rate-card", {"id": id}, at)
    changes = await ask.get("/api/v1/subscriptions/{id}/changes", {"id": id})
    view = {
        "subscription": subscription,
        "customer": customer,
        "card": card,
        "rates": folded(card["rates"]),
        "changes": [
            {**one, "coming": instant(one["effective_from"]) > now and not one["withdrawn"]}
            for one in changes["items"]
        ],
        "terms": changes["now"],
        "coming": [
            {"at": at, "day": f"{instant(at).astimezone(zone(customer['timezone'])):%Y-%m-%d}"}
            for at in card["changes_at"][:3]
        ],
        "day": day or f"{now.astimezone(zone(customer['timezone'])):%Y-%m-%d}",
        "names": await people(ask),
        "actions": ACTIONS,
        "tried": done,
        "filled": done.fields if done else {},
        "agreeing": agreeing,
        "paid": agreed_forms.PAID,
        "coverable": agreed_forms.coverable(card["rates"]),
        "done": form.one("done"),
        **await agreed_forms.offered(ask, subscription, now),
        **await _choices(ask, changes["now"]),
    }
    title = f"{card['plan_name']} for {customer['name']}"
    return Page(template="subscription.html", title=title, nav="customers", view=view)


async def _choices(ask: Asker, terms: Json) -> dict[str, Any]:
    """The plans and the add-ons that a change can name, and whether this person may make one."""
    me = await ask.get("/api/v1/me")
    live = await ask.get_or_none("/api/v1/catalog/versions/{id}", {"id": "live"})
    catalog = live["catalog"] if live else {"plans": {}, "prices": {}}
    sold = {item["price"] for plan in catalog["plans"].values() for item in plan["items"]}
    prices = {
        key: one["name"]
        for key, one in catalog["prices"].items()
        if one["kind"] == "price" and key not in sold and key not in terms["add_ons"]
    }
    return {
        "may": any(one["scope"] == "contracts:write" for one in me["permissions"]),
        "plans": {key: one["name"] for key, one in catalog["plans"].items() if key != terms["plan"]},
        "add_ons": prices,
    }


def folded(rates: Sequence[Json]) -> list[dict[str, Any]]:
    """The prices as they stand, those of one table that nothing was done to in a fold of their own.

    >>> rows = [{"price": f"t:m:{n}", "layers": [], "name": "Tokens"} for n in range(5)]
    >>> [(one["table"], len(one["rates"])) for one in folded([{"price": "fee", "layers": []}, *rows])]
    [('', 1), ('t', 5)]
    """
    groups: dict[str, list[Json]] = {}
    for rate in rates:
        table = rate["price"].partition(":")[0] if ":" in rate["price"] and not rate["layers"] else ""
        groups.setdefault(table, []).append(rate)
    alone = groups.pop("", [])
    for table in [one for one, of in groups.items() if len(of) < ROWS_OF_A_TABLE]:
        alone += groups.pop(table)
    return [{"table": "", "rates": alone}, *({"table": key, "rates": of} for key, of in groups.items())]
