"""`steelyard reconcile`: what a sender counted and signed, against what the record has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter

from steelyard.client.counted import Counted, read_logs
from steelyard.client.reconcile import Comparison, Difference, compare
from steelyard.entrypoints.cli.failure import INVALID
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, Talk, elsewhere, talk
from steelyard.entrypoints.terminal import note, print_json, say

_TOLD_MAX: Final = 20

Log = Annotated[
    list[Path],
    Parameter(name="--log", help="A count log, or the folder of a client's `count`; may be repeated."),
]


def reconcile(
    *,
    log: Log,
    folder: Folder = DEFAULT_FOLDER,
    to: Annotated[str, Parameter(help="The server's address, with a key in STEELYARD_KEY.")] = "",
    since: Annotated[str, Parameter(help="The first hour, in UTC: 2026-11-21T07.")] = "",
    until: Annotated[str, Parameter(help="The hour before which to end.")] = "",
    json: Json = False,
) -> None:
    """Compare a sender's own signed count with the record, and name the events that only one side has.

    Exit code 3 where they differ, or where the count is not what was signed.
    """
    counted = read_logs(log)
    note(f"{counted.events:,} events were counted; comparing hour by hour …")
    if to:
        found = _compare(counted, elsewhere(to), since, until)
    else:
        with talk(folder) as workspace:
            found = _compare(counted, workspace, since, until)
    if json:
        print_json(_as_json(counted, found))
    else:
        _tell(counted, found)
    if counted.problems or not found.agrees:
        raise SystemExit(INVALID)


def _compare(counted: Counted, workspace: Talk, since: str, until: str) -> Comparison:
    def ask(path: str, body: Mapping[str, Any]) -> Any:
        return workspace.ask("POST", path, body=body)

    return compare(counted, ask, since, until)


def _as_json(counted: Counted, found: Comparison) -> dict[str, Any]:
    differences = [{**one._asdict(), "group": one.group._asdict()} for one in found.differences]
    return {
        "agrees": found.agrees and not counted.problems,
        "events": found.events,
        "groups": found.groups,
        "refused": found.refused,
        "unsealed": counted.unsealed,
        "signers": counted.signers,
        "problems": counted.problems,
        "differences": differences,
    }


def _tell(counted: Counted, found: Comparison) -> None:
    for text in counted.problems:
        say(f"BAD {text}")
    for signer in counted.signers:
        say(f"signed by {signer}")
    if counted.unsealed:
        say(f"{counted.unsealed} events are not sealed yet: the program still runs, or was killed")
    if found.refused:
        say(f"{found.refused} events were refused by the server, and both sides know it")
    for one in found.differences:
        _tell_difference(one)
    if found.agrees:
        say(f"{found.events} events in {found.groups} groups: both sides have the same")
    else:
        say(f"{len(found.differences)} of {found.groups} groups differ")


def _tell_difference(one: Difference) -> None:
    group = one.group
    say(
        f"DIFFERENT {group.hour} {group.who or '(nobody)'} {group.type} of {group.source}: "
        f"{one.counted_here} here, {one.counted_there} there"
    )
    for side, ids in (("here", one.only_here), ("there", one.only_there)):
        for event_id in ids[:_TOLD_MAX]:
            reason = f" (refused: {one.refused[event_id]})" if event_id in one.refused else ""
            say(f"  only {side}: {event_id}{reason}")
        if len(ids) > _TOLD_MAX:
            say(f"  … and {len(ids) - _TOLD_MAX} more only {side} (--json lists all)")
