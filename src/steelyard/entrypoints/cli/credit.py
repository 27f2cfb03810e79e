"""Commands about credit: lots granted, listed, explained, ended, moved; rules that top them up."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import quote

from cyclopts import Parameter

from steelyard.entrypoints.cli.moments import moment_of
from steelyard.entrypoints.cli.pages import Column, show_items, show_list
from steelyard.entrypoints.cli.talk import AS_USUAL, DEFAULT_FOLDER, Folder, Json, Writing, talk, tell_done
from steelyard.entrypoints.terminal import print_json, say

_LOTS = "/api/v1/credits/lots"
_TOP_UPS = "/api/v1/credits/top-ups"
_COLUMNS: Final[dict[str, Column]] = {
    "id": "id",
    "customer": "customer",
    "name": "name",
    "left": "balance",
    "of": "amount",
    "unit": "unit",
    "status": "status",
    "priority": "priority",
    "expires": lambda lot: lot["expires_at"] or "never",
}
_FIGURES: Final = (3, 4, 7)


def grant(
    customer: str,
    amount: str,
    unit: str,
    /,
    *,
    name: str,
    reason: str,
    effective_at: str | None = None,
    expires_at: str | None = None,
    priority: int = 100,
    cost_basis: str = "0",
    metric: Annotated[list[str] | None, Parameter(negative="")] = None,
    group: Annotated[list[str] | None, Parameter(negative="")] = None,
    every: str | None = None,
    anchor: str | None = None,
    roll_over_max: str | None = None,
    roll_over_min: str = "0",
    how: Writing = AS_USUAL,
) -> None:
    """Grant a lot of credit to a customer.

    Parameters
    ----------
    customer
        The customer's key.
    amount
        How many units.
    unit
        A currency, or a credit unit of the catalog.
    name
        What documents call it.
    reason
        Why; it stands in the record.
    effective_at
        From when on it can be used, such as 2026-11-01; now if left out.
    expires_at
        When what is left expires.
    priority
        Lower is drawn on first.
    cost_basis
        What one unit cost the customer; 0 is given for free.
    metric
        Pays only for this metric; may be given many times.
    group
        Pays only for this group of lines; may be given many times.
    every
        It is filled again at this interval: P1D, P1W, P1M, P1Y.
    anchor
        From when the interval is counted; the beginning of the lot if left out.
    roll_over_max
        At most so much goes over when it is filled again.
    roll_over_min
        At least so much goes over.
    """
    body: dict[str, Any] = {
        "customer": customer,
        "amount": amount,
        "unit": unit,
        "name": name,
        "reason": reason,
        "effective_at": moment_of(effective_at) if effective_at else None,
        "expires_at": moment_of(expires_at) if expires_at else None,
        "priority": priority,
        "cost_basis": cost_basis,
        "scope": {"metrics": metric or [], "groups": group or []},
        "dry_run": how.dry_run,
    }
    if every is not None:
        body["recurrence"] = {"interval": every, "anchor": moment_of(anchor) if anchor else None}
    if roll_over_max is not None:
        body["roll_over"] = {"minimum": roll_over_min, "maximum": roll_over_max}
    with talk(how.folder) as workspace:
        lot = workspace.ask("POST", _LOTS, body=body)
    tell_done(lot, how, f"granted {lot['id']}: {lot['amount']} {lot['unit']}")


def list_lots(*, customer: str | None = None, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """Lots of credit and what they hold.

    Parameters
    ----------
    customer
        Only this customer's.
    """
    show_list(_LOTS, _COLUMNS, folder=folder, json=json, asked={"customer": customer}, right=_FIGURES)


def balance(customer: str, /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """What a customer holds, what of it is used and not billed yet, and in which order lots are drawn on.

    Parameters
    ----------
    customer
        The customer's key.
    """
    with talk(folder) as workspace:
        found = workspace.ask("GET", "/api/v1/credits/balance", query={"customer": customer})
    if json:
        print_json(found)
        return
    if not found["units"]:
        say(f"{customer} has no credit; grant some with: steelyard credit grant")
    for one in found["units"]:
        say(
            f"{one['balance']} {one['unit']} held, {one['pending']} used and not billed yet, "
            f"{one['left']} left"
        )
        show_items(one["lots"], _COLUMNS, right=_FIGURES)


def draws(lot: str, /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """Everything that moved a lot, oldest first, in words.

    Parameters
    ----------
    lot
        The lot's id.
    """
    path = f"{_LOTS}/{quote(lot, safe='')}/draws"
    columns = {"at": "at", "change": "change", "left": "balance", "why": "text"}
    show_list(path, columns, folder=folder, json=json, right=(1, 2))


def void(
    lot: str,
    /,
    *,
    reason: str,
    how: Writing = AS_USUAL,
) -> None:
    """End a lot now; what was drawn stays drawn.

    Parameters
    ----------
    lot
        The lot's id.
    reason
        Why; it stands in the record.
    """
    body = {"reason": reason, "dry_run": how.dry_run}
    with talk(how.folder) as workspace:
        ended = workspace.ask("POST", _LOTS + "/{id}/void", names={"id": lot}, body=body)
    tell_done(ended, how, f"ended {lot}")


def transfer(
    lot: str,
    amount: str,
    /,
    *,
    to: str,
    reason: str,
    how: Writing = AS_USUAL,
) -> None:
    """Move a part of a lot to another customer, as a new lot with the same terms.

    Parameters
    ----------
    lot
        The lot's id.
    amount
        How many units.
    to
        The key of the customer who gets them.
    reason
        Why; it stands in the record.
    """
    body = {"to": to, "amount": amount, "reason": reason, "dry_run": how.dry_run}
    with talk(how.folder) as workspace:
        made = workspace.ask("POST", _LOTS + "/{id}/transfer", names={"id": lot}, body=body)
    tell_done(made, how, f"moved {amount} {made['unit']} to {to}: {made['id']}")


def add_top_up(
    customer: str,
    /,
    *,
    name: str,
    unit: str,
    threshold: str,
    amount: str,
    cost_basis: str = "0",
    valid_days: int | None = None,
    most_per_month: int | None = None,
    next_document: Annotated[bool, Parameter(negative="")] = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Make a rule: where credit falls below the threshold, this much comes on top.

    Parameters
    ----------
    customer
        The customer's key.
    name
        What documents call the lots.
    unit
        A currency, or a credit unit of the catalog.
    threshold
        Below this it is topped up.
    amount
        How much comes at once.
    cost_basis
        What one unit costs the customer.
    valid_days
        How long each lot lasts.
    most_per_month
        At most so many amounts in a month.
    next_document
        The next document charges for the lots; otherwise they are owed at once.
    """
    body = {
        "customer": customer,
        "name": name,
        "unit": unit,
        "threshold": threshold,
        "amount": amount,
        "cost_basis": cost_basis,
        "valid_days": valid_days,
        "most_per_month": most_per_month,
        "next_document": next_document,
    }
    with talk(folder) as workspace:
        made = workspace.ask("POST", _TOP_UPS, body=body)
    print_json(made) if json else say(f"made {made['id']}: below {threshold} {unit}, {amount} come on top")


