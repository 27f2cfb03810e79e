"""Commands about backfills: events brought in or set aside at one moment, and undone as one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter

from steelyard.entrypoints.cli.events import tell_quantities
from steelyard.entrypoints.cli.failure import INVALID
from steelyard.entrypoints.cli.pages import show_list
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import note, print_json, say, table
from steelyard.kernel.errors import InvalidInput

Reason = Annotated[str, Parameter(help="Why; it stands in the record.")]

_ONE: Final = "/api/v1/backfills/{id}"
_EVENTS_A_REQUEST: Final = 2000
_TOLD_MAX: Final = 20


def open_one(*, reason: Reason, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """Open a backfill; prints its id."""
    with talk(folder) as workspace:
        made = workspace.ask("POST", "/api/v1/backfills", body={"reason": reason})
    print_json(made) if json else say(made["id"])


def add(
    id: str,
    file: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Add events to an open backfill; they count with its commit.

    Parameters
    ----------
    id
        The backfill's id.
    file
        Lines of JSON, or an array, as `ingest` takes them. Adding it again changes nothing.
    """
    added = duplicates = 0
    errors: list[dict[str, Any]] = []
    with talk(folder) as workspace:
        events = _events_of(file)
        for first in range(0, len(events), _EVENTS_A_REQUEST):
            part = events[first : first + _EVENTS_A_REQUEST]
            body = b'{"events":[%s]}' % b",".join(part)
            done = workspace.ask("POST", f"{_ONE}/events", names={"id": id}, body=body)
            added, duplicates = added + done["added"], duplicates + done["duplicates"]
            errors += [one | {"index": first + one.get("index", 0)} for one in done["errors"]]
            note(f"{added + duplicates:,} events …")
    if json:
        print_json({"added": added, "duplicates": duplicates, "refused": len(errors), "errors": errors})
    else:
        for one in errors[:_TOLD_MAX]:
            say(f"refused: event {one['index']}: {one['message']}")
        say(f"{added} events added, {duplicates} were there already, {len(errors)} refused")
    if errors:
        raise SystemExit(INVALID)


def _events_of(file: Path) -> list[bytes]:
    """The events of a file, each as the JSON text that stands there: its numbers keep all their digits."""
    import gzip
    import sys

    import msgspec

    content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    if file.suffix == ".gz":
        content = gzip.decompress(content)
    try:
        if content.lstrip()[:1] == b"[":
            return [bytes(one) for one in msgspec.json.decode(content, type=list[msgspec.Raw])]
        lines = [line for line in content.splitlines() if line.strip()]
        msgspec.json.decode(b"[%s]" % b",".join(lines), type=list[msgspec.Raw])
        return lines
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"the file is not readable as JSON: {error}", code="not_readable") from None


def deprecate(
    id: str,
    /,
    *,
    start: Annotated[str, Parameter(name="--from", help="From this moment on, RFC 3339.")],
    to: Annotated[str, Parameter(help="Before this moment, RFC 3339.")],
    customer: str | None = None,
    event_type: list[str] | None = None,
    source: str = "",
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Name stored events that an open backfill sets aside with its commit.

    Parameters
    ----------
    id
        The backfill's id.
    customer
        Only this customer's; everybody's if not given.
    event_type
        Only of this type; may be given many times.
    source
        Only of this source.
    """
    one = {"customer": customer, "event_types": event_type or [], "source": source, "from": start, "to": to}
    _step(id, "ranges", {"ranges": [one]}, folder, json)


def commit(
    id: str,
    /,
    *,
    reason: Reason,
    upto: int | None = None,
    version: int | None = None,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Let a backfill take effect, whole, at once.

    Parameters
    ----------
    id
        The backfill's id.
    upto
        What the preview said: events recorded later are not set aside.
    version
        What the preview said: refused where the backfill changed since.
    """
    _step(id, "commit", {"reason": reason, "upto": upto, "version": version}, folder, json)


def revert(id: str, /, *, reason: Reason, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """Undo a committed backfill, whole, at once.

    Parameters
    ----------
    id
        The backfill's id.
    """
    _step(id, "revert", {"reason": reason}, folder, json)


def abandon(id: str, /, *, reason: Reason, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """Give an open backfill up; what was added to it will never count.

    Parameters
    ----------
    id
        The backfill's id.
    """
    _step(id, "abandon", {"reason": reason}, folder, json)


def _step(id: str, what: str, body: dict[str, Any], folder: Folder, json: bool) -> None:
    with talk(folder) as workspace:
        done = workspace.ask("POST", f"{_ONE}/{what}", names={"id": id}, body=body)
    print_json(done) if json else _tell(done)


def show(id: str, /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """One backfill, and all that was done to it.

    Parameters
    ----------
    id
        The backfill's id.
    """
    with talk(folder) as workspace:
        one = workspace.ask("GET", _ONE, names={"id": id})
    if json:
        print_json(one)
        return
    _tell(one)
    for each in one["ranges"]:
        whose = each["customer"] or "everybody"
        what = ", ".join(each["event_types"]) or "all types"
        say(f"sets aside: {whose}, {what}, {each['source'] or 'all sources'}, {each['from']} to {each['to']}")
    rows = [
        [step["at"], step["action"], step["by"], step["reason"], str(step["count"])] for step in one["steps"]
    ]
    table(["at", "what", "who", "why", "count"], rows)


def _tell(one: dict[str, Any]) -> None:
    say(f"{one['id']} is {one['status']}: {one['events']} events brought, {one['customers']} customers")


def list_backfills(*, status: str = "", folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """All backfills, oldest first.

    Parameters
    ----------
    status
        Only those that are `open`, `committed`, `reverted` or `abandoned`.
    """
    columns = {"id": "id", "status": "status", "events": "events", "opened": "opened_at", "why": "reason"}
    show_list("/api/v1/backfills", columns, folder=folder, json=json, asked={"status": status})


def preview(id: str, /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """What a backfill's commit, or its revert, would change: events, quantities and money.

    Parameters
    ----------
    id
        The backfill's id.
    """
    with talk(folder) as workspace:
        seen = workspace.ask("GET", f"{_ONE}/preview", names={"id": id})
    if json:
        print_json(seen)
        return
    rows = [[one["customer"], str(one["brought"]), str(one["set_aside"])] for one in seen["customers"]]
    table(["customer", "brought", "set aside"], rows)
    tell_quantities(seen["quantities"])
    money = [
        [
            one["customer"],
            one["period"],
            one["before"],
            one["after"],
            f"{one['difference']} {one['currency']}",
        ]
        for one in seen["money"]
    ]
    table(["customer", "month", "before", "after", "difference"], money)
    say(
        f"{seen['action']} it with --upto {seen['upto']} --version {seen['version']}"
        if seen["action"] == "commit"
        else "this is what reverting it would change"
    )
