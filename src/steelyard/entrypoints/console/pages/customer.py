"""A customer: what it used in a month, what the bill will say, what was billed before."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.charts import Bar, Chart, bars, chart, each_day
from steelyard.entrypoints.console.pages import customer_forms
from steelyard.entrypoints.console.pages.attributes import attributes_at
from steelyard.entrypoints.console.pages.lines import Group, grouped
from steelyard.entrypoints.console.pages.page import Page, month_bounds, months
from steelyard.entrypoints.console.pages.trying import Tried
from steelyard.kernel import instant, parse_decimal

_SPARK_WIDTH, _SPARK_HEIGHT = 120, 24


def metric_chart(metric: Json, period: str) -> Chart:
    """The chart of one metric over the days of the month."""
    first, end = month_bounds(period)
    known = {row["day"]: parse_decimal(row["quantity"]) for row in metric["days"]}
    return chart(
        "usage", title=f"{metric['name']} per day", unit=metric["unit"], points=each_day(known, first, end)
    )


def spark(metric: Json, period: str) -> tuple[Bar, ...]:
    """The same days as bars so small that they fit beside the metric's name."""
    values = [point.value for point in metric_chart(metric, period).points]
    return bars(values, width=_SPARK_WIDTH, height=_SPARK_HEIGHT)


def day_rows(usage: Json) -> list[dict[str, Any]]:
    """One row a day with the quantity of every metric, for the complete table."""
    first, end = month_bounds(usage["period"])
    by_metric = [{row["day"]: row["quantity"] for row in metric["days"]} for metric in usage["metrics"]]
    return [
        {"day": point.label, "quantities": [known.get(point.label, "0") for known in by_metric]}
        for point in each_day({}, first, end)
    ]


def chosen_metric(usage: Json, preview: Json | None, wanted: str) -> Json | None:
    """The metric that was asked for, else the one that is worth most, else the first that was used."""
    metrics = {metric["metric"]: metric for metric in usage["metrics"]}
    lines = sorted((preview or {"lines": []})["lines"], key=lambda line: -parse_decimal(line["amount"]))
    used = [key for key, metric in metrics.items() if parse_decimal(metric["total"])]
    preferred = [wanted, *(line["metric"] for line in lines), *used, *metrics]
    return next((metrics[key] for key in preferred if key in metrics), None)


def customer_view(
    customer: Json,
    usage: Json,
    preview: Json | None,
    subscriptions: Json,
    invoices: Json,
    wanted: str,
    now: datetime,
) -> dict[str, Any]:
    """All that a customer's page shows."""
    chosen = chosen_metric(usage, preview, wanted)
    billed = [row for row in invoices["items"] if row["period_name"] == usage["period"]]
    groups: list[Group] = grouped(preview["lines"]) if preview else []
    return {
        "customer": customer,
        "attributes": attributes_at(customer, now),
        "coming": [one for one in customer["attributes"] if instant(one["effective_from"]) > now],
        "months": months(usage["period"], now),
        "metrics": [(metric, spark(metric, usage["period"])) for metric in usage["metrics"]],
        "chosen": chosen,
        "chart": metric_chart(chosen, usage["period"]) if chosen else None,
        "days": day_rows(usage),
        "preview": preview,
        "groups": groups,
        "events": usage["events"],
        "billed": billed,
        "billed_total": sum((_signed(row) for row in billed), Decimal(0)),
        "invoices": sorted(invoices["items"], key=lambda row: row["issued_at"], reverse=True),
        "subscriptions": subscriptions["items"],
        "subject_count": len(customer["subjects"]),
    }


def _signed(invoice: Json) -> Decimal:
    total = parse_decimal(invoice["total"])
    return -total if invoice["kind"] == "credit_note" else total


async def load(
    ask: Asker,
    key: str,
    period: str,
    metric: str,
    now: datetime,
    *,
    done: str = "",
    refused: Tried | None = None,
) -> Page:
    """The page of one customer for a month; without one, for the latest month that was billed.

    `refused` is a form that was not carried out, and why; its field `what` says which.
    """
    customer = await ask.get("/api/v1/customers/{key}", {"key": key})
    nothing: Json = {"items": [], "next": None}
    invoices = await ask.get_or_none("/api/v1/invoices", query={"customer": key, "limit": "1000"}) or nothing
    if not period and invoices["items"]:
        period = max(row["period_name"] for row in invoices["items"])
    month = {"period": period} if period else {}
    usage = await ask.get("/api/v1/customers/{key}/usage", {"key": key}, month)
    preview = await ask.get_or_none("/api/v1/customers/{key}/preview", {"key": key}, month)
    subscriptions = await ask.get_or_none("/api/v1/subscriptions", query={"customer": key}) or nothing
    view = customer_view(customer, usage, preview, subscriptions, invoices, metric, now)
    view |= await customer_forms.choices(ask, now, customer["timezone"])
    view |= {"filled": refused.fields if refused else {}, "refused": refused.refused if refused else ()}
    view["what"] = view["filled"].get("what", "")
    view["done"] = done
    return Page(template="customer.html", title=customer["name"], nav="customers", view=view)
