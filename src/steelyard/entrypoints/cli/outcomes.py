"""Commands about outcomes: claimed, listed, shown, decided, settled."""

from __future__ import annotations

import json as json_text
from typing import Any
from urllib.parse import quote

from steelyard.entrypoints.cli.moments import moment_of
from steelyard.entrypoints.cli.pages import show_list
from steelyard.entrypoints.cli.talk import AS_USUAL, DEFAULT_FOLDER, Folder, Json, Writing, talk
from steelyard.entrypoints.terminal import print_json, say, table
from steelyard.kernel.errors import InvalidInput

_PATH = "/api/v1/outcomes"


def claim(
    customer: str,
    type: str,
    key: str,
    /,
    *,
    occurred_at: str,
    acted_at: str | None = None,
    window_days: int = 30,
    data: str = "{}",
    reason: str = "",
    how: Writing = AS_USUAL,
) -> None:
    """Claim that a result was reached; one result has one outcome, for ever.

    Parameters
    ----------
    customer
        The customer's key.
    type
        Of what kind the result is; meters count events of it.
    key
        What names the result within its type, such as a ticket's number.
    occurred_at
        When it was reached: a day or a moment, in UTC where no offset is given.
    acted_at
        When the work was done that it is attributed to.
    window_days
        The attribution window.
    data
        What meters read of it, as a JSON object.
    reason
        What shows that it was reached.
    """
    body = {
        "customer": customer,
        "type": type,
        "key": key,
        "occurred_at": moment_of(occurred_at),
        "acted_at": moment_of(acted_at) if acted_at else None,
        "window_days": window_days,
        "reason": reason,
        "dry_run": how.dry_run,
    }
    with talk(how.folder) as workspace:
        made = workspace.ask("POST", _PATH, body=_with_data(body, data))
    print_json(made) if how.json else _tell(made)


def _with_data(body: dict[str, Any], data: str) -> bytes:
    """The request with the data word for word, so that no digit of a number is lost."""
    try:
        json_text.loads(data)
    except ValueError as error:
        raise InvalidInput(f"--data is not readable as JSON: {error}", code="not_readable") from None
    return f'{json_text.dumps(body)[:-1]}, "data": {data}}}'.encode()


def _tell(outcome: Any) -> None:
    status = outcome["status"]
    until = "" if status == "reversed" else f"; to be decided by {outcome['decide_by']}"
    say(f"{outcome['id']}: {outcome['type']} {outcome['key']} of {outcome['customer']} is {status}{until}")


def list_outcomes(
    *,
    customer: str | None = None,
    status: str | None = None,
    type: str | None = None,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Outcomes and how they stand.

    Parameters
    ----------
    customer
        Only this customer's.
    status
        Only those that are claimed, confirmed, contested, accepted or reversed.
    type
        Only results of this kind.
    """
    columns = {name: name for name in ("id", "customer", "type", "key", "status")}
    asked = {"customer": customer, "status": status, "type": type}
    show_list(_PATH, {**columns, "decide by": "decide_by"}, folder=folder, json=json, asked=asked)


def show(id: str, /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """One outcome, and all that was done about it.

    Parameters
    ----------
    id
        The outcome's id.
    """
    with talk(folder) as workspace:
        found = workspace.ask("GET", f"{_PATH}/{quote(id, safe='')}")
    if json:
        print_json(found)
        return
    _tell(found)
    table(
        ["at", "what", "by", "why"],
        [[one["at"], one["action"], one["by"], one["reason"]] for one in found["steps"]],
    )


def confirm(
    id: str,
    /,
    *,
    reason: str = "",
    how: Writing = AS_USUAL,
) -> None:
    """Confirm that the result was reached.

    Parameters
    ----------
    id
        The outcome's id.
    reason
        What shows it.
    """
    _decide("confirm", id, reason, how)


def contest(
    id: str,
    /,
    *,
    reason: str,
    how: Writing = AS_USUAL,
) -> None:
    """Say that the result was not reached; what counts already is held until somebody decides.

    Parameters
    ----------
    id
        The outcome's id.
    reason
        Why; it stands in the record.
    """
    _decide("contest", id, reason, how)


def accept(
    id: str,
    /,
    *,
    reason: str = "",
    how: Writing = AS_USUAL,
) -> None:
    """Let it count: from now on it is a usage event.

    Parameters
    ----------
    id
        The outcome's id.
    reason
        Why; needed where it was contested.
    """
    _decide("accept", id, reason, how)


def reverse(
    id: str,
    /,
    *,
    reason: str,
    how: Writing = AS_USUAL,
) -> None:
    """Let it never count; what was billed for it is given back by the next document.

    Parameters
    ----------
    id
        The outcome's id.
    reason
        Why; it stands in the record.
    """
    _decide("reverse", id, reason, how)


def _decide(action: str, id: str, reason: str, how: Writing) -> None:
    body = {"reason": reason, "dry_run": how.dry_run}
    with talk(how.folder) as workspace:
        decided = workspace.ask("POST", f"{_PATH}/{quote(id, safe='')}/{action}", body=body)
    print_json(decided) if how.json else _tell(decided)


def settle(
    *,
    customer: str | None = None,
    how: Writing = AS_USUAL,
) -> None:
    """Settle outcomes whose window is over; doing it again settles nothing more.

    Parameters
    ----------
    customer
        Only this customer's.
    """
    with talk(how.folder) as workspace:
        done = workspace.ask("POST", f"{_PATH}/settle", body={"customer": customer, "dry_run": how.dry_run})
    if how.json:
        print_json(done)
        return
    for one in done["outcomes"]:
        _tell(one)
    for problem in done["problems"]:
        say(f"not settled: {problem['message']}")
    say(f"{len(done['outcomes'])} settled")
