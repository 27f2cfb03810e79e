"""Commands about single events: correct them, and see all that was said about one."""

from __future__ import annotations

import json as text
from typing import Annotated, Any

from cyclopts import Parameter

from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import print_json, say, table
from steelyard.kernel.errors import InvalidInput

Source = Annotated[str, Parameter(help="The event's source.")]
Reason = Annotated[str, Parameter(help="Why; it stands in the record.")]
DryRun = Annotated[bool, Parameter(negative="", help="Only say what would change.")]


def amend(
    id: str,
    /,
    *,
    event: str,
    reason: Reason,
    source: Source = "default",
    dry_run: DryRun = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Let an event count with other attributes; what was sent stays in the record.

    Parameters
    ----------
    id
        The event's id.
    event
        The attributes that change, as JSON: '{"data": {"tokens": 7}}'. The others stay.
    """
    try:
        text.loads(event)
    except ValueError as error:
        raise InvalidInput(f"--event is not readable as JSON: {error}", code="not_readable") from None
    said = {"action": "amend", "id": id, "source": source, "reason": reason, "dry_run": dry_run}
    # The text as it was typed, so that its numbers keep all their digits.
    _correct(folder, json, text.dumps(said)[:-1].encode() + b', "event": ' + event.encode() + b"}")


def void(
    id: str,
    /,
    *,
    reason: Reason,
    source: Source = "default",
    dry_run: DryRun = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Let an event never count again.

    Parameters
    ----------
    id
        The event's id.
    """
    body = {"action": "void", "id": id, "source": source, "reason": reason, "dry_run": dry_run}
    _correct(folder, json, body)


def hold(
    id: str,
    /,
    *,
    reason: Reason,
    source: Source = "default",
    dry_run: DryRun = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Let an event not count until it is released.

    Parameters
    ----------
    id
        The event's id.
    """
    body = {"action": "hold", "id": id, "source": source, "reason": reason, "dry_run": dry_run}
    _correct(folder, json, body)


def release(
    id: str,
    /,
    *,
    reason: Reason,
    source: Source = "default",
    dry_run: DryRun = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Let a held event count again.

    Parameters
    ----------
    id
        The event's id.
    """
    body = {"action": "release", "id": id, "source": source, "reason": reason, "dry_run": dry_run}
    _correct(folder, json, body)


def _correct(folder: Folder, json: bool, body: Any) -> None:
    with talk(folder) as workspace:
        done = workspace.ask("POST", "/api/v1/events/corrections", body=body)
    if json:
        print_json(done)
        return
    if not done["changed"]:
        say(f"event {done['id']} of {done['source']} says so already; nothing was written")
        return
    tell_quantities(done["quantities"])
    what = (
        f"{done['action']}: event {done['id']} of {done['source']} ({done['customer']}, entry {done['of']})"
    )
    say(f"would {what}" if done["dry_run"] else what)


def tell_quantities(quantities: list[dict[str, Any]]) -> None:
    """What quantities become, as a table; nothing where none changes."""
    if quantities:
        heads = ["customer", "month", "meter", "before", "after", "difference"]
        keys = ["customer", "period", "meter", "before", "after", "difference"]
        table(heads, [[str(one[key]) for key in keys] for one in quantities])


def show_history(
    id: str, /, *, source: Source = "default", folder: Folder = DEFAULT_FOLDER, json: Json = False
) -> None:
    """Everything that was said about an event, newest first, and whether it counts.

    Parameters
    ----------
    id
        The event's id.
    """
    with talk(folder) as workspace:
        query = {"id": id, "source": source}
        story = workspace.ask("GET", "/api/v1/events/history", query=query)
    if json:
        print_json(story)
        return
    why = "" if story["counts"] else f": {', '.join(story['reasons'])}"
    counts = "does not count" if why else "counts"
    say(f"{story['id']} of {story['source']}, {story['customer']}: {counts}{why}")
    rows = [
        [str(one["index"]), one["recorded_at"], one["action"], one["by"], one["reason"]]
        for one in story["items"]
    ]
    table(["entry", "recorded", "what", "who", "why"], rows)
