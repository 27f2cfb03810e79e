"""Commands that begin, show and end subscriptions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from steelyard.entrypoints.cli.moments import moment
from steelyard.entrypoints.cli.pairs import pairs
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import print_json, say


def start(
    customer: str,
    plan: str,
    /,
    *,
    at: datetime,
    quantity: list[str] | None = None,
    add_on: list[str] | None = None,
    until: datetime | None = None,
    trial_until: datetime | None = None,
    catalog: str = "live",
    sandbox: bool = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Begin a subscription of a customer to a plan.

    Parameters
    ----------
    customer
        The customer's key.
    plan
        The plan's key.
    at
        From when it runs, in UTC where no offset is given.
    quantity
        An agreed count, as seats=8; may be given many times.
    add_on
        A price beside the plan; may be given many times.
    until
        When it ends; open if not given.
    trial_until
        Free until then.
    catalog
        live, or the version that it stays on.
    sandbox
        On no bill.
    """
    body: dict[str, Any] = {"customer": customer, "plan": plan, "start": moment(at), "catalog": catalog}
    body |= {"quantities": pairs(quantity or []), "add_ons": add_on or [], "sandbox": sandbox}
    for name, when in (("end", until), ("trial_until", trial_until)):
        if when is not None:
            body[name] = moment(when)
    with talk(folder) as workspace:
        made = workspace.ask("POST", "/api/v1/subscriptions", body=body)
    print_json(made) if json else say(
        f"{made['id']}: {made['customer']} has {made['plan']} from {made['start']}"
    )


def show(subscription: str, /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """One subscription: what it is now, and what changed.

    Parameters
    ----------
    subscription
        Its id.
    """
    with talk(folder) as workspace:
        found = workspace.ask("GET", "/api/v1/subscriptions/{id}", names={"id": subscription})
        changes = workspace.ask("GET", "/api/v1/subscriptions/{id}/changes", names={"id": subscription})
    if json:
        print_json({**found, "now": changes["now"]})
        return
    now, end = changes["now"], found["end"][:10] if found["end"] else "open"
    say(f"{found['id']}: {found['customer']}, {found['start'][:10]} to {end}")
    counts = "".join(f", {number} {name}" for name, number in now["quantities"].items())
    say(f"now: {now['plan']}, {now['state']}{counts}, catalog {now['catalog']}")
    for key in now["add_ons"]:
        say(f"add-on: {key}")
    for one in found.get("commitments", []):
        say(f"commitment {one['key']}: {one['amount']} every {one['every']}")
    for one in found.get("discounts", []):
        say(f"discount {one['name']} since {one['start'][:10]}")
    for one in changes["items"]:
        what = "withdrawn" if one["withdrawn"] else one["reason"]
        say(f"{one['effective_from'][:10]} {one['action']} {one['plan'] or ''} {what}".rstrip())


def end(subscription: str, /, *, at: datetime, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """End a subscription at a moment.

    Parameters
    ----------
    subscription
        Its id.
    at
        When it ends, in UTC where no offset is given.
    """
    with talk(folder) as workspace:
        done = workspace.ask(
            "POST", "/api/v1/subscriptions/{id}/end", names={"id": subscription}, body={"at": moment(at)}
        )
    print_json(done) if json else say(f"{done['id']} ends {done['end']}")
