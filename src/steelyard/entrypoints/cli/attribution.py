"""Commands that bring events to their customers: the queue, rules, and the replay."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

from cyclopts import Parameter

from steelyard.entrypoints.cli.pages import everything
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import note, print_json, say, table


def queue(*, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """What waits for its customer, unattributed or in quarantine, with the customer it would go to now."""
    with talk(folder) as workspace:
        items = everything(workspace, "/api/v1/attribution/queue")
    if json:
        print_json({"items": items})
        return
    rows = [
        [
            one["queue"],
            one["type"],
            one["source"],
            one["subject"],
            one["mismatch"],
            str(one["events"]),
            one["last_seen"],
            one["suggested"] or "",
        ]
        for one in items
    ]
    heads = ["queue", "type", "source", "subject", "mismatch", "events", "last seen", "would go to"]
    table(heads, rows, right=(5,))


def list_rules(*, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """The rules in force, in the order in which they are tried."""
    with talk(folder) as workspace:
        items = workspace.ask("GET", "/api/v1/attribution/rules")["items"]
    if json:
        print_json({"items": items})
        return
    rows = [
        [str(one["position"]), one["id"], _condition(one), one["customer"], one["reason"]] for one in items
    ]
    table(["position", "id", "condition", "customer", "reason"], rows)


def _condition(rule: dict[str, Any]) -> str:
    named = [
        (name, rule[name]) for name in ("subject", "subject_prefix", "source", "event_type") if rule[name]
    ]
    return " and ".join(f"{name}={value}" for name, value in [*named, *rule["dimensions"].items()])


def add_rule(
    customer: str,
    /,
    *,
    reason: str,
    subject: str = "",
    subject_prefix: str = "",
    source: str = "",
    event_type: str = "",
    dimension: Annotated[list[str] | None, Parameter(negative="")] = None,
    position: int = 0,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Make a rule: events that meet all its conditions are this customer's.

    Parameters
    ----------
    customer
        The customer's key.
    reason
        Why, in words.
    subject
        The whole subject.
    subject_prefix
        How the subject begins.
    source
        The event's source.
    event_type
        The event's type.
    dimension
        NAME=VALUE, a typed dimension or a path such as $.plan; may be given many times.
    position
        Rules are tried in this order; 0 puts it last.
    """
    pairs = {name: value for name, _, value in (one.partition("=") for one in dimension or [])}
    body = {
        "customer": customer,
        "reason": reason,
        "subject": subject,
        "subject_prefix": subject_prefix,
        "source": source,
        "event_type": event_type,
        "dimensions": pairs,
        "position": position,
    }
    with talk(folder) as workspace:
        made = workspace.ask("POST", "/api/v1/attribution/rules", body=body)
    print_json(made) if json else say(f"made {made['id']}: {_condition(made)} is {customer}'s")


def remove_rule(id: str, /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """Take a rule back; what it attributed stays.

    Parameters
    ----------
    id
        The rule's id.
    """
    with talk(folder) as workspace:
        workspace.ask("DELETE", "/api/v1/attribution/rules/{id}", names={"id": id})
    print_json({"id": id}) if json else say(f"{id} matches nothing any more")


def replay(
    *,
    customer: str = "",
    subject: str | None = None,
    source: str | None = None,
    type: str | None = None,
    accept: bool = False,
    reason: str = "",
    dry_run: bool = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Attribute what waits: all that rules and subjects match now, or what is named, to the customer named.

    Parameters
    ----------
    customer
        To whom; by rules and subjects if not given.
    subject
        Only events of this subject.
    source
        Only events of this source.
    type
        Only events of this type.
    accept
        Also events of the quarantine that their schema does not allow.
    reason
        Why, in words; needed with a customer, or to accept.
    dry_run
        Only say what would be attributed.
    """
    body: dict[str, Any] = {"customer": customer, "accept": accept, "reason": reason, "dry_run": dry_run}
    body |= {"subject": subject, "source": source, "type": type}
    sums: Counter[str] = Counter()
    by_customer: Counter[tuple[str, str]] = Counter()
    cursor: str | None = ""
    with talk(folder) as workspace:
        while cursor is not None:
            done = workspace.ask("POST", "/api/v1/attribution/replay", body={**body, "cursor": cursor})
            sums.update(
                {name: done[name] for name in ("looked_at", "attributed", "accepted", "left", "refused")}
            )
            by_customer.update({(one["customer"], one["rule"]): one["events"] for one in done["by_customer"]})
            cursor = done["next"]
            note(f"{sums['looked_at']:,} looked at, {sums['attributed']:,} attributed …")
    went = [
        {"customer": who, "rule": rule, "events": count} for (who, rule), count in sorted(by_customer.items())
    ]
    if json:
        print_json({"dry_run": dry_run, **sums, "by_customer": went})
        return
    for one in went:
        say(f"{one['customer']}: {one['events']} events{' by ' + one['rule'] if one['rule'] else ''}")
    verb = "would be attributed" if dry_run else "attributed"
    say(f"{sums['attributed']} {verb}, {sums['left']} wait on")
