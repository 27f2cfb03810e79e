"""The command `steelyard rate-card`: which price applies to a subscription, and why."""

from __future__ import annotations

from datetime import datetime

from steelyard.entrypoints.cli.moments import moment
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import money, print_json, say


def rate_card(
    subscription: str,
    /,
    *,
    at: datetime | None = None,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """By what a subscription is charged at a moment: each rate, and every step that led to it.

    Parameters
    ----------
    subscription
        Its id.
    at
        For which moment, in UTC where no offset is given; now if not given.
    """
    query = {} if at is None else {"at": moment(at)}
    with talk(folder) as workspace:
        found = workspace.ask(
            "GET", "/api/v1/subscriptions/{id}/rate-card", names={"id": subscription}, query=query
        )
    if json:
        print_json(found)
        return
    under = f", under {found['contract']['name']}" if found["contract"] else ""
    say(f"{found['plan_name']} for {found['customer']} at {found['at']}{under}: {found['state']}")
    say(f"catalog {found['catalog_version']}, in {found['currency']}")
    for one in found["rates"]:
        of = f", {one['quantity']} {one['unit']}".rstrip() if one["quantity"] else ""
        say(f"{one['name']} ({one['price']}){of}: {one['applies']}")
        if one["layers"]:
            say(f"    listed: {one['listed']}")
        for layer in one["layers"]:
            say(f"    then:   {layer}")
        say(f"    why:    {one['reason'].partition('; ')[0]}")
    for one in found["commitments"]:
        each = "month" if one["every"] == "month" else "year"
        say(f"committed: {money(one['amount'], found['currency'])} a {each}, {one['reason']}")
    for name in found["discounts"]:
        say(f"discount: {name}")
    for problem in found["problems"]:
        say(f"problem: {problem}")
    for when in found["changes_at"][:6]:
        say(f"changes at {when}")
