"""Meters: what is counted, how much of it there was this month, and which prices rest on it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.charts import Bar, bars, each_day
from steelyard.entrypoints.console.meter_words import meter_in_words
from steelyard.entrypoints.console.pages.page import Page, month_bounds, months
from steelyard.kernel import parse_decimal

_SPARK_WIDTH, _SPARK_HEIGHT = 120, 24


def prices_by_metric(catalog: Json) -> dict[str, list[Json]]:
    """The prices that rest on each metric, one row a family: a price by model is written once.

    >>> price = {"key": "p-a", "family": "p", "metric": "m", "name": "P", "card": "c", "currency": "EUR"}
    >>> rows = prices_by_metric({"prices": {"p-a": price, "p-b": price | {"key": "p-b"}}, "plans": {}})
    >>> [(row["family"], row["count"]) for row in rows["m"]]
    [('p', 2)]
    """
    plans: dict[str, set[str]] = {}
    for plan in catalog.get("plans", {}).values():
        for item in plan.get("items", []):
            plans.setdefault(item["price"], set()).add(plan["key"])
    found: dict[str, dict[str, Json]] = {}
    for key, price in sorted(catalog.get("prices", {}).items()):
        if not price.get("metric"):
            continue
        families = found.setdefault(price["metric"], {})
        row = families.setdefault(price["family"], dict(price) | {"count": 0, "plans": set()})
        row["count"] += 1
        row["plans"] |= plans.get(key, set()) | plans.get(price["family"], set())
    return {metric: list(families.values()) for metric, families in found.items()}


def in_all(answer: Json) -> tuple[Decimal | None, int]:
    """The one quantity that an answer comes to, or None and of how many customers it tells one by one.

    >>> in_all({"data": [{"quantity": "3", "customer": None}]}), in_all({"data": []})
    ((Decimal('3'), 0), (Decimal('0'), 0))
    >>> in_all({"data": [{"quantity": "3", "customer": "a"}, {"quantity": "5", "customer": "b"}]})
    (None, 2)
    """
    rows = answer["data"]
    if any(row["customer"] for row in rows):
        return None, len({row["customer"] for row in rows})
    return sum((parse_decimal(row["quantity"]) for row in rows), Decimal(0)), 0


def spark(days: Json, period: str) -> tuple[Bar, ...]:
    """The days of the month as bars so small that they fit into a row; nothing for customers one by one."""
    if any(row["customer"] for row in days["data"]):
        return ()
    known = {row["windowStart"][:10]: parse_decimal(row["quantity"]) for row in days["data"]}
    points = each_day(known, *month_bounds(period))
    return bars([point.value for point in points], width=_SPARK_WIDTH, height=_SPARK_HEIGHT)


def meters_view(
    meters: Json,
    measured: dict[str, tuple[Json, Json]],
    catalog: Json,
    health: Json | None,
    period: str,
    now: datetime,
) -> dict[str, Any]:
    """All that the list shows; `measured` has each meter's month as a whole and by day."""
    concerns = {row["slug"]: row["concerns"] for row in health["meters"]} if health else {}
    prices = prices_by_metric(catalog)
    rows: list[dict[str, Any]] = []
    for meter in meters["items"]:
        whole, days = measured[meter["slug"]]
        quantity, customers = in_all(whole)
        rows.append(
            {
                "meter": meter,
                "words": meter_in_words(meter),
                "concerns": concerns.get(meter["slug"], []),
                "quantity": quantity,
                "customers": customers,
                "spark": spark(days, period),
                "prices": prices.get(meter["slug"], []),
                "priced_by": sorted({p["card"] or p["family"] for p in prices.get(meter["slug"], [])}),
            }
        )
    return {"rows": rows, "months": months(period, now), "period": period}


async def month_shown(ask: Asker, period: str, now: datetime) -> str:
    """The month that was asked for, else that of the newest event, else the current one."""
    if period:
        month_bounds(period)
        return period
    newest = await ask.get_or_none("/api/v1/events", query={"limit": "1"})
    if newest and newest["items"]:
        return newest["items"][0]["time"][:7]
    return f"{now:%Y-%m}"


async def load(ask: Asker, period: str, now: datetime) -> Page:
    """The list of meters with their quantities of a month."""
    meters = await ask.get("/api/v1/meters")
    period = await month_shown(ask, period, now)
    first, end = month_bounds(period)
    span = {"from": f"{first}T00:00:00Z", "to": f"{end}T00:00:00Z"}
    measured: dict[str, tuple[Json, Json]] = {}
    for meter in meters["items"]:
        names = {"slug": meter["slug"]}
        whole = await ask.get("/api/v1/meters/{slug}/query", names, span)
        days = await ask.get("/api/v1/meters/{slug}/query", names, span | {"windowSize": "DAY"})
        measured[meter["slug"]] = (whole, days)
    live = await ask.get_or_none("/api/v1/catalog/versions/{id}", {"id": "live"})
    health = await ask.get_or_none("/api/v1/health/usage")
    view = meters_view(meters, measured, live["catalog"] if live else {}, health, period, now)
    return Page(template="meters.html", title="Meters", nav="meters", view=view)
