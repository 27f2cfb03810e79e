"""Commands about discounts: list, redeem, redemptions."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from steelyard.entrypoints.cli.adjusting import Adjust
from steelyard.entrypoints.cli.commitments import DryRun, tell_month
from steelyard.entrypoints.cli.moments import moment_of
from steelyard.entrypoints.cli.pages import show_list
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import print_json, say, table


def list_discounts(*, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """The discounts of the live catalog, in the order in which they apply, with the slots that are left."""
    with talk(folder) as workspace:
        found = workspace.ask("GET", "/api/v1/discounts")
    if json:
        print_json(found)
        return
    rows = [
        [
            one["key"],
            one["name"],
            one["form"]["form"],
            "coupon" if one["is_coupon"] else "",
            "" if one["left"] is None else f"{one['left']} of {one['slots']}",
            one["ends"] or "",
        ]
        for one in found["items"]
    ]
    table(["key", "name", "form", "", "slots left", "until"], rows)


def redeem(
    subscription: str,
    /,
    *,
    discount: str = "",
    code: str = "",
    start: str = "",
    confirm: Annotated[list[str] | None, Parameter(negative="")] = None,
    adjust: Adjust = False,
    dry_run: DryRun = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Let a subscription have a discount by its key, or a coupon by its code.

    Parameters
    ----------
    subscription
        The subscription's id.
    discount
        The discount's key.
    code
        The coupon's code.
    start
        From when on it holds, such as 2026-11-01; now if not given.
    confirm
        A condition that the customer agreed to, word for word; may be given many times.
    adjust
        Make billed months good with the next document.
    dry_run
        Only say what it would do to the month.
    """
    body = {"discount": discount, "code": code, "start": moment_of(start) or None, "confirmed": confirm or []}
    with talk(folder) as workspace:
        done = workspace.ask(
            "POST",
            "/api/v1/subscriptions/{id}/discounts",
            names={"id": subscription},
            body={**body, "adjust": adjust, "dry_run": dry_run},
        )
    if json:
        print_json(done)
        return
    tell_month(done, f"{subscription} has {done['discount']['name']} ({done['discount']['id']})")
    for one in done["floors"]:
        say(one["text"])


def redemptions(
    *, customer: str = "", discount: str = "", folder: Folder = DEFAULT_FOLDER, json: Json = False
) -> None:
    """Who redeemed which discount, for which subscription, by whose hand.

    Parameters
    ----------
    customer
        Only those of this customer.
    discount
        Only those of this discount.
    """
    columns = {name: name for name in ("discount", "number", "customer", "subscription", "at", "by")}
    asked = {"customer": customer, "discount": discount}
    show_list("/api/v1/redemptions", columns, folder=folder, json=json, asked=asked, right=(1,))
