"""The calculator for everybody: what the live plans would cost, and the chart of them; no sign-in."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from typing import Any

from steelyard.entrypoints.console.answers import Asker, Json, Refusal
from steelyard.entrypoints.console.forms import Form
from steelyard.kernel import InvalidInput, parse_decimal


def body_of(asked: Form, inputs: list[Json]) -> dict[str, dict[str, Any]]:
    """What the form asks the API, by kind of input; fields that are left empty are not asked about.

    Raises InvalidInput for what is no number.

    >>> body_of(Form(pairs=(("usage.calls", "1,000"),)), [{"kind": "usage", "key": "calls"}])
    {'usage': {'calls': '1000'}, 'quantities': {}, 'needs': {}}
    """
    found: dict[str, dict[str, Any]] = {"usage": {}, "quantities": {}, "needs": {}}
    for one in inputs:
        written = asked.one(f"{one['kind']}.{one['key']}").replace(",", "")
        most = asked.one(f"{one['kind']}.{one['key']}.most").replace(",", "")
        if written:
            likely = parse_decimal(written)
            found[one["kind"]][one["key"]] = str(likely) if not most else _range(likely, most)
    return found


def _range(likely: Decimal, most: str) -> dict[str, str]:
    """From nothing to the most; the API refuses a most below the likely."""
    return {"low": "0", "likely": str(likely), "high": str(parse_decimal(most))}


async def load(ask: Asker, asked: Form) -> dict[str, Any]:
    """The view of the page: the chart, the form, and the plans' bills where it was filled in."""
    chart = await ask.get_or_none("/api/v1/public/comparison")
    view: dict[str, Any] = {"title": "Calculator", "chart": chart, "sections": [], "found": None, "wrong": ""}
    if chart is None:
        return view
    view["sections"] = [
        (name, list(rows)) for name, rows in groupby(chart["rows"], lambda row: row["section"])
    ]
    view["form"] = {name: asked.one(name) for name, _ in asked.pairs}
    view["precise"] = asked.one("form") == "precise"
    try:
        body = body_of(asked, chart["inputs"])
        if any(body.values()):
            view["found"] = await ask.question("/api/v1/public/estimate", body)
    except InvalidInput as error:
        view["wrong"] = str(error)
    except Refusal as refusal:
        view["wrong"] = str(refusal)
    return view