def remove_top_up(id: str, /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """Remove a rule; the lots that it gave stay.

    Parameters
    ----------
    id
        The rule's id.
    """
    with talk(folder) as workspace:
        removed = workspace.ask("POST", _TOP_UPS + "/{id}/remove", names={"id": id})
    print_json(removed) if json else say(f"removed {id}")


def list_top_ups(*, customer: str | None = None, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """Rules that top credit up.

    Parameters
    ----------
    customer
        Only this customer's.
    """
    columns = {
        "id": "id",
        "customer": "customer",
        "below": "threshold",
        "adds": "amount",
        "unit": "unit",
        "removed": "removed_at",
    }
    show_list(_TOP_UPS, columns, folder=folder, json=json, asked={"customer": customer}, right=(2, 3))


def top_up(
    *,
    customer: str | None = None,
    how: Writing = AS_USUAL,
) -> None:
    """Carry out the rules that top credit up; doing it again adds nothing.

    Parameters
    ----------
    customer
        Only for this customer.
    """
    with talk(how.folder) as workspace:
        done = workspace.ask("POST", _TOP_UPS + "/run", body={"customer": customer, "dry_run": how.dry_run})
    if how.json:
        print_json(done)
        return
    say(f"{how.would}added {len(done['lots'])} lots")
    if done["lots"]:
        show_items(done["lots"], _COLUMNS, right=_FIGURES)
    for problem in done["problems"]:
        say(f"not done: {problem['message']}")
