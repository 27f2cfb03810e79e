"""From a budget to a plan: how much of something it buys, and the cap that keeps it."""

from __future__ import annotations

from typing import Any

from steelyard.entrypoints.console.answers import Asker, Json, Refusal
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page
from steelyard.entrypoints.console.pages.prices import frame, page, words_of
from steelyard.entrypoints.console.price_inputs import body_of, with_quantities
from steelyard.kernel import InvalidInput


async def load(ask: Asker, asked: Form) -> Page:
    """The page: each plan with the quantity that the budget buys, or why there is none."""
    one = await frame(ask, asked, "/budget")
    plans: list[Json] = one.chart["plans"] if one.chart else []
    currencies = list(dict.fromkeys(plan["currency"] for plan in plans))
    varies: list[Json] = one.view["varies"]
    view = one.view | {
        "currencies": currencies,
        "currency": asked.one("currency") or (currencies[0] if currencies else ""),
        "vary": asked.one("vary") or (varies[0]["key"] if varies else ""),
        "budget": asked.one("budget"),
    }
    if view["budget"] and view["vary"]:
        try:
            body: dict[str, Any] = {**with_quantities(body_of(asked, one.inputs), one.inputs)}
            body |= {"vary": view["vary"], "currency": view["currency"], **one.plans}
            body["budget"] = view["budget"].replace(",", "")
            view["found"] = await ask.question("/api/v1/design-to-cost", body)
        except (InvalidInput, Refusal) as error:
            view["wrong"] = words_of(error) if isinstance(error, Refusal) else str(error)
    view["unit"] = next((row["unit"] for row in varies if row["key"] == view["vary"]), "") or view["vary"]
    return page(view, "From a budget", "price_budget.html")
