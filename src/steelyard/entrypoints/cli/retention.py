"""Commands about what must stay and what may go: retention, erasure, legal holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import note, print_json, say


def erase(
    key: str,
    /,
    *,
    reason: str,
    until: datetime | None = None,
    partial: bool = False,
    dry_run: bool = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Erase what a customer used, from every file; the record verifies as before.

    Parameters
    ----------
    key
        The customer's key.
    reason
        Why; it is recorded.
    until
        Only what was recorded before this date.
    partial
        Erase what may go where other entries must stay, rather than nothing.
    dry_run
        Say what would be erased and what must stay, and change nothing.
    """
    body: dict[str, Any] = {"reason": reason, "partial": partial, "dry_run": dry_run}
    if until is not None:
        moment = until if until.tzinfo else until.replace(tzinfo=_utc())
        body["until"] = moment.isoformat()
    note("erasing …")
    with talk(folder) as workspace:
        answer = workspace.ask("POST", "/api/v1/customers/{key}/erasure", names={"key": key}, body=body)
    if json:
        print_json(answer)
        return
    _tell(answer)


def _utc() -> Any:
    from datetime import UTC

    return UTC


def _tell(answer: dict[str, Any]) -> None:
    for one in answer["kept"]:
        say(f"stays: {one['text']}")
    if answer["possible_from"]:
        say(f"everything could go from {answer['possible_from']}")
    verb = "could be erased" if answer["dry_run"] else "erased"
    say(f"{answer['customer']}: {answer['entries']} entries {verb}")


def hold(key: str, /, *, reason: str, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """Place a legal hold: nothing of the customer is erased until it is lifted.

    Parameters
    ----------
    key
        The customer's key.
    reason
        Why; it is recorded.
    """
    with talk(folder) as workspace:
        placed = workspace.ask("POST", "/api/v1/legal-holds", body={"customer": key, "reason": reason})
    print_json(placed) if json else say(f"placed {placed['id']} on {key}")


def release(id: str, /, *, reason: str = "", folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """Lift a legal hold.

    Parameters
    ----------
    id
        The hold's id, as `steelyard customers hold` said it.
    reason
        Why; it is recorded.
    """
    with talk(folder) as workspace:
        workspace.ask_bytes("DELETE", "/api/v1/legal-holds/{id}", names={"id": id}, query={"reason": reason})
    print_json({"id": id, "lifted": True}) if json else say(f"lifted {id}")


def report(
    *,
    customer: str = "",
    apply: str = "",
    reason: str = "",
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """What could be erased now, customer by customer, and why the rest must stay.

    Parameters
    ----------
    customer
        Of this customer only.
    apply
        The plan that an earlier report named: erase what it said could go, if that is still the same.
    reason
        Why it is erased; needed with --apply.
    """
    with talk(folder) as workspace:
        if apply:
            body = {"plan": apply, "reason": reason}
            note("erasing …")
            done = workspace.ask("POST", "/api/v1/retention/apply", body=body)
        else:
            query = {"customer": customer} if customer else {}
            done = workspace.ask("GET", "/api/v1/retention/report", query=query)
    if json:
        print_json(done)
    elif apply:
        for one in done["erasures"]:
            say(f"{one['customer']}: {one['entries']} entries erased")
        say(f"{done['entries']} entries erased")
    else:
        _tell_report(done)


def _tell_report(found: dict[str, Any]) -> None:
    for one in found["customers"]:
        say(f"{one['customer']}: {one['erasable']} entries can be erased")
        for kept in one["kept"]:
            say(f"  stays: {kept['text']}")
    say(f"{found['erasable']} entries can be erased")
    if found["erasable"]:
        say(f"erase them with: steelyard retention --apply {found['plan']} --reason WHY")
