"""Commitments: where each stands, and how one of them was used up month by month."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.charts import Point, chart
from steelyard.entrypoints.console.pages.page import Page, customer_names, months
from steelyard.kernel import parse_decimal


async def load(ask: Asker, period: str, cursor: str, now: datetime) -> Page:
    """Every commitment with where it stands in a month; those that need a look come first."""
    month = period or f"{now.astimezone(UTC):%Y-%m}"
    query = {"period": month, "limit": "200", **({"cursor": cursor} if cursor else {})}
    found = await ask.get("/api/v1/commitments", query=query)
    rows = [{**one, **_used(one["standing"])} for one in found["items"]]
    rows.sort(key=lambda row: not row["standing"]["alert"])
    alerts = [row for row in rows if row["standing"]["alert"]]
    view = {"rows": rows, "next": found["next"], "alerts": alerts, "months": months(month, now)}
    view["customers"] = await customer_names(ask)
    return Page(template="commitments.html", title="Commitments", nav="commitments", view=view)


async def load_one(ask: Asker, subscription: str, key: str, period: str, now: datetime) -> Page:
    """The course of one commitment up to a month."""
    month = period or f"{now.astimezone(UTC):%Y-%m}"
    found = await ask.get(
        "/api/v1/subscriptions/{id}/commitments/{key}/course",
        {"id": subscription, "key": key},
        {"period": month},
    )
    rows = found["months"]
    left = chart(
        "left",
        title=f"Left of {found['commitment']['amount']} {found['currency']} after each month",
        unit=found["currency"],
        points=[Point(label=f"{one['period']}-01", value=_positive(one["left"])) for one in rows],
        kind="bar",
    )
    view = {
        "course": found,
        "agreed": found["commitment"],
        "now": rows[-1] if rows else None,
        "chart": left,
        "months": months(month, now),
        "customers": await customer_names(ask),
    }
    title = f"Commitment {key} of {found['customer']}"
    return Page(template="commitment.html", title=title, nav="commitments", view=view)


def _positive(amount: str) -> Decimal:
    return max(Decimal(0), parse_decimal(amount))


def _used(standing: Json) -> dict[str, Any]:
    """How much of the amount and of the burst buffer is used, in whole percent up to a hundred."""
    return {
        "used_percent": _percent(standing["used"], standing["committed"]),
        "burst_percent": _percent(standing["burst_used"], standing["burst_cap"]),
    }


def _percent(part: str, whole: str) -> int:
    """
    >>> _percent("30", "40"), _percent("50", "40"), _percent("1", "0")
    (75, 100, 0)
    """
    of = parse_decimal(whole)
    return min(100, int(parse_decimal(part) * 100 / of)) if of > 0 else 0
