"""Prices for the seller's people: the calculator, by stated ranges or by a customer's history."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from steelyard.entrypoints.console.answers import Asker, Json, Refusal
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page, customer_names
from steelyard.entrypoints.console.price_inputs import (
    Choice,
    body_of,
    choice_of,
    query_of,
    rows_of,
    with_quantities,
)
from steelyard.entrypoints.console.price_pictures import bands, histogram
from steelyard.kernel import InvalidInput

TABS: Final = (
    ("", "Calculator"),
    ("/budget", "From a budget"),
    ("/curve", "Price curve"),
    ("/ladder", "Ladder"),
    ("/plans", "Side by side"),
)
HISTORY_MONTHS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every page about prices begins with: the chart of the live catalog, None where none is live."""

    chart: Json | None
    view: dict[str, Any]

    @property
    def inputs(self) -> list[Json]:
        """What the plans' calculator asks for."""
        return self.chart["inputs"] if self.chart else []

    @property
    def plans(self) -> dict[str, list[str]]:
        """Which plans to ask the API about; nothing where that is all of them."""
        choice: Choice = self.view["choice"]
        if not (choice.is_cut and self.chart):
            return {}
        return {"plans": [one["key"] for one in self.chart["plans"]]}


async def frame(ask: Asker, asked: Form, tab: str) -> Frame:
    """The tabs, the form as it was filled in, and what can vary.

    Raises Refusal where the person may not see the catalog.
    """
    try:
        chart = await ask.get("/api/v1/comparison")
    except Refusal as refusal:
        if refusal.problem.get("code") != "no_catalog":
            raise
        chart = None
    inputs: list[Json] = chart["inputs"] if chart else []
    choice = choice_of(asked, chart["plans"] if chart else [])
    chart = cut(chart, choice) if chart else None
    view: dict[str, Any] = {
        "tabs": TABS,
        "tab": tab,
        "query": query_of(asked),
        "chart": chart,
        "choice": choice,
        "rows": rows_of(asked, inputs),
        "varies": [one for one in inputs if one["kind"] in ("usage", "quantities")],
        "form": asked.fields,
        "found": None,
        "wrong": "",
    }
    return Frame(chart=chart, view=view)


def cut(chart: Json, choice: Choice) -> Json:
    """The chart with the chosen plans alone; it stays as it is where that is all of them."""
    if not choice.is_cut:
        return chart
    rows = [
        row | {form: [row[form][at] for at in choice.places] for form in ("short", "precise")}
        for row in chart["rows"]
    ]
    return chart | {"plans": [chart["plans"][at] for at in choice.places], "rows": rows}


def page(view: dict[str, Any], title: str, template: str) -> Page:
    """A page about prices."""
    return Page(template=template, title=title, nav="prices", view=view)


def words_of(refusal: Refusal) -> str:
    """Every mistake that the refusal names, or its own words."""
    return "; ".join(one["message"] for one in refusal.problem.get("errors", [])) or str(refusal)


def sections_of(chart: Json) -> list[tuple[str, list[Json]]]:
    """The rows of a comparison chart by section."""
    return [(name, list(rows)) for name, rows in groupby(chart["rows"], lambda row: row["section"])]


async def load(ask: Asker, asked: Form) -> Page:
    """The calculator: each plan's bill with lines, formula and spread, and the cheapest that fits."""
    one = await frame(ask, asked, "")
    view = one.view | {"customers": await customer_names(ask), "bands": {}, "shown": None, "spread": None}
    view["months"] = asked.one("months") or str(HISTORY_MONTHS)
    try:
        found = await _estimate(ask, asked, one)
    except (InvalidInput, Refusal) as error:
        view["wrong"] = words_of(error) if isinstance(error, Refusal) else str(error)
        found = None
    if found is not None:
        view |= {"found": found, "bands": bands(found["plans"])}
        view |= _shown(found, asked.one("show"))
    return page(view, "Calculator", "prices.html")


async def _estimate(ask: Asker, asked: Form, one: Frame) -> Json | None:
    """The estimate that the form asks for; None for an empty form."""
    body = body_of(asked, one.inputs)
    customer = asked.one("customer")
    committed = asked.one("commitment").replace(",", "")
    more = {**one.plans, **({"commitment": committed} if committed else {})}
    if customer:
        quantities = {
            key: given if isinstance(given, str) else given["likely"]
            for key, given in with_quantities(body, one.inputs)["quantities"].items()
        }
        months = asked.one("months") or str(HISTORY_MONTHS)
        if not months.isdecimal():
            raise InvalidInput(f"{months[:20]!r} is no number of months", code="not_a_number")
        said = {"months": int(months), "quantities": quantities, **more}
        path = "/api/v1/customers/{key}/estimate"
        answer: Json = await ask.post(path, said, {"key": customer})
        ask.asked[f"POST {path.format(key=customer)}"] = answer
        return answer
    if not any(body.values()) and not committed:
        return None
    found: Json = await ask.question("/api/v1/estimate", with_quantities(body, one.inputs) | more)
    return found


def _shown(found: Json, wanted: str) -> dict[str, Any]:
    """The plan whose bills are drawn: the one asked for, else the cheapest that fits, else the first."""
    billed = [one for one in found["plans"] if one["histogram"]]
    cheapest = list(found["cheapest"].values())
    order = sorted(billed, key=lambda one: (one["plan"] != wanted, one["plan"] not in cheapest))
    if not order:
        return {"shown": None, "spread": None}
    return {"shown": order[0], "spread": histogram(order[0]["histogram"], order[0]["currency"])}
