"""Home: what came in, what it is worth, is all well."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.charts import Point, chart, each_day
from steelyard.entrypoints.console.figures import percent
from steelyard.entrypoints.console.pages.page import Page, month_bounds, months
from steelyard.kernel import parse_decimal

# What a person can do about a check that is not well: the API says what is wrong, the console what next.
ADVICE = {
    "record": "Run `steelyard verify` for the entry that does not verify, and restore a backup.",
    "usage store": "Wait a moment; if it stays behind, stop the server and run `steelyard doctor --rebuild`.",
    "attribution": "Give their subjects to a customer, as shown below; later usage is billed to it.",
    "meters": "Name their types in a metric, as shown below, or leave them: they cost nobody anything.",
    "bills": "Open the customers named here; their bill preview says what is missing.",
}

# What a person should look at, but which leaves every bill right; all else that is not well is an alarm.
HARMLESS = frozenset({"attribution", "meters"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What the period is worth in one currency, before tax, beside what its usage cost.

    `cost` and `margin` are None where nothing is known to cost anything, or some cost is in another currency.
    `cost_in_all` also has usage that nobody is billed for, or that is billed in another currency.
    """

    currency: str
    billed: Decimal
    unbilled: Decimal
    cost: Decimal | None
    cost_in_all: Decimal
    margin: Decimal | None

    @property
    def value(self) -> Decimal:
        """Billed and not yet billed together."""
        return self.billed + self.unbilled

    @property
    def margin_share(self) -> str:
        """The margin in percent of the value."""
        return "–" if self.margin is None else percent(self.margin, self.value)


def worth_of(overview: Json) -> list[Worth]:
    """One `Worth` a currency: those with a known cost first, the most valuable of them first.

    >>> value = {"billed": "80", "unbilled": "20", "cost": "25", "margin": "75"}
    >>> [str(worth.margin) for worth in worth_of({"value": {"USD": value}, "costs": {"USD": "25"}})]
    ['75']
    """
    rows = [_worth(currency, value, overview["costs"]) for currency, value in overview["value"].items()]
    return sorted(rows, key=lambda row: (row.cost is None, -row.value))


def _worth(currency: str, value: Json, costs: dict[str, str]) -> Worth:
    cost = parse_decimal(value["cost"])
    margin = value["margin"]
    known = bool(cost)
    return Worth(
        currency=currency,
        billed=parse_decimal(value["billed"]),
        unbilled=parse_decimal(value["unbilled"]),
        cost=cost if known else None,
        cost_in_all=parse_decimal(costs.get(currency, "0")),
        margin=parse_decimal(margin) if known and margin is not None else None,
    )


def checks_of(overview: Json) -> list[Json]:
    """The checks with advice for those that are not well, which come first."""
    rows = [check | {"advice": ADVICE.get(check["name"], "")} for check in overview["checks"]]
    return sorted(rows, key=lambda check: check["ok"])


def shares_of(overview: Json) -> list[Json]:
    """The top customers with their share of their currency's highest amount, in whole percent."""
    rows = overview["top_customers"]
    highest: dict[str, Decimal] = {}
    for row in rows:
        highest[row["currency"]] = max(highest.get(row["currency"], Decimal(0)), parse_decimal(row["amount"]))
    return [row | {"share": _share(parse_decimal(row["amount"]), highest[row["currency"]])} for row in rows]


def _share(part: Decimal, whole: Decimal) -> int:
    return int(max(part, Decimal(0)) * 100 / whole) if whole else 0


def home_view(overview: Json, invoices: Json | None, now: datetime) -> dict[str, Any]:
    """All that the home page shows."""
    first, end = month_bounds(overview["period"])
    known = {row["day"]: Decimal(row["events"]) for row in overview["events"]["per_day"]}
    points: list[Point] = each_day(known, first, end)
    checks = checks_of(overview)
    latest = sorted(
        (invoices or {}).get("items", []), key=lambda i: (i["issued_at"], i["number"]), reverse=True
    )
    return {
        "overview": overview,
        "months": months(overview["period"], now),
        "chart": chart("events", title="Events per day", unit="events", points=points),
        "worth": worth_of(overview),
        "checks": checks,
        "wrong": (wrong := [check for check in checks if not check["ok"]]),
        "alarm": any(check["name"] not in HARMLESS for check in wrong),
        "unmatched_total": sum(row["events"] for row in overview["unmatched"]),
        "top": shares_of(overview),
        "latest": latest[:12],
    }


async def _latest_month(ask: Asker, overview: Json) -> Json:
    """The overview of the month of the newest event, where the current month has none yet."""
    newest = await ask.get_or_none("/api/v1/events", query={"limit": "1"})
    if not newest or not newest["items"]:
        return overview
    ask.asked.clear()
    return await ask.get("/api/v1/overview", query={"period": newest["items"][0]["time"][:7]})


async def steps(ask: Asker) -> list[dict[str, Any]]:
    """What somebody does first, in order, each with whether it is done."""
    live = await ask.get_or_none("/api/v1/catalog/versions/{id}", {"id": "live"})
    customers = await ask.get_or_none("/api/v1/customers", query={"limit": "1"})
    begun = await ask.get_or_none("/api/v1/subscriptions", query={"limit": "1"})
    first = customers["items"][0] if customers and customers["items"] else None
    return [
        {"key": "prices", "done": bool(live)},
        {"key": "customer", "done": bool(begun and begun["items"]), "customer": first},
        {"key": "usage", "done": False, "event": event_for(live, first["key"] if first else "acme")},
        {"key": "bill", "done": False, "customer": first},
    ]


def event_for(live: Json | None, subject: str) -> str:
    """A first event that a meter of the live catalog reads, as one line of JSON.

    >>> meter = {"event_types": ["agent.call"], "value": "$.agents"}
    >>> event_for({"catalog": {"metrics": {"agents": {"meter": meter}}}}, "acme")
    '{"id": "1", "type": "agent.call", "subject": "acme", "data": {"agents": 1}}'
    """
    metrics = live["catalog"]["metrics"].values() if live else ()
    counted = (one["meter"] for one in metrics if one["meter"]["event_types"])
    meter: Json = next(counted, {"event_types": ["llm.completion"], "value": "$.tokens"})
    path = (meter["value"] or "").removeprefix("$.")
    data: Json = {path: 1} if path.isidentifier() else {}
    return json.dumps({"id": "1", "type": meter["event_types"][0], "subject": subject, "data": data})


async def load(ask: Asker, period: str, now: datetime) -> Page:
    """The page for a month; without one, for the month that the API takes as current."""
    overview = await ask.get("/api/v1/overview", query={"period": period} if period else {})
    if not period and overview["events"]["total"] and not overview["events"]["period"]:
        overview = await _latest_month(ask, overview)
    invoices = await ask.get_or_none(
        "/api/v1/invoices", query={"period": overview["period"], "limit": "1000"}
    )
    view = home_view(overview, invoices, now)
    view["steps"] = [] if overview["events"]["total"] else await steps(ask)
    return Page(template="home.html", title="Home", nav="home", view=view)
