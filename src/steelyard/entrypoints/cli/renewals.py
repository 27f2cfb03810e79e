"""Commands about how contracts go on: renewals, renew, notice, and what a contract is worth."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from steelyard.entrypoints.cli.moments import moment
from steelyard.entrypoints.cli.pages import Column, day, show_items
from steelyard.entrypoints.cli.subscriptions import tell_month
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import print_json, say

_STATUS = {
    "open": "renews unless notice is given",
    "renews": "renews: the day of notice has passed",
    "ends": "ends unless somebody renews it",
    "notice_given": "ends: notice was given",
    "replaced": "ends: another contract follows",
}


def renewals(*, within_days: int = 120, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """Contracts that end soon, by the last day on which notice can be given.

    Parameters
    ----------
    within_days
        How far ahead to look.
    """
    with talk(folder) as workspace:
        found = workspace.ask("GET", "/api/v1/contracts/renewals", query={"within_days": str(within_days)})
    if json:
        print_json(found)
        return
    if not found["items"]:
        say(f"no contract ends within {within_days} days")
        return
    columns: dict[str, Column] = {
        "contract": "contract",
        "customer": "customer",
        "name": "name",
        "ends": day("end"),
        "notice by": "notice_by",
        "left": lambda one: f"{one['days_left']} days" if one["days_left"] >= 0 else "passed",
        "then": lambda one: _STATUS[one["status"]],
    }
    show_items(found["items"], columns)


def renew(
    contract: str,
    /,
    *,
    reason: str,
    dry_run: bool = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Let a contract go on for its term.

    Parameters
    ----------
    contract
        Its id.
    reason
        Why; it is recorded.
    dry_run
        Show until when, and change nothing.
    """
    body = {"reason": reason, "dry_run": dry_run}
    with talk(folder) as workspace:
        done = workspace.ask("POST", "/api/v1/contracts/{id}/renew", names={"id": contract}, body=body)
    print_json(done) if json else say(_until(done, dry_run=dry_run))


def _until(contract: Any, *, dry_run: bool) -> str:
    verb = "would run" if dry_run else "runs"
    return f"{contract['name']} with {contract['customer']} {verb} until {contract['end'][:10]}"


def renew_due(*, dry_run: bool = False, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """Let every contract go on whose end has come and that does so by itself.

    A running server and every billing run do this too.

    Parameters
    ----------
    dry_run
        Name them, and change nothing.
    """
    with talk(folder) as workspace:
        done = workspace.ask("POST", "/api/v1/contracts/renewals", body={"dry_run": dry_run})
    if json:
        print_json(done)
        return
    if not done["items"]:
        say("nothing is due")
    for one in done["items"]:
        say(f"{one['contract']}: {_until(one, dry_run=dry_run)}")


def notice(
    contract: str,
    /,
    *,
    reason: str,
    at: datetime | None = None,
    dry_run: bool = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Give notice: the contract does not go on after its end.

    Parameters
    ----------
    contract
        Its id.
    reason
        Why; it is recorded.
    at
        When notice was given, if not now; in UTC where no offset is given.
    dry_run
        Only check whether it is in time.
    """
    body: dict[str, Any] = {"reason": reason, "dry_run": dry_run}
    if at is not None:
        body["given_at"] = moment(at)
    with talk(folder) as workspace:
        done = workspace.ask("POST", "/api/v1/contracts/{id}/notice", names={"id": contract}, body=body)
    verb = "would end" if dry_run else "ends"
    print_json(done) if json else say(f"{done['name']} with {done['customer']} {verb} {done['end'][:10]}")


def shadow(
    contract: str,
    /,
    *,
    period: str = "",
    customer: str = "",
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """A month as billed beside the same month under a pilot, or without a contract that holds.

    Parameters
    ----------
    contract
        Its id.
    period
        The month, such as 2026-11; the current one if not given.
    customer
        Which customer of the contract; its own if not given.
    """
    query = {name: value for name, value in (("period", period), ("customer", customer)) if value}
    with talk(folder) as workspace:
        found = workspace.ask("GET", "/api/v1/contracts/{id}/shadow", names={"id": contract}, query=query)
    if json:
        print_json(found)
        return
    with_it = (
        "as billed becomes, with the pilot" if found["piloted"] else "as billed becomes, without the contract"
    )
    say(f"{found['customer']}, {with_it}:")
    tell_month(found["month"])
