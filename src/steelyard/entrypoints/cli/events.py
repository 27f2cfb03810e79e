"""Commands about single events: correct them, and see all that was said about one."""

from __future__ import annotations

import json as text
from dataclasses import dataclass
from typing import Annotated, Any

from cyclopts import Parameter

from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import print_json, say, table
from steelyard.kernel.errors import InvalidInput

Source = Annotated[str, Parameter(help="The event's source.")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Correcting:
    """What every correction asks for beside the event's id."""

    reason: Annotated[str, Parameter(help="Why; it stands in the record.")]
    source: Source = "default"
    dry_run: Annotated[bool, Parameter(negative="", help="Only say what would change.")] = False
    folder: Folder = DEFAULT_FOLDER
    json: Json = False


def amend(id: str, /, *, event: str, correcting: Correcting) -> None:
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
    _correct("amend", id, correcting, event)


def void(id: str, /, *, correcting: Correcting) -> None:
    """Let an event never count again.

    Parameters
    ----------
    id
        The event's id.
    """
    _correct("void", id, correcting)


def hold(id: str, /, *, correcting: Correcting) -> None:
    """Let an event not count until it is released.

    Parameters
    ----------
    id
        The event's id.
    """
    _correct("hold", id, correcting)


def release(id: str, /, *, correcting: Correcting) -> None:
    """Let a held event count again.

    Parameters
    ----------
    id
        The event's id.
    """
    _correct("release", id, correcting)


def _correct(action: str, id: str, correcting: Correcting, event: str = "") -> None:
    said = {"action": action, "id": id, "source": correcting.source, "reason": correcting.reason}
    body = text.dumps(said | {"dry_run": correcting.dry_run})
    if event:
        # The text as it was typed, so that its numbers keep all their digits.
        body = f'{body[:-1]}, "event": {event}}}'
    with talk(correcting.folder) as workspace:
        done = workspace.ask("POST", "/api/v1/events/corrections", body=body.encode())
    if correcting.json:
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
