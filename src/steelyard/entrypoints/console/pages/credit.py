"""Credit: who has any, and for one customer what it holds, in which order it is drawn on, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.credit_forms import BLANK, tried
from steelyard.entrypoints.console.pages.page import Page, customer_names
from steelyard.entrypoints.console.series import SERIES_MAX, Grouped, grouped
from steelyard.kernel import parse_decimal

DAYS_SHOWN: Final = 120
NOTICES_OF_MAX: Final = 100


def burn_down(unit: Json, today: date) -> Grouped:
    """What each lot of the unit held at the end of each day, of the last 120 at most, on top of each other.

    The lots stand in the order in which they are drawn on; what does not fit is one series more.
    """
    lots = unit["lots"]
    first = min((one["at"][:10] for one in unit["movements"]), default=today.isoformat())
    start = max(date.fromisoformat(first), today - timedelta(days=DAYS_SHOWN - 1))
    days = [(start + timedelta(days=n)).isoformat() for n in range(max((today - start).days, 0) + 1)]
    values: dict[str, dict[str, Decimal]] = {}
    for place, lot in enumerate(lots):
        alone = len(lots) <= SERIES_MAX or place < SERIES_MAX - 1
        name = f"{place + 1}. {lot['name']}" if alone else "All others"
        held = day_values([one for one in unit["movements"] if one["lot"] == lot["id"]], days)
        sums = values.setdefault(name, {})
        for day, value in held.items():
            sums[day] = sums.get(day, Decimal(0)) + value
    return grouped(
        f"held-{unit['unit']}",
        title=f"{unit['unit']} held",
        unit=unit["unit"],
        labels=days,
        values=values,
        stacked=True,
    )


def day_values(movements: Sequence[Json], days: Sequence[str]) -> dict[str, Decimal]:
    """What one lot held when each of the days was over.

    >>> moves = [
    ...     {"at": "2026-10-01T08:00:00Z", "balance": "5"},
    ...     {"at": "2026-10-03T00:00:00Z", "balance": "2"},
    ... ]
    >>> found = day_values(moves, ["2026-10-02", "2026-10-03", "2026-10-04"])
    >>> [str(value) for value in found.values()]
    ['5', '2', '2']
    """
    at_end = {one["at"][:10]: parse_decimal(one["balance"]) for one in movements}
    found: dict[str, Decimal] = {}
    for day in days:
        past = [balance for known, balance in at_end.items() if known <= day]
        found[day] = past[-1] if past else Decimal(0)
    return found


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
    notices = await ask.get_or_none("/api/v1/credits/notices", query={"limit": str(NOTICES_OF_MAX)})
    view = {"rows": holders(lots["items"]), "next": lots["next"], "rules": in_force}
    view["notices"] = notices["items"] if notices else []
    view["customers"] = await customer_names(ask)
    return Page(template="credit.html", title="Credit", nav="credit", view=view)


async def load_customer(ask: Asker, key: str, now: datetime, form: Form | None = None) -> Page:
    """What one customer holds, unit by unit; a form is tried out, never carried out."""
    done = None if form is None else await tried(ask, key, form)
    found = await ask.get("/api/v1/credits/balance", query={"customer": key})
    customer = await ask.get("/api/v1/customers/{key}", {"key": key})
    rules = await ask.get("/api/v1/credits/top-ups", query={"customer": key})
    today = now.astimezone(UTC).date()
    units = [
        {**unit, "chart": burn_down(unit, today), "moves": list(reversed(unit["movements"]))}
        for unit in found["units"]
    ]
    in_force = [rule for rule in rules["items"] if rule["removed_at"] is None]
    orders = await ask.get("/api/v1/credits/orders", query={"customer": key, "limit": "1000"})
    notices = await ask.get("/api/v1/credits/notices", query={"customer": key})
    me = await ask.get("/api/v1/me")
    view = {
        "customer": customer,
        "units": units,
        "rules": in_force,
        "orders": list(reversed(orders["items"])),
        "notices": notices["items"],
        "tried": done,
        "filled": BLANK | (done.fields if done else {}),
        "blank": BLANK,
        "may": any(one["scope"] == "billing:write" for one in me["permissions"]),
    }
    title = f"Credit of {customer['name']}"
    return Page(template="credit_customer.html", title=title, nav="credit", view=view)
