"""`steelyard scenario`: a whole story of a price, run from catalog to invoice and compared."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from steelyard.entrypoints.cli.failure import INVALID
from steelyard.entrypoints.cli.talk import Json
from steelyard.entrypoints.terminal import print_json, say, table

if TYPE_CHECKING:
    from steelyard.entrypoints.scenarios import Scenario


def scenario(
    name: str = "",
    /,
    *,
    keep: Annotated[
        Path | None, Parameter(help="A new workspace to run it in, and to look around in.")
    ] = None,
    json: Json = False,
) -> None:
    """Run a scenario and compare its invoices; without a name, say which there are.

    Parameters
    ----------
    name
        One that comes with Steelyard, or the path of a file.
    """
    from steelyard.entrypoints.scenarios import names
    from steelyard.entrypoints.scenarios import scenario as told

    if not name:
        found = {one: told(one).title for one in names()}
        if json:
            print_json(found)
        else:
            table(["scenario", "what it shows"], [[key, title] for key, title in found.items()])
        return
    if keep is not None:
        _run(told(name), keep, json=json)
        return
    with TemporaryDirectory(prefix="steelyard-scenario-") as folder:
        _run(told(name), Path(folder) / "workspace", json=json)


def _run(story: Scenario, folder: Path, *, json: bool) -> None:
    """Runs it in a new workspace, and ends with exit code 3 where something differs."""
    from steelyard.entrypoints.bootstrap import init_workspace, open_workspace
    from steelyard.entrypoints.scenarios.running import run_scenario

    init_workspace(folder, name=story.name)
    workspace = open_workspace(folder)
    results: list[dict[str, Any]] = []
    differs = False
    try:
        if not json:
            say(f"{story.title}: {story.shows}\n")
        for one in run_scenario(workspace, story):
            differs = differs or bool(one.differences)
            results.append({"step": one.step, "told": one.told, "differences": list(one.differences)})
            if not json:
                say(f"{one.step}:\n{one.told}" if "\n" in one.told else f"{one.step}: {one.told}")
                for line in one.differences:
                    say(line)
    finally:
        workspace.close()
    if json:
        print_json({"scenario": story.name, "as_expected": not differs, "steps": results})
    else:
        say("\nNot as expected." if differs else "\nAs expected, to the last digit.")
    if differs:
        raise SystemExit(INVALID)
