"""Commands about a workspace's folder and its process: init, serve, demo, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from cyclopts import Parameter

from steelyard.entrypoints.cli.failure import INVALID
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json
from steelyard.entrypoints.reach import running_server
from steelyard.entrypoints.terminal import note, print_json, say, say_now

_VITAL: Final = ("usage store", "record")
"""The checks whose failure is a fault of the workspace; the others are for a person to look at."""


def init(*, folder: Folder = DEFAULT_FOLDER, name: str = "", sample: str = "", json: Json = False) -> None:
    """Make a workspace: its folder, its keys, its name.

    Parameters
    ----------
    name
        What the workspace is called; the folder's name if not given.
    sample
        Publish this sample catalog in it: consumption, throughput or gateway.
    """
    from steelyard.entrypoints.bootstrap import init_workspace
    from steelyard.entrypoints.samples import sample_folder

    if sample:
        sample_folder(sample)
    made = init_workspace(folder, name=name)
    answer = {"folder": str(folder), "name": made.name, "origin": made.origin, "vkey": made.vkey}
    if sample:
        answer["catalog"] = _publish_sample(folder, sample)
    if json:
        print_json({**answer, "owner_key_file": str(folder / "owner.key")})
        return
    say(f"Made the workspace {made.name} in {folder}.")
    say(f"Owner key: {folder / 'owner.key'} (readable by you alone)")
    say(f"Verifier key of its record: {made.vkey}")
    if sample:
        say(f"Published the sample catalog {sample}, version {answer['catalog'][:16]}.")
    say(f"Serve it with: steelyard serve --dir {folder}")


def _publish_sample(folder: Path, sample: str) -> str:
    """Publishes a sample catalog in a new workspace, and gives the id of its version."""
    from steelyard.entrypoints.cli.catalog import texts_of
    from steelyard.entrypoints.cli.talk import talk
    from steelyard.entrypoints.samples import sample_folder

    body = {"files": texts_of(sample_folder(sample)), "note": f"the sample {sample}"}
    with talk(folder) as workspace:
        published: dict[str, Any] = workspace.ask("POST", "/api/v1/catalog/versions", body=body)
    return str(published["version"]["id"])


def serve(
    *,
    folder: Folder = DEFAULT_FOLDER,
    host: str = "127.0.0.1",
    port: int = 8420,
    log: Literal["text", "json"] = "text",
    feed: Path | None = None,
    public_prices: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Serve a workspace: the HTTP interface and the console; the folder is made on first start.

    Parameters
    ----------
    host
        The address to listen on; the default is reachable from this machine alone.
    port
        The port to listen on; 0 takes a free one.
    log
        How the log on standard error is written: lines of text, or of JSON with one for each request.
    feed
        A folder for the warehouse feed: Parquet files of all usage, kept up to date while it serves.
    public_prices
        Show the calculator and the chart of the live plans to everybody who can reach the server.
    """
    from steelyard.entrypoints.bootstrap import Workspace, init_workspace
    from steelyard.entrypoints.server import console_link
    from steelyard.entrypoints.server import serve as run

    if not (folder / "workspace.json").is_file():
        init_workspace(folder)

    def announce(address: str, workspace: Workspace) -> None:
        workspace.public_prices = public_prices
        if feed is not None:
            workspace.feeder.start(feed)
        link = console_link(address, workspace)
        say_now(
            f"Steelyard serves {workspace.name} at {address}",
            f"Owner key: {folder / 'owner.key'}",
            *([f"Console, sign in once with: {link}"] if link else []),
            *([f"Prices, for everybody: {address}/console/calculator"] if public_prices else []),
        )

    run(folder, host=host, port=port, log=log, announce=announce)


def demo(
    *,
    folder: Folder = DEFAULT_FOLDER,
    scenario: Literal["ai", "retail"] = "ai",
    trace: Path | None = None,
    months: str = "",
    serve: Annotated[bool, Parameter(negative="--no-serve")] = True,
    host: str = "127.0.0.1",
    port: int = 8420,
    json: Json = False,
) -> None:
    """A month of usage, metered, priced, invoiced and proven; then the console.

    Parameters
    ----------
    scenario
        What to show: an AI vendor's month, or a real wholesaler billed again.
    trace
        A folder with Microsoft's Azure LLM inference traces, to be replayed.
    months
        Which months of the retail scenario: such as 2011-11, or all.
    serve
        Whether to serve the console afterwards.
    """
    from steelyard.entrypoints.demo import run

    run(folder, scenario=scenario, trace=trace, months=months, serve=serve, host=host, port=port, json=json)


def doctor(*, folder: Folder = DEFAULT_FOLDER, rebuild: bool = False, json: Json = False) -> None:
    """Look over a workspace; rebuild what derives from the record.

    Parameters
    ----------
    rebuild
        Drop the usage store and the index of duplicates, and make them anew from the record.
    """
    from steelyard.kernel.errors import Unavailable

    if rebuild and running_server(folder) is not None:
        raise Unavailable(f"a server holds {folder}; stop it, then rebuild", code="held")
    findings = _examine(folder, rebuild=rebuild)
    if json:
        print_json({"folder": str(folder), "rebuilt": rebuild, "checks": findings})
    else:
        for one in findings:
            mark = "ok  " if one["ok"] else "BAD " if one["vital"] else "look"
            say(f"{mark} {one['name']}: {one['text']}")
    if any(not one["ok"] for one in findings if one["vital"]):
        raise SystemExit(INVALID)


def _examine(folder: Path, *, rebuild: bool) -> list[dict[str, Any]]:
    from steelyard.client import ProblemError
    from steelyard.entrypoints.diagnosis import Check, explain_damage, look_at
    from steelyard.kernel.errors import SteelyardError

    seen = look_at(folder)
    try:
        if rebuild:
            from steelyard.entrypoints.bootstrap import rebuild_projections

            note("rebuilding the usage store and the index of duplicates from the record …")
            rebuild_projections(folder)
        checks = _ask(folder)
    except (SteelyardError, ProblemError) as error:
        if not isinstance(error, ProblemError) and error.detail_code == "held":
            seen.append(Check(name="workspace", ok=False, vital=True, text=error.message))
        else:
            seen.append(Check(name="workspace", ok=False, vital=True, text=f"it does not open: {error}"))
        note("checking every entry, chain, root and signature …")
        seen.append(explain_damage(folder))
        checks = []
    told = [{"name": one.name, "ok": one.ok, "text": one.text, "vital": one.vital} for one in seen]
    return [*told, *({**one, "vital": one["name"] in _VITAL} for one in checks)]


def _ask(folder: Path) -> list[dict[str, Any]]:
    from steelyard.entrypoints.cli.talk import talk

    with talk(folder) as workspace:
        note("checking every entry, chain, root and signature …")
        workspace.ask("POST", "/api/v1/record/verify")
        checks: list[dict[str, Any]] = workspace.ask("GET", "/api/v1/overview")["checks"]
        return checks
