"""Commands about credit that is bought, that expired unused, and that runs low."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from steelyard.entrypoints.cli.pages import Column, everything, show_list
from steelyard.entrypoints.cli.talk import AS_USUAL, DEFAULT_FOLDER, Folder, Json, Writing, talk, tell_done
from steelyard.entrypoints.terminal import print_json, say, table

_ORDERS = "/api/v1/credits/orders"


def buy(
    customer: str,
    amount: str,
    unit: str,
    /,
    *,
    name: str,
    reason: str,
    cost_basis: str | None = None,
    valid_days: int | None = None,
    priority: int = 100,
    at_once: Annotated[bool, Parameter(negative="")] = False,
    how: Writing = AS_USUAL,
) -> None:
    """Order credit for a customer; its next document charges for it.

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
    cost_basis
        What one unit costs; as much as it pays if left out.
    valid_days
        How long the lot lasts once it is granted; for ever if left out.
    priority
        Lower is drawn on first.
    at_once
        Grant the lot now, and not only with the document.
    """
    body = {
        "customer": customer,
        "amount": amount,
        "unit": unit,
        "name": name,
        "reason": reason,
        "cost_basis": cost_basis,
        "valid_days": valid_days,
        "priority": priority,
        "at_once": at_once,
        "dry_run": how.dry_run,
    }
    with talk(how.folder) as workspace:
        made = workspace.ask("POST", _ORDERS, body=body)
    if how.json:
        print_json(made)
        return
    order = made["order"]
    say(f"{how.would}ordered {order['id']}: {amount} {unit} for {order['cost']}, on the next document")
    if made["lot"]:
        say(f"{how.would}granted {made['lot']['id']} at once")


def list_orders(*, customer: str | None = None, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """Orders of credit, and which document charges for each.

    Parameters
    ----------
    customer
        Only this customer's.
    """
    columns: dict[str, Column] = {name: name for name in ("id", "customer", "name", "amount", "unit", "cost")}
    show_list(
        _ORDERS,
        columns | {"status": _state},
        folder=folder,
        json=json,
        asked={"customer": customer},
        right=(3, 5),
    )


def _state(order: dict[str, str]) -> str:
    return f"charged by {order['number']}" if order["number"] else order["status"]


def cancel_order(id: str, /, *, how: Writing = AS_USUAL) -> None:
    """Cancel an order that no document charges for yet.

    Parameters
    ----------
    id
        The order's id.
    """
    body = {"dry_run": how.dry_run}
    with talk(how.folder) as workspace:
        gone = workspace.ask("POST", _ORDERS + "/{id}/cancel", names={"id": id}, body=body)
    tell_done(gone, how, f"cancelled {id}")


def breakage(period: str, /, *, how: Writing = AS_USUAL) -> None:
    """Post as revenue what was paid for credit that expired unused; doing it again posts nothing.

    Parameters
    ----------
    period
        Until the end of which month, such as 2026-10.
    """
    body = {"period": period, "dry_run": how.dry_run}
    with talk(how.folder) as workspace:
        done = workspace.ask("POST", "/api/v1/credits/breakage", body=body)
    if how.json:
        print_json(done)
        return
    totals = ", ".join(f"{amount} {currency}" for currency, amount in done["totals"].items())
    say(f"{'would be posted' if how.dry_run else 'posted'}: {totals or 'nothing more'}")
    columns = ("lot", "customer", "name", "expired_at", "units", "unit", "amount")
    if done["lots"]:
        rows = [[one[column] for column in columns] for one in done["lots"]]
        table(["lot", "customer", "name", "expired", "units", "unit", "revenue"], rows, right=(4, 6))


def notices(
    *,
    customer: str | None = None,
    days: int = 30,
    low_percent: int = 20,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """What credit expires soon or runs low.

    Parameters
    ----------
    customer
        Only this customer's.
    days
        How many days ahead expiries are told.
    low_percent
        Below which percentage of what was granted it is low.
    """
    query = {"days": str(days), "low_percent": str(low_percent)}
    query |= {"customer": customer} if customer else {}
    with talk(folder) as workspace:
        items = everything(workspace, "/api/v1/credits/notices", query=query)
    if json:
        print_json({"items": items})
        return
    if not items:
        say("nothing expires soon, and nothing runs low")
        return
    table(["customer", "what", "in words"], [[one["customer"], one["kind"], one["text"]] for one in items])
