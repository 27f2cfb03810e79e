"""Commands about customers: list, show, create, change, preview."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from cyclopts import Parameter

from steelyard.entrypoints.cli.invoices import tell_change, tell_lines
from steelyard.entrypoints.cli.moments import moment
from steelyard.entrypoints.cli.pages import show_list
from steelyard.entrypoints.cli.pairs import pairs
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import print_json, say


def list_customers(*, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """All customers, by key."""
    columns = {name: name for name in ("key", "name", "currency", "parent")}
    show_list("/api/v1/customers", {**columns, "time zone": "timezone"}, folder=folder, json=json)


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
    _tell(customer)


def create(
    key: str,
    /,
    *,
    name: str,
    currency: str,
    parent: str | None = None,
    timezone: str = "UTC",
    subject: list[str] | None = None,
    attribute: list[str] | None = None,
    email: str | None = None,
    tax: str = "",
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
    attribute
        By what prices and discounts are chosen, as region=eu; may be given many times.
    email
        Where mail reaches it.
    tax
        Name and percent of the tax on its documents, as VAT=19.
    """
    body: dict[str, Any] = {"key": key, "name": name, "currency": currency, "timezone": timezone}
    body |= {"parent": parent, "subjects": subject or [], "email": email}
    body |= {"attributes": pairs(attribute or []), "tax": _tax(tax)}
    with talk(folder) as workspace:
        made = workspace.ask("POST", "/api/v1/customers", body=body)
    print_json(made) if json else say(f"made {made['key']}: {made['name']}, billed in {made['currency']}")


def change(
    key: str,
    /,
    *,
    name: str | None = None,
    attribute: list[str] | None = None,
    at: datetime | None = None,
    email: str | None = None,
    tax: str = "",
    untaxed: Annotated[bool, Parameter(negative="")] = False,
    add_subject: list[str] | None = None,
    remove_subject: list[str] | None = None,
    reason: str = "",
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Change a customer; what is not named stays as it is.

    Parameters
    ----------
    key
        The customer's key.
    name
        The name that stands on documents from now on.
    attribute
        By what prices and discounts are chosen, as region=eu; region= takes it away; may be given many times.
    at
        From when the attributes hold, in UTC where no offset is given; now if not given.
    email
        Where mail reaches it; an empty text takes it away.
    tax
        Name and percent of the tax on documents from now on, as VAT=19.
    untaxed
        No tax on documents from now on.
    add_subject
        A subject whose usage is the customer's from now on; may be given many times.
    remove_subject
        A subject whose usage is the customer's no longer; may be given many times.
    reason
        Why the attributes change; it is recorded.
    dry_run
        Only show what the customer would be.
    """
    body: dict[str, Any] = {"name": name, "email": email, "tax": _tax(tax), "untaxed": untaxed}
    body |= {"attributes": pairs(attribute or []), "reason": reason, "dry_run": dry_run}
    body |= {"add_subjects": add_subject or [], "remove_subjects": remove_subject or []}
    if at is not None:
        body["effective_from"] = moment(at)
    with talk(folder) as workspace:
        changed = workspace.ask("POST", "/api/v1/customers/{key}/changes", names={"key": key}, body=body)
    if json:
        print_json(changed)
        return
    say(f"{'would be' if dry_run else 'changed'}:")
    _tell(changed)


def _tax(said: str) -> dict[str, str] | None:
    """A tax given as `VAT=19`."""
    name, _, percent = said.partition("=")
    return {"name": name, "percent": percent} if said else None


def _tell(customer: dict[str, Any]) -> None:
    plain = {name: value for name, value in customer.items() if name not in ("attributes", "subjects", "tax")}
    for name, value in plain.items():
        if value is not None:
            say(f"{name}: {value}")
    if customer["tax"]:
        say(f"tax: {customer['tax']['name']} {customer['tax']['percent']} %")
    if customer["subjects"]:
        say(f"subjects: {', '.join(customer['subjects'])}")
    for dated in customer["attributes"]:
        said = ", ".join(f"{name} {value or 'none'}" for name, value in dated["values"].items())
        why = f" ({dated['reason']})" if dated["reason"] else ""
        say(f"from {dated['effective_from']}: {said}{why}")


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
