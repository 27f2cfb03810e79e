"""Commands about contracts: list, show, make, amend."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from steelyard.entrypoints.cli.adjusting import Adjust, tell_adjusted
from steelyard.entrypoints.cli.pages import day, show_list
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import print_json, say

_NEVER_MONTHS: Final = 1200


def list_contracts(*, customer: str = "", folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """All contracts, by customer.

    Parameters
    ----------
    customer
        Only those of this customer.
    """
    show_list(
        "/api/v1/contracts",
        {"id": "id", "customer": "customer", "name": "name", "start": day("start"), "end": day("end")},
        folder=folder,
        json=json,
        asked={"customer": customer},
        order=lambda one: (one["customer"], one["start"]),
    )


def show(contract: str, /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """One contract, with its amendments.

    Parameters
    ----------
    contract
        Its id.
    """
    with talk(folder) as workspace:
        found = workspace.ask("GET", "/api/v1/contracts/{id}", names={"id": contract})
    print_json(found) if json else _tell(found)


def make(
    file: Path,
    /,
    *,
    adjust: Adjust = False,
    dry_run: bool = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Make a contract from a JSON file, as the interface takes it.

    Parameters
    ----------
    file
        The contract as JSON.
    adjust
        Make billed months good with the next document.
    dry_run
        Only check it.
    """
    body = {**_read(file), "adjust": adjust, "dry_run": dry_run}
    with talk(folder) as workspace:
        made = workspace.ask("POST", "/api/v1/contracts", body=body)
    print_json(made) if json else _made(made)


def amend(
    contract: str,
    file: Path,
    /,
    *,
    reason: str = "",
    adjust: Adjust = False,
    dry_run: bool = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Add dated parts to a contract; nothing of it is taken away.

    Parameters
    ----------
    contract
        Its id.
    file
        The new parts as JSON.
    reason
        Why; it is recorded. What the file says if not given.
    adjust
        Make billed months good with the next document.
    dry_run
        Only check them.
    """
    said = {"reason": reason} if reason else {}
    body = {**_read(file), **said, "adjust": adjust, "dry_run": dry_run}
    with talk(folder) as workspace:
        made = workspace.ask("POST", "/api/v1/contracts/{id}/amendments", names={"id": contract}, body=body)
    print_json(made) if json else _made(made)


def _made(made: dict[str, Any]) -> None:
    _tell(made)
    tell_adjusted(made)
    for one in made["floors"]:
        say(one["text"])


def _read(file: Path) -> dict[str, Any]:
    """The JSON object in the file, its numbers exact."""
    from decimal import Decimal

    from steelyard.catalog.source import source_from_json

    values = dict(source_from_json(file.read_bytes()).values)

    def spelled(value: Any) -> Any:
        if isinstance(value, Decimal):
            return str(value)
        if isinstance(value, dict):
            return {name: spelled(item) for name, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
        if isinstance(value, list):
            return [spelled(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        return value

    return spelled(values)


def _tell(found: dict[str, Any]) -> None:
    end = found["end"][:10] if found["end"] else "open"
    say(f"{found['id']}: {found['name']} with {found['customer']}, {found['start'][:10]} to {end}")
    for line in (*_whose(found), *_prices(found), *_money(found), *_course(found)):
        say(f"  {line}")


def _whose(found: dict[str, Any]) -> Iterator[str]:
    for one in found["members"]:
        part = f" with {one['share']} of it" if one["share"] else ""
        yield f"also for {one['customer']} from {one['effective_from'][:10]}{part}"
    if found["members"]:
        yield f"tiers and allowances: {found['sharing']}"


def _prices(found: dict[str, Any]) -> Iterator[str]:
    if found["book"]:
        yield f"price book {found['book']}"
    for one in found["overrides"]:
        since = (one["effective_from"] or found["start"])[:10]
        what = f"× {one['multiplier']}" if one["multiplier"] else "another price"
        yield f"{one['price']}: {what} since {since} {one['reason']}".rstrip()
    for one in found["phases"]:
        plan = f", plan {one['plan']}" if one["plan"] else ""
        counts = "".join(f", {number} {name}" for name, number in one["quantities"].items())
        yield f"phase {one['name']} from {one['effective_from'][:10]}{plan}{counts}"
    for one in found["escalators"]:
        often = "once" if one["every_months"] >= _NEVER_MONTHS else f"every {one['every_months']} months"
        yield f"{one['percent']} % {often} from {one['first_at'][:10]}"
    for one in found["locks"]:
        yield f"{one['price']} locked until {one['effective_until'][:10]}"


def _money(found: dict[str, Any]) -> Iterator[str]:
    for one in found["commitments"]:
        yield f"{one['amount']} a {one['every']} committed from {one['start'][:10]}"
    for one in found["fees"]:
        yield f"fee {one['name']}: {one['amount']} every {one['every_months']} months"


def _course(found: dict[str, Any]) -> Iterator[str]:
    renewal = found["renewal"]
    if renewal:
        goes = "goes on by itself" if renewal["automatic"] else "can be renewed"
        yield f"{goes} for {renewal['term_months']} months"
    if found["notice"]:
        yield f"notice given {found['notice']['given_at'][:10]}: {found['notice']['reason']}"
    for one in found["amendments"]:
        yield f"amendment {one['number']} by {one['by']}: {'; '.join(one['added'])} ({one['reason']})"
