"""Discount programmes: what is offered, how many slots are taken, and who redeemed what."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.pages.page import Page, customer_names, people
from steelyard.kernel import parse_decimal, plain

_BY: Final = {"volume": "units", "multi_seat": "seats", "term": "length of term"}


async def load(ask: Asker, cursor: str) -> Page:
    """The programmes of the live catalog, and the redemptions of one page."""
    offered = await ask.get_or_none("/api/v1/discounts")
    query = {"limit": "100", **({"cursor": cursor} if cursor else {})}
    redeemed = await ask.get("/api/v1/redemptions", query=query)
    view = {
        "programmes": [with_words(one) for one in (offered["items"] if offered else [])],
        "redemptions": redeemed["items"],
        "next": redeemed["next"],
        "names": await people(ask),
        "customers": await customer_names(ask),
    }
    return Page(template="discounts.html", title="Discounts", nav="discounts", view=view)


def with_words(discount: Json) -> dict[str, Any]:
    """A programme with what it gives and whom it is for in words, and how many of its slots are taken.

    >>> one = {"form": {"form": "percent", "percent": "20"}, "months": 12, "slots": 50, "taken": 5,
    ...        "plans": ["pro"], "attributes": {}, "new_customers": True, "term_months": 0, "conditions": []}
    >>> found = with_words(one)
    >>> found["gives"], found["for_whom"], found["taken_percent"]
    ('20 % off for 12 months', ['plan pro', 'new customers'], 10)
    """  # fmt: skip
    months = discount["months"]
    gives = _gives(discount["form"]) + (f" for {months} months" if months else "")
    whom = [f"plan {plan}" for plan in discount["plans"]]
    whom += [f"{name}: {' or '.join(values)}" for name, values in discount["attributes"].items()]
    whom += ["new customers"] if discount["new_customers"] else []
    whom += [f"terms of {discount['term_months']} months or more"] if discount["term_months"] else []
    whom += list(discount["conditions"])
    taken = min(100, discount["taken"] * 100 // discount["slots"]) if discount["slots"] else 0
    return {**discount, "gives": gives, "for_whom": whom, "taken_percent": taken}


def _gives(form: Json) -> str:
    match form["form"]:
        case "percent":
            return f"{form['percent']} % off"
        case "amount":
            return f"{form['amount']} off" + (" once" if form.get("once") else "")
        case "free_units":
            return f"{form['units']} units free"
        case "free_months":
            return f"first {form['months']} months free"
        case "volume" | "multi_seat" | "term" as name:
            most = max((parse_decimal(one["percent"]) for one in form.get("bands", [])), default=Decimal(0))
            return f"up to {plain(most)} % off by {_BY[name]}"
        case other:
            return str(other).replace("_", " ")
