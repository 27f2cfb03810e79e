"""Commands about subscriptions: list, change, changes, withdraw."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from steelyard.entrypoints.cli.adjusting import Adjust, tell_adjusted
from steelyard.entrypoints.cli.moments import moment
from steelyard.entrypoints.cli.pages import day, show_list
from steelyard.entrypoints.cli.pairs import pairs
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import money, print_json, say, table

Action = Literal["amend", "pause", "resume", "trial", "sandbox", "cancel"]


def list_subscriptions(*, customer: str = "", folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """All subscriptions, by customer.

    Parameters
    ----------
    customer
        Only those of this customer.
    """
    columns = {name: name for name in ("id", "customer", "plan")}
    show_list(
        "/api/v1/subscriptions",
        {**columns, "start": day("start"), "end": day("end"), "catalog": "catalog"},
        folder=folder,
        json=json,
        asked={"customer": customer},
        order=lambda one: (one["customer"], one["start"]),
    )


def change(
    subscription: str,
    /,
    *,
    action: Action = "amend",
    plan: str = "",
    catalog: str = "",
    quantity: list[str] | None = None,
    add: list[str] | None = None,
    remove: list[str] | None = None,
    at: datetime | None = None,
    when: Literal["now", "next_period", ""] = "",
    until: datetime | None = None,
    reason: str = "",
    adjust: Adjust = False,
    dry_run: bool = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Change a subscription from a moment on, and say what that does to its bills.

    Parameters
    ----------
    subscription
        Its id.
    action
        amend (the terms), pause, resume, trial, sandbox, cancel.
    plan
        The plan from then on.
    catalog
        `live`, or the id of the catalog version that it stays on from then on.
    quantity
        An agreed count, as seats=8; may be given many times.
    add
        A price to add; may be given many times.
    remove
        An add-on to remove; may be given many times.
    at
        From when it holds, in UTC where no offset is given.
    when
        now, or next_period: with the next month, or with the first one that begins at that moment or later.
    until
        When a trial or a pause ends by itself.
    reason
        Why; it is recorded.
    adjust
        Make billed months good with the next document.
    dry_run
        Show the prorated money and change nothing.
    """
    body: dict[str, Any] = {"action": action, "reason": reason, "adjust": adjust, "dry_run": dry_run}
    body |= {"add": add or [], "remove": remove or [], "quantities": pairs(quantity or [])}
    body |= {name: value for name, value in (("plan", plan), ("catalog", catalog), ("when", when)) if value}
    for name, when_ in (("effective_from", at), ("until", until)):
        if when_ is not None:
            body[name] = moment(when_)
    with talk(folder) as workspace:
        made = workspace.ask(
            "POST", "/api/v1/subscriptions/{id}/changes", names={"id": subscription}, body=body
        )
    print_json(made) if json else _tell(made)


def _tell(made: dict[str, Any]) -> None:
    verb = "would hold" if made["dry_run"] else "holds"
    one = made["change"]
    say(f"{made['label']}: {one['id']} {verb} from {one['effective_from']}")
    tell_adjusted(made)
    for month in made["months"]:
        tell_month(month)


def tell_month(month: dict[str, Any]) -> None:
    """Say what a month comes to before and after, with each line that differs."""
    currency = month["currency"]
    before, after, net = (money(month[name], currency) for name in ("before", "after", "net"))
    say(f"{month['period_name']}: {before} becomes {after} {currency}, net {net}")
    for line in month["lines"]:
        old, new = (money(line[name] or "0", currency) for name in ("before", "after"))
        if old == new:
            continue
        say(f"  {line['title']} {line['start'][:10]} to {line['end'][:10]}: {old} → {new}")
    for problem in month["problems"]:
        say(f"  problem: {problem}")


def list_changes(subscription: str, /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """What changed about a subscription, and will change.

    Parameters
    ----------
    subscription
        Its id.
    """
    with talk(folder) as workspace:
        found = workspace.ask("GET", "/api/v1/subscriptions/{id}/changes", names={"id": subscription})
    print_json(found) if json else _tell_changes(found)


def withdraw(
    subscription: str, change: str, /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False
) -> None:
    """Take a change back that has not taken effect.

    Parameters
    ----------
    subscription
        Its id.
    change
        The change's id.
    """
    path = "/api/v1/subscriptions/{id}/changes/{change}/withdraw"
    with talk(folder) as workspace:
        found = workspace.ask("POST", path, names={"id": subscription, "change": change})
    print_json(found) if json else _tell_changes(found)


def _tell_changes(found: dict[str, Any]) -> None:
    now = found["now"]
    say(f"now: {now['plan']}, {now['state']}")
    rows = [
        [
            one["id"],
            one["effective_from"][:16],
            one["action"],
            one["plan"] or "",
            "withdrawn" if one["withdrawn"] else one["reason"],
        ]
        for one in found["items"]
    ]
    table(["id", "from", "action", "plan", "reason"], rows)
