"""`steelyard meters health`: how usage comes in, and what somebody should look at."""

from __future__ import annotations

from typing import Any

from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import print_json, say, table


def health(slug: str = "", /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """How events come in, what is wrong with them, and what nobody is paid for; of all meters or of one.

    Parameters
    ----------
    slug
        The meter's key; all meters if not given.
    """
    with talk(folder) as workspace:
        if slug:
            found = workspace.ask("GET", "/api/v1/meters/{slug}/health", names={"slug": slug})
        else:
            found = workspace.ask("GET", "/api/v1/health/usage")
    if json:
        print_json(found)
        return
    meters = [found] if slug else found["meters"]
    _tell(meters)
    for one in meters:
        for concern in one["concerns"]:
            say(f"{one['slug']}: {concern}")
    for concern in [] if slug else found["concerns"]:
        say(concern)
    if not slug:
        shares = ", ".join(f"{name} {found[name]['share']}" for name in ("monetizable", "technical", "other"))
        say(f"shares of all events: {shares}")


def _tell(meters: list[dict[str, Any]]) -> None:
    heads = ["meter", "minute", "hour", "day", "newest", "lag p99 s", "customers", "mismatches", "held"]
    rows = [
        [
            one["slug"],
            str(one["rate"]["last_minute"]),
            str(one["rate"]["last_hour"]),
            str(one["rate"]["last_day"]),
            one["newest"] or "never",
            one["lag"]["p99_seconds"] or "",
            str(one["customers_last_day"]),
            str(one["mismatches_last_day"]),
            str(one["waits"]["held"]),
        ]
        for one in meters
    ]
    table(heads, rows, right=(1, 2, 3, 5, 6, 7, 8))
