"""Commands about what comes in: event types, schemas from examples, refused events."""

from __future__ import annotations

from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import print_json, say, table


def schema(
    type: str, /, *, examples: int = 1000, folder: Folder = DEFAULT_FOLDER, json: Json = False
) -> None:
    """Derive a schema from the newest stored events of a type, as YAML for the catalog; nothing is written.

    Parameters
    ----------
    type
        The event type.
    examples
        From how many of the newest events, at most 5,000.
    """
    with talk(folder) as workspace:
        found = workspace.ask(
            "POST", "/api/v1/event-types/{type}/schema", names={"type": type}, body={"examples": examples}
        )
    if json:
        print_json(found)
        return
    say(f"# from {found['examples']} events")
    say(found["yaml"].rstrip())


def list_types(*, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """All event types: their class, how many events there are, what does not fit, and where data drifts."""
    with talk(folder) as workspace:
        items = workspace.ask("GET", "/api/v1/event-types")["items"]
    if json:
        print_json({"items": items})
        return
    heads = ["type", "class", "schema", "events", "last day", "mismatches", "priced", "drift"]
    rows = [
        [
            one["type"],
            one["class"],
            one["on_mismatch"] or "none",
            str(one["events"]),
            str(one["last_day"]),
            str(one["mismatches"]),
            "yes" if one["priced"] else "no",
            ", ".join(f"{each['field']} {each['kind']}" for each in one["drift"][:3]),
        ]
        for one in items
    ]
    table(heads, rows)


def rejected(*, code: str = "", limit: int = 50, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """The newest refused events, newest first.

    Parameters
    ----------
    code
        Only refusals with this code.
    limit
        How many at most.
    """
    query = {"limit": str(limit), **({"code": code} if code else {})}
    with talk(folder) as workspace:
        items = workspace.ask("GET", "/api/v1/events/rejected", query=query)["items"]
    if json:
        print_json({"items": items})
        return
    rows = [
        [one["time"], one["code"], one["type"], one["source"], one["event_id"], one["message"]]
        for one in items
    ]
    table(["time", "code", "type", "source", "id", "message"], rows)
