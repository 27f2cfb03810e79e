"""Commands for customers that merge or part."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from steelyard.entrypoints.cli.moments import moment
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import print_json, say


def merge(
    customer: str,
    /,
    *,
    into: str,
    at: datetime,
    reason: str,
    commitments: Literal["keep", "transfer"] = "keep",
    dry_run: bool = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Put a customer under another from a moment on, with its contract and its commitments.

    Parameters
    ----------
    customer
        Its key.
    into
        The customer that it goes under.
    at
        From when, in UTC where no offset is given.
    reason
        Why; it is recorded.
    commitments
        keep (they stay with its own subscription) or transfer (they move to the other's).
    dry_run
        Show what would change, and change nothing.
    """
    body = {"into": into, "effective_from": moment(at), "reason": reason}
    body |= {"commitments": commitments, "dry_run": dry_run}
    with talk(folder) as workspace:
        done = workspace.ask("POST", "/api/v1/customers/{key}/merge", names={"key": customer}, body=body)
    print_json(done) if json else _tell(done)


def part(
    customer: str,
    /,
    *,
    at: datetime,
    reason: str,
    dry_run: bool = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Let a customer stand alone again from a moment on.

    Parameters
    ----------
    customer
        Its key.
    at
        From when, in UTC where no offset is given.
    reason
        Why; it is recorded.
    dry_run
        Show what would change, and change nothing.
    """
    body = {"effective_from": moment(at), "reason": reason, "dry_run": dry_run}
    with talk(folder) as workspace:
        done = workspace.ask("POST", "/api/v1/customers/{key}/part", names={"key": customer}, body=body)
    print_json(done) if json else _tell(done)


def _tell(done: dict[str, Any]) -> None:
    would = "would stand" if done["dry_run"] else "stands"
    say(f"{done['customer']} {would} {'under ' + done['parent'] if done['parent'] else 'alone'}")
    if done["ended"]:
        say(f"  the contract {done['ended']} {'would end' if done['dry_run'] else 'ends'} for it")
    if done["joined"]:
        say(f"  the contract {done['joined']} {'would hold' if done['dry_run'] else 'holds'} for it")
    for key in done["commitments"]:
        say(f"  the commitment {key} {'would move' if done['dry_run'] else 'moves'}")
