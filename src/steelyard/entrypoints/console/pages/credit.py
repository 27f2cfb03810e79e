"""Credit: who has any, and for one customer what it holds, in which order it is drawn on, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.charts import Chart, Point, chart
from steelyard.entrypoints.console.pages.page import Page
from steelyard.kernel import parse_decimal

DAYS_SHOWN: Final = 120


def balance_chart(unit: Json, today: date) -> Chart:
    """What the customer held in the unit at the end of each day, of the last 120 at most."""
    points = day_points(unit["movements"], today)
    return chart(
        f"held-{unit['unit']}", title=f"{unit['unit']} held", unit="held", points=points, kind="area"
    )


def day_points(movements: Sequence[Json], today: date) -> list[Point]:
    """One point a day from the first movement to today, each with what was held when the day was over.

    >>> moves = [{"at": "2026-10-01T08:00:00Z", "total": "5"}, {"at": "2026-10-03T00:00:00Z", "total": "2"}]
    >>> [str(point.value) for point in day_points(moves, date(2026, 10, 4))]
    ['5', '5', '2', '2']
    """
    if not movements:
        return []
    at_end = {one["at"][:10]: parse_decimal(one["total"]) for one in movements}
    first = date.fromisoformat(min(at_end))
    held, points = Decimal(0), list[Point]()
    while first <= today:
        held = at_end.get(first.isoformat(), held)
        points.append(Point(label=first.isoformat(), value=held))
        first += timedelta(days=1)
    return points[-DAYS_SHOWN:]


def holders(lots: Sequence[Json]) -> list[dict[str, Any]]:
    """Who has lots: for each customer and unit how many, and what they hold together; most lots first."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for lot in lots:
        row = found.setdefault(
            (lot["customer"], lot["unit"]),
            {"customer": lot["customer"], "unit": lot["unit"], "lots": 0, "balance": Decimal(0)},
        )
        row["lots"] += 1
        row["balance"] += parse_decimal(lot["balance"])
    return sorted(found.values(), key=lambda row: (-row["lots"], row["customer"], row["unit"]))


async def load(ask: Asker, cursor: str) -> Page:
    """Everybody who has credit, by the lots of one page."""
    query = {"limit": "1000", **({"cursor": cursor} if cursor else {})}
    lots = await ask.get("/api/v1/credits/lots", query=query)
    rules = await ask.get("/api/v1/credits/top-ups", query={"limit": "1000"})
    in_force = [rule for rule in rules["items"] if rule["removed_at"] is None]
    view = {"rows": holders(lots["items"]), "next": lots["next"], "rules": in_force}
    return Page(template="credit.html", title="Credit", nav="credit", view=view)


async def load_customer(ask: Asker, key: str, now: datetime) -> Page:
    """What one customer holds, unit by unit."""
    found = await ask.get("/api/v1/credits/balance", query={"customer": key})
    customer = await ask.get("/api/v1/customers/{key}", {"key": key})
    rules = await ask.get("/api/v1/credits/top-ups", query={"customer": key})
    today = now.astimezone(UTC).date()
    units = [
        {**unit, "chart": balance_chart(unit, today), "moves": list(reversed(unit["movements"]))}
        for unit in found["units"]
    ]
    in_force = [rule for rule in rules["items"] if rule["removed_at"] is None]
    view = {"customer": customer, "units": units, "rules": in_force}
    title = f"Credit of {customer['name']}"
    return Page(template="credit_customer.html", title=title, nav="credit", view=view)
