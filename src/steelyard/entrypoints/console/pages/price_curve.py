"""The price curve: what a plan costs by quantity, and where real customers stand on it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from steelyard.entrypoints.console import figures
from steelyard.entrypoints.console.answers import Asker, Json, Refusal
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page
from steelyard.entrypoints.console.pages.prices import frame, page, words_of
from steelyard.entrypoints.console.price_inputs import body_of, with_quantities
from steelyard.entrypoints.console.price_pictures import bars, lines
from steelyard.kernel import InvalidInput


async def load(ask: Asker, asked: Form) -> Page:
    """The page: total, marginal and average by quantity, with the histogram of customers."""
    one = await frame(ask, asked, "/curve")
    plans: list[Json] = one.chart["plans"] if one.chart else []
    first = one.view["varies"][0]["key"] if one.view["varies"] else ""
    view = one.view | {
        "plans": plans,
        "plan": asked.one("plan") or (first_priced(one.chart) if one.chart else ""),
        "vary": asked.one("vary") or first,
    }
    if view["plan"] and view["plan"] not in [plan["key"] for plan in plans]:
        view["plans"] = [*plans, {"key": view["plan"], "name": view["plan"]}]
    view["vary_name"] = name_of(view["varies"], view["vary"])
    if not (view["plan"] and view["vary"]):
        return page(view, "Price curve", "price_curve.html")
    try:
        body: dict[str, Any] = {**with_quantities(body_of(asked, one.inputs), one.inputs)}
        body |= {"plan": view["plan"], "vary": view["vary"]}
        if asked.one("most"):
            body["most"] = asked.one("most").replace(",", "")
        if asked.one("period"):
            body["period"] = asked.one("period")
        found = await ask.question("/api/v1/price-curve", body)
        view |= {"found": found, **pictures(found)}
    except (InvalidInput, Refusal) as error:
        view["wrong"] = words_of(error) if isinstance(error, Refusal) else str(error)
    return page(view, "Price curve", "price_curve.html")


def first_priced(chart: Json) -> str:
    """The first plan that charges for anything, so that there is a curve to look at.

    >>> plans = [{"key": "free"}, {"key": "team"}]
    >>> chart = {"plans": plans, "rows": [{"section": "Prices", "short": ["–", "9"]}]}
    >>> first_priced(chart)
    'team'
    """
    rows = [row["short"] for row in chart["rows"] if row["section"] == "Prices"]
    keys = [plan["key"] for plan in chart["plans"]]
    charging = [key for at, key in enumerate(keys) if any(cells[at] != "–" for cells in rows)]
    return (charging or keys or [""])[0]


def name_of(varies: list[Json], key: str) -> str:
    """What varies, by its name."""
    return next((one["name"] for one in varies if one["key"] == key), key)


def pictures(found: Json) -> dict[str, Any]:
    """The three pictures of a curve; all read the one table."""
    points: list[Json] = found["points"]
    labels = [figures.number(one["quantity"]) for one in points]

    def column(name: str) -> list[Decimal | None]:
        return [None if one[name] is None else Decimal(one[name]) for one in points]

    unit = found["currency"]
    return {
        "totals": lines(
            "curve",
            title="The bill by quantity",
            unit=unit,
            labels=labels,
            values=[("Total", column("total"))],
        ),
        "rates": lines(
            "curve",
            title="A unit at the margin and on average",
            unit=unit,
            labels=labels,
            values=[("Marginal", column("marginal")), ("Average", column("average"))],
        ),
        "people": bars(
            "curve",
            title=f"Customers in {figures.month(found['period'])}",
            unit="customers",
            name="Customers",
            labels=labels,
            values=[Decimal(one["customers"]) for one in points],
        ),
        "counted": sum(one["customers"] for one in points),
        "labels": labels,
        "slopes": [_unit_price(one) for one in column("marginal")],
        "averages": [_unit_price(one) for one in column("average")],
    }


def _unit_price(value: Decimal | None) -> str:
    """What a unit costs to six decimals; the API has twelve."""
    return figures.number(None if value is None else round(value, 6))
