"""`steelyard billing run`: bill a month."""

from __future__ import annotations

from typing import Any

from steelyard.entrypoints.cli.catalog_words import counted
from steelyard.entrypoints.cli.failure import INVALID
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import money, note, print_json, say


def run(
    period: str, /, *, dry_run: bool = False, folder: Folder = DEFAULT_FOLDER, json: Json = False
) -> None:
    """Bill a month; what is billed already stays as it is.

    Parameters
    ----------
    period
        The month, such as 2026-10.
    dry_run
        Say what would be billed and write nothing.
    """
    note(f"billing {period} …")
    with talk(folder) as workspace:
        done = workspace.ask("POST", "/api/v1/billing/runs", body={"period": period, "dry_run": dry_run})
    print_json(done) if json else _tell(done)
    if done["status"] == "incomplete":
        raise SystemExit(INVALID)


def _tell(done: dict[str, Any]) -> None:
    counts = done["counts"]
    say(f"{done['period']}: {done['status']}")
    say(f"{counted(counts['invoices'], 'invoice')}, {counted(counts['credit_notes'], 'credit note')}")
    say(f"billed already: {counts['already_billed']:,}; nothing to bill: {counts['nothing_to_bill']:,}")
    if counts["adjustments"]:
        say(f"adjustments of months billed before: {counts['adjustments']}")
    if counts["late_events"]:
        say(
            f"{counts['late_events']:,} events changed what is billed already; the customer's next document "
            "adjusts it"
        )
    if counts["uncontracted_events"]:
        say(f"{counts['uncontracted_events']:,} events belong to customers without a subscription")
    if counts["held_events"]:
        say(f"{counts['held_events']:,} events are held and not billed; release or void them")
    for currency, total in sorted(done["totals"].items()):
        net, tax, changed = (money(total[name], currency) for name in ("net", "tax", "adjusted"))
        adjusted = f", {changed} of it adjusts earlier months" if counts["adjustments"] else ""
        say(f"{currency}: {net} net of credits, {tax} of it tax{adjusted}")
    for one in done["problems"]:
        say(f"not billed: {one['field']}: {one['message']}")
