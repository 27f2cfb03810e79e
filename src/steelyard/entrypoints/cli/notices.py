"""Commands about notices: what customers are to be told of, and whether they were."""

from __future__ import annotations

from typing import Any

from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import print_json, say


def list_notices(
    *,
    customer: str = "",
    about: str = "",
    state: str = "",
    folder: Folder = DEFAULT_FOLDER,
    limit: int = 50,
    json: Json = False,
) -> None:
    """What customers are to be told of, the one that is due first first.

    Parameters
    ----------
    customer
        Only this customer's.
    about
        Only those about this migration.
    state
        `due`, `told`, `acknowledged` or `withdrawn`.
    limit
        How many at most.
    """
    query = {"customer": customer, "about": about, "state": state, "limit": str(limit)}
    with talk(folder) as workspace:
        answer = workspace.ask(
            "GET", "/api/v1/notices", query={name: value for name, value in query.items() if value}
        )
    if json:
        print_json(answer)
        return
    for one in answer["items"]:
        say(_line(one))
    if not answer["items"]:
        say("no notices; announcing a migration makes one for each customer that it moves")


def tell(
    id: str, /, *, how: str, folder: Folder = DEFAULT_FOLDER, dry_run: bool = False, json: Json = False
) -> None:
    """Say that the customer was told.

    Parameters
    ----------
    how
        By what way, such as mail.
    dry_run
        Only say what would be.
    """
    _decide(id, "told", {"how": how, "dry_run": dry_run}, folder=folder, json=json)


def acknowledge(
    id: str, /, *, note: str = "", folder: Folder = DEFAULT_FOLDER, dry_run: bool = False, json: Json = False
) -> None:
    """Say that the customer knows.

    Parameters
    ----------
    note
        What they answered.
    dry_run
        Only say what would be.
    """
    _decide(id, "acknowledge", {"note": note, "dry_run": dry_run}, folder=folder, json=json)


def _decide(id: str, what: str, body: dict[str, Any], *, folder: Folder, json: bool) -> None:
    with talk(folder) as workspace:
        answer = workspace.ask("POST", f"/api/v1/notices/{{id}}/{what}", names={"id": id}, body=body)
    if json:
        print_json(answer)
    else:
        say(_line(answer))


def _line(one: dict[str, Any]) -> str:
    late = ", LATE" if one["late"] else ""
    how = f" by {one['how']}" if one["how"] else ""
    return (
        f"{one['id']}  {one['state']}{how}{late}  by {one['tell_by'][:10]}  {one['customer']}: {one['text']}"
    )
