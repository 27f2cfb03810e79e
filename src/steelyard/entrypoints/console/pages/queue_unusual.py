"""What was not expected: events far outside a customer's habit, silences, and what is held because of it."""

from __future__ import annotations

from typing import Any, Final

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.verdicts import verdict_of

SHOWN: Final = 100


def anomaly_row(anomaly: Json) -> dict[str, Any]:
    """An anomaly with where a person decides about it."""
    index = anomaly["index"]
    return anomaly | {
        "address": f"/console/events/{index}" if index is not None else "",
        "open": anomaly["standing"] in ("held", "silent"),
    }


async def view(ask: Asker, held: Json) -> dict[str, Any]:
    """What the tab shows: events held, by whomever, and what was noticed."""
    anomalies = await ask.get("/api/v1/anomalies", query={"limit": str(SHOWN)})
    return {
        "items": [row | {"verdict": verdict_of(row["status"])} for row in held["items"]],
        "more": bool(held["next"]),
        "anomalies": [anomaly_row(row) for row in anomalies["items"]],
    }
