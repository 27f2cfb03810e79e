"""The calculator for everybody: what the live plans would cost, and the chart of them; no sign-in."""

from __future__ import annotations

from typing import Any

from steelyard.entrypoints.console.answers import Asker, Refusal
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.prices import cut, sections_of
from steelyard.entrypoints.console.price_inputs import body_of, choice_of, query_of, rows_of
from steelyard.entrypoints.console.price_pictures import bands
from steelyard.kernel import InvalidInput


async def load(ask: Asker, asked: Form) -> dict[str, Any]:
    """The view of the page: the chart, the form, and the plans' bills where it was filled in.

    `is_public` is false where the workspace shows its prices to its own people alone.
    """
    view: dict[str, Any] = {"title": "Calculator", "chart": None, "found": None, "wrong": ""}
    view |= {"is_public": True, "sections": [], "rows": [], "bands": [], "query": ""}
    try:
        chart = await ask.get("/api/v1/public/comparison")
    except Refusal as refusal:
        return view | {"is_public": refusal.problem.get("code") != "prices_not_public"}
    choice = choice_of(asked, chart["plans"])
    chart = cut(chart, choice)
    view |= {"choice": choice, "form": asked.fields, "query": query_of(asked)}
    view |= {"chart": chart, "sections": sections_of(chart), "rows": rows_of(asked, chart["inputs"])}
    view["precise"] = asked.one("form") == "precise"
    try:
        body = body_of(asked, chart["inputs"])
        if any(body.values()):
            some = {"plans": [one["key"] for one in chart["plans"]]} if choice.is_cut else {}
            found = await ask.question("/api/v1/public/estimate", body | some)
            view |= {"found": found, "bands": bands(found["plans"])}
    except InvalidInput as error:
        view["wrong"] = str(error)
    except Refusal as refusal:
        view["wrong"] = words_of(refusal)
    return view


def words_of(refusal: Refusal) -> str:
    """Every mistake that the refusal names, or its own words."""
    return "; ".join(one["message"] for one in refusal.problem.get("errors", [])) or str(refusal)
