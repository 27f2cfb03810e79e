"""Commands about the warehouse feed: write it, and prove it equal to the record and the usage store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from steelyard.entrypoints.cli.failure import INVALID
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, InProcess, Json, OverHttp, Talk
from steelyard.entrypoints.reach import owner_key, running_server
from steelyard.entrypoints.terminal import note, print_json, say
from steelyard.kernel.errors import Unavailable

_FeedFolder = Annotated[Path, Parameter(name="--to", help="The feed's folder; made where it is missing.")]
_FOLD_SECONDS = 3600.0


def feed(*, to: _FeedFolder, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """Write the warehouse feed: all usage that is not in it yet, as Parquet; safe to repeat.

    A running server feeds by itself when it is started with `--feed`.
    """
    from steelyard.entrypoints.bootstrap import open_workspace

    if running_server(folder) is not None:
        message = f"a server holds {folder}; start it with: steelyard serve --dir {folder} --feed {to}"
        raise Unavailable(message, code="held")
    workspace = open_workspace(folder)
    try:
        note("waiting until everything recorded is folded …")
        workspace.catch_up(_FOLD_SECONDS)
        note("writing the feed …")
        workspace.feeder.use(to)
        done = workspace.feeder.feed()
    finally:
        workspace.close()
    assert done is not None
    if json:
        print_json({"folder": str(to), "files": done.files, "rows": done.rows, "upto": done.upto})
        return
    say(f"{done.files} files with {done.rows} rows were added; the feed holds {done.upto} entries.")


def reconcile_feed(
    *, feed: Path | None = None, dry_run: bool = False, folder: Folder = DEFAULT_FOLDER, json: Json = False
) -> None:
    """Prove that record, usage store and warehouse feed hold the same usage, or name what differs.

    Parameters
    ----------
    feed
        The folder of the feed, where no server runs; a server compares the one that it feeds.
    dry_run
        Do not keep the result.
    """
    server = running_server(folder)
    if server is not None and feed is not None:
        message = f"a server holds {folder} and compares the feed that it writes: leave --feed out"
        raise Unavailable(message, code="held")
    note("comparing record, usage store and feed …")
    if server is not None:
        found = _asked(OverHttp(server, owner_key(folder)), dry_run=dry_run)
    else:
        found = _compared_here(folder, feed, dry_run=dry_run)
    if json:
        print_json(found)
    else:
        _tell(found)
    if not found["ok"]:
        raise SystemExit(INVALID)


def _compared_here(folder: Path, feed: Path | None, *, dry_run: bool) -> dict[str, Any]:
    from steelyard.entrypoints.bootstrap import open_workspace

    workspace = open_workspace(folder)
    try:
        if feed is not None:
            workspace.feeder.use(feed)
        return _asked(InProcess(workspace), dry_run=dry_run)
    finally:
        workspace.close()


def _asked(workspace: Talk, *, dry_run: bool) -> dict[str, Any]:
    return workspace.ask("POST", "/api/v1/reconciliations", body={"dry_run": dry_run})


def _tell(found: dict[str, Any]) -> None:
    feed = "no feed" if found["feed_upto"] is None else f"a feed of {found['feed_upto']} entries"
    say(f"Compared {found['events']} events in {found['groups']} groups, of {found['upto']} entries; {feed}.")
    for problem in found["problems"]:
        say(f"problem: {problem}")
    for one in found["differences"]:
        name = f"{one['source']} {one['id']}" if one["id"] else f"entry {one['index']}"
        detail = f" ({one['detail']})" if one["detail"] else ""
        say(f"{one['place']}: {name} of {one['customer']}, {one['meter']}: {one['fault']}{detail}")
    if found["ok"]:
        say("Record, usage store and feed hold the same." if found["feed_upto"] is not None
            else "Record and usage store hold the same.")  # fmt: skip
    else:
        say(f"{found['differing']} events differ.")
