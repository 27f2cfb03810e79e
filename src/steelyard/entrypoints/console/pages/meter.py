"""One meter: ask it anything, see the answer drawn and as a table, and how it is defined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from steelyard.entrypoints.console.answers import Asker, Json, address
from steelyard.entrypoints.console.charts import Point, chart
from steelyard.entrypoints.console.definition_text import metric_source, metric_yaml
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.meter_words import meter_in_words
from steelyard.entrypoints.console.pages.health import meter_row
from steelyard.entrypoints.console.pages.invoice import MODELS
from steelyard.entrypoints.console.pages.meter_query import PERIODS, WINDOWS, MeterQuestion, question_of
from steelyard.entrypoints.console.pages.meters import month_shown, prices_by_metric
from steelyard.entrypoints.console.pages.page import Page
from steelyard.entrypoints.console.series import SERIES_MAX, Grouped, grouped
from steelyard.kernel import NotFound, parse_decimal
from steelyard.metering import FREE_DIMENSIONS

GROUPS_SHOWN = 50
QUERY = "/api/v1/meters/{slug}/query"
NOBODY = "$unattributed"
# Of these the quantities of customers and groups add up to the whole.
ADDABLE = ("sum", "count")


def group_name(row: Json, group: str) -> str:
    """To which group a row of the answer belongs.

    >>> group_name({"customer": None, "subject": None, "groupBy": {"model": "gpt-5"}}, "model")
    'gpt-5'
    """
    if group in ("customer", "subject"):
        return row[group] or ""
    return row["groupBy"].get(group, "")


def group_text(name: str, group: str) -> str:
    """The name of a group as a person reads it."""
    if group == "customer" and name == NOBODY:
        return "nobody yet"
    return name or f"without {group}"


def ranking(whole: Json, question: MeterQuestion) -> list[dict[str, Any]]:
    """The groups by their quantity, the largest first, with their share of the largest in percent."""
    rows = [
        {
            "name": (name := group_name(row, question.group)),
            "text": group_text(name, question.group),
            "quantity": parse_decimal(row["quantity"]),
            "address": question.narrowed(question.group, name) if name else "",
        }
        for row in whole["data"]
    ]
    highest = max((row["quantity"] for row in rows), default=Decimal(0))
    for row in rows:
        row["share"] = int(max(row["quantity"], Decimal(0)) * 100 / highest) if highest > 0 else 0
    return sorted(rows, key=lambda row: (-row["quantity"], row["name"]))


def single(windowed: Json, question: MeterQuestion, meter: Json) -> Any:
    """The chart of one quantity over the windows."""
    known = by_window(windowed)
    points = [
        Point(label=label, value=known.get(start, Decimal(0))) for start, label in question.labels().items()
    ]
    title = f"{meter['name']} per {WINDOWS[question.window]}"
    return chart("quantity", title=title, unit=meter["unit"], points=points)


def by_window(windowed: Json) -> dict[str, Decimal]:
    """The quantity of each window by its start; rows of one window add up.

    >>> rows = [{"windowStart": "a", "quantity": "1"}, {"windowStart": "a", "quantity": "2"}]
    >>> by_window({"data": rows})
    {'a': Decimal('3')}
    """
    known: dict[str, Decimal] = {}
    for row in windowed["data"]:
        start = row["windowStart"]
        known[start] = known.get(start, Decimal(0)) + parse_decimal(row["quantity"])
    return known


def forced_group(whole: Json, question: MeterQuestion, meter: Json) -> str:
    """By what an answer must be told though nobody asked: by what does not become one figure.

    >>> rows = [{"customer": "a", "subject": None}, {"customer": "b", "subject": None}]
    >>> question = question_of(Form(), datetime.fromisoformat("2026-11-21T00:00:00+00:00"))
    >>> forced_group({"data": rows}, question, {"aggregation": "unique"})
    'customer'
    """
    if question.group or meter["aggregation"] in ADDABLE:
        return ""
    for name in ("customer", "subject"):
        if len({row[name] for row in whole["data"] if row[name]}) > 1:
            return name
    return ""


def by_group(
    windowed: Json, rest: Json | None, rows: Sequence[Mapping[str, Any]], question: MeterQuestion, meter: Json
) -> Grouped:
    """The chart of the largest groups over the windows; `rest`, where given, has the whole of all groups."""
    labels = question.labels()
    shown = [row["name"] for row in rows[:SERIES_MAX]]
    values: dict[str, dict[str, Decimal]] = {group_text(name, question.group): {} for name in shown}
    sums: dict[str, Decimal] = {}
    for row in windowed["data"]:
        name = group_name(row, question.group)
        label = labels.get(row["windowStart"])
        if name in shown and label:
            quantity = parse_decimal(row["quantity"])
            values[group_text(name, question.group)][label] = quantity
            sums[label] = sums.get(label, Decimal(0)) + quantity
    if rest is not None and len(rows) > SERIES_MAX:
        known = {labels[start]: whole for start, whole in by_window(rest).items() if start in labels}
        values["All others"] = {label: whole - sums.get(label, Decimal(0)) for label, whole in known.items()}
    title = f"{meter['name']} per {WINDOWS[question.window]} by {question.group}"
    return grouped(
        "quantity",
        title=title,
        unit=meter["unit"],
        labels=list(labels.values()),
        values=values,
        stacked=meter["aggregation"] in ADDABLE,
    )


def definition_view(meter: Json, catalog: Json) -> dict[str, Any]:
    """How the meter is defined, and what rests on it."""
    metric = catalog.get("metrics", {}).get(meter["slug"])
    prices = prices_by_metric(catalog).get(meter["slug"], [])
    return {
        "meter": meter,
        "words": meter_in_words(meter),
        "yaml": metric_yaml(metric_source(metric)) if metric else "",
        "prices": [price | {"words": MODELS.get(price["model"].get("model", ""), "")} for price in prices],
        "dimensions": dimensions_of(meter),
    }


def dimensions_of(meter: Json) -> list[str]:
    """By what the meter can be grouped: its own dimensions first, then those that every event has."""
    free = [name for name in FREE_DIMENSIONS if name not in ("subject", "type", "source")]
    return [*meter["group_by"], *free, "type", "source"]


async def _windowed(ask: Asker, slug: str, question: MeterQuestion, largest: list[str]) -> Json:
    """The quantity by window; of the largest groups alone where the API can be asked for those."""
    query = question.api_query(windowed=True)
    free = not any("," in name or not name for name in largest)
    if question.group and free and len(largest) == SERIES_MAX:
        name = question.group
        name = name if name in ("customer", "subject") else f"filterGroupBy[{name}]"
        query = {name: ",".join(largest)} | query
    return await ask.get(QUERY, {"slug": slug}, query)


async def _measure(ask: Asker, meter: Json, question: MeterQuestion) -> dict[str, Any]:
    """The answers to the question, drawn; what does not become one figure is told one by one."""
    names = {"slug": meter["slug"]}
    whole = await ask.get(QUERY, names, question.api_query(windowed=False))
    forced = forced_group(whole, question, meter)
    if forced:
        return await _measure(ask, meter, replace(question, group=forced)) | {"forced": forced}
    if not question.group:
        windowed = await ask.get(QUERY, names, question.api_query(windowed=True))
        total = sum((parse_decimal(row["quantity"]) for row in whole["data"]), Decimal(0))
        return {"question": question, "chart": single(windowed, question, meter), "total": total, "rows": []}
    rows = ranking(whole, question)
    windowed = await _windowed(ask, meter["slug"], question, [row["name"] for row in rows[:SERIES_MAX]])
    addable = meter["aggregation"] in ADDABLE
    rest = None
    if addable and len(rows) > SERIES_MAX:
        rest = await ask.get(QUERY, names, question.api_query(windowed=True, grouped=False))
    drawn = by_group(windowed, rest, rows, question, meter)
    total = sum((row["quantity"] for row in rows), Decimal(0)) if addable else None
    return {"question": question, "chart": drawn, "total": total, "rows": rows}


async def find(ask: Asker, slug: str) -> Json:
    """The meter of that key; raises NotFound where the published catalog has none."""
    meters = await ask.get("/api/v1/meters")
    found = next((meter for meter in meters["items"] if meter["slug"] == slug), None)
    if found is None:
        raise NotFound(f"there is no meter {slug[:100]!r}", code="unknown_meter")
    return found


async def asked_question(ask: Asker, asked: Form, now: datetime) -> MeterQuestion:
    """The question of the page's address; without a period, about the month of the newest event."""
    if asked.one("period"):
        return question_of(asked, now)
    month = await month_shown(ask, "", now)
    if month == f"{now:%Y-%m}":
        return question_of(asked, now)
    at = datetime.fromisoformat(f"{month}-15T00:00:00+00:00")
    inside = question_of(asked, at, default="this-month")
    named = [("period", "custom"), ("from", inside.first_day), ("to", inside.last_day)]
    return question_of(Form(pairs=(*asked.pairs, *named)), now)


async def load(ask: Asker, slug: str, asked: Form, server: str, now: datetime) -> Page:
    """The page of one meter with the answer to what its address asks."""
    meter = await find(ask, slug)
    question = await asked_question(ask, asked, now)
    measured = await _measure(ask, meter, question)
    question = measured["question"]
    live = await ask.get_or_none("/api/v1/catalog/versions/{id}", {"id": "live"})
    health = await ask.get_or_none("/api/v1/meters/{slug}/health", {"slug": slug})
    path = address(QUERY, {"slug": slug}, question.api_query(windowed=True))
    view = {
        "forced": "",
        "health": meter_row(health) if health else None,
        "periods": PERIODS,
        "windows": WINDOWS,
        "groups_shown": GROUPS_SHOWN,
        "call": f"curl '{server}{path}' \\\n  -H \"Authorization: Bearer $(cat steelyard-data/owner.key)\"",
        "csv": f"/console/meters/{slug}.csv{question.address}",
        "events": "/console/events?" + urlencode({"meter": slug}),
        **definition_view(meter, live["catalog"] if live else {}),
        **measured,
    }
    return Page(template="meter.html", title=meter["name"], nav="meters", view=view)
