"""A customer's tree: what each customer of it comes to in a month, and what they share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.pages.page import Page, months
from steelyard.kernel import parse_decimal

SHARED_FIRST = 6
"""How many of the shared prices are shown at once."""


async def load(ask: Asker, key: str, period: str, now: datetime) -> Page:
    """The tree below one customer in a month."""
    month = period or f"{now.astimezone(UTC):%Y-%m}"
    found = await ask.get("/api/v1/customers/{key}/hierarchy", {"key": key}, {"period": month})
    root = found["items"][0]
    view = {
        "root": root,
        "above": list(reversed(found["above"])),
        "rows": with_parts(found["items"]),
        "totals": found["totals"],
        "shared": sorted((_shared(one) for one in found["shared"]), key=_most),
        "first": SHARED_FIRST,
        "names": {one["customer"]: one["name"] for one in found["items"]},
        "left_off": found["left_off"],
        "months": months(found["period"], now),
    }
    return Page(template="hierarchy.html", title=f"{root['name']} and below", nav="customers", view=view)


def with_parts(nodes: Sequence[Json]) -> list[dict[str, Any]]:
    """The customers with what each is of everybody's in its currency, in percent of it.

    >>> rows = [{"currency": "EUR", "total": "30"}, {"currency": "EUR", "total": "10"}]
    >>> [row["percent"] for row in with_parts(rows)]
    [75, 25]
    """
    sums: dict[str, Decimal] = {}
    for node in nodes:
        total = max(Decimal(0), parse_decimal(node["total"]))
        sums[node["currency"]] = sums.get(node["currency"], Decimal(0)) + total
    return [
        {**node, "percent": _percent(parse_decimal(node["total"]), sums[node["currency"]])} for node in nodes
    ]


def _most(price: Json) -> Decimal:
    return -parse_decimal(price["amount"])


def _shared(price: Json) -> dict[str, Any]:
    whole = parse_decimal(price["quantity"])
    parts = [{**one, "percent": _percent(parse_decimal(one["quantity"]), whole)} for one in price["parts"]]
    return {**price, "parts": parts}


def _percent(part: Decimal, whole: Decimal) -> int:
    return int(max(Decimal(0), part) * 100 / whole) if whole > 0 else 0
