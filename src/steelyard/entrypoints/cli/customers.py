"""Commands about customers: list, show, create, preview."""

from __future__ import annotations

from typing import Any

from steelyard.entrypoints.cli.invoices import tell_change, tell_lines
from steelyard.entrypoints.cli.pages import everything
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import print_json, say, table


def list_customers(*, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """All customers, by key."""
    with talk(folder) as workspace:
        items = everything(workspace, "/api/v1/customers")
    if json:
        print_json({"items": items})
        return
    rows = [[one["key"], one["name"], one["currency"], one["parent"] or "", one["timezone"]] for one in items]
    table(["key", "name", "currency", "parent", "time zone"], rows)


def show(key: str, /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """One customer.

    Parameters
    ----------
    key
        The customer's key.
    """
    with talk(folder) as workspace:
        customer = workspace.ask("GET", "/api/v1/customers/{key}", names={"key": key})
    if json:
        print_json(customer)
        return
    for name, value in customer.items():
        say(f"{name}: {value}")


def create(
    key: str,
    /,
    *,
    name: str,
    currency: str,
    parent: str | None = None,
    timezone: str = "UTC",
    subject: list[str] | None = None,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Make a customer.

    Parameters
    ----------
    key
        The customer's key; usage under it as subject is the customer's.
    name
        The customer's name, as it stands on invoices.
    currency
        ISO 4217, such as EUR.
    parent
        The customer above it in the tree.
    timezone
        Whose calendar its months follow, as an IANA name.
    subject
        A further subject whose usage is the customer's; may be given many times.
    """
    body: dict[str, Any] = {"key": key, "name": name, "currency": currency, "timezone": timezone}
    body |= {"parent": parent, "subjects": subject or []}
    with talk(folder) as workspace:
        made = workspace.ask("POST", "/api/v1/customers", body=body)
    print_json(made) if json else say(f"made {made['key']}: {made['name']}, billed in {made['currency']}")


def preview(key: str, /, *, period: str = "", folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """What the customer's bill of a month would say as things stand.

    Parameters
    ----------
    key
        The customer's key.
    period
        The month, such as 2026-11; the current one if not given.
    """
    query = {"period": period} if period else {}
    with talk(folder) as workspace:
        draft = workspace.ask("GET", "/api/v1/customers/{key}/preview", names={"key": key}, query=query)
    if json:
        print_json(draft)
        return
    say(f"{draft['customer_name']}, {draft['period_name']}, as things stand")
    tell_lines(draft)
    for change in draft["changes"]:
        tell_change(change, draft["currency"])
