"""Billed months that changed since: late and corrected usage, and what the next document says about it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from steelyard.entrypoints.console.answers import Json
from steelyard.kernel import parse_decimal


def view(late: Json) -> dict[str, Any]:
    """What the tab shows, with the sum of each currency."""
    sums: dict[str, Decimal] = {}
    for row in late["items"]:
        sums[row["currency"]] = sums.get(row["currency"], Decimal(0)) + parse_decimal(row["difference"])
    return {"items": late["items"], "sums": sorted(sums.items())}
