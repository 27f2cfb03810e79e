"""`steelyard catalog sample`: a runnable catalog to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from steelyard.entrypoints.cli.talk import Json
from steelyard.entrypoints.terminal import print_json, say


def sample(
    name: str = "",
    files: Annotated[Path | None, Parameter(help="The folder to write into.")] = None,
    /,
    *,
    json: Json = False,
) -> None:
    """Write a sample catalog into a folder; without a name, say which there are.

    Parameters
    ----------
    name
        consumption, throughput or gateway.
    """
    from steelyard.entrypoints.samples import SAMPLES, copy_sample

    if not name:
        if json:
            print_json(dict(SAMPLES))
        for key, text in {} if json else SAMPLES.items():
            say(f"{key:<12} {text}")
        return
    made = [str(path) for path in copy_sample(name, files or Path(name))]
    if json:
        print_json({"files": made})
        return
    for path in made:
        say(f"wrote {path}")
    say(f"Check it with: steelyard catalog test {files or name}")
