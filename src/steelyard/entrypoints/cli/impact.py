"""`steelyard impact`: what a catalog, a version or single prices would have charged for past usage."""

from __future__ import annotations

import json as text
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter

from steelyard.client import ProblemError
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, Talk, talk
from steelyard.entrypoints.terminal import print_json, progress_of, say, table
from steelyard.kernel.errors import InvalidInput, SteelyardError

_LOOKS_SECONDS: Final = 0.2
Price = Annotated[
    tuple[str, ...],
    Parameter(help='A price to try: its key, "=", and the price as JSON.', negative=""),
]

Percent = Annotated[
    tuple[str, ...],
    Parameter(help='A price, family or card to raise: its key, "=", and by how many percent.', negative=""),
]


def impact(
    what: str = "",
    /,
    *,
    price: Price = (),
    percent: Percent = (),
    period: str = "",
    top: int = 20,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Old and new bill of every customer on usage that did happen; nothing is written.

    Parameters
    ----------
    what
        A folder with a catalog's YAML files, or the id or number of a version.
    period
        The month, such as 2026-10; the last whole one if left out.
    top
        So many customers are listed, those first whose bill changes most.
    """
    body: dict[str, Any] = {"limit": top, **_asked(what, price, percent)}
    if period:
        body["period"] = period
    with talk(folder) as workspace:
        found = ask_impact(workspace, body)
    print_json(found) if json else tell_impact(found)


def ask_impact(workspace: Talk, body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of the impact endpoint; a bar on standard error shows how far it is."""
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(workspace, over), daemon=True)
    watcher.start()
    try:
        return workspace.ask("POST", "/api/v1/impact", body=dict(body))
    finally:
        over.set()
        watcher.join()


def tell_impact(found: Mapping[str, Any]) -> None:
    """What the impact comes to in words, and the customers whose bill changes most."""
    for line in found["text"]:
        if not line.startswith(("more: ", "less: ")):  # The table names them.
            say(line)
    changed = [one for one in found["customers"] if one["difference"] != "0"]
    if changed:
        table(
            ("customer", "plan", "old", "new", "difference", "%", ""),
            [
                (
                    one["customer"],
                    one["plan"],
                    one["old"],
                    one["new"],
                    one["difference"],
                    one["percent"] or "",
                    one["currency"],
                )
                for one in changed
            ],
            right=(2, 3, 4, 5),
        )


def _asked(what: str, prices: tuple[str, ...], percents: tuple[str, ...]) -> dict[str, Any]:
    """The part of the question that says what is compared."""
    if bool(what) == bool(prices or percents):
        message = "name a folder or version, or prices with --price or --percent"
        raise InvalidInput(message, code="nothing_to_compare")
    if not what:
        found: dict[str, Any] = {"prices": dict(_price(one) for one in prices)}
        return found | {"percent": {key: by for key, _, by in (one.partition("=") for one in percents)}}
    if Path(what).is_dir():
        from steelyard.entrypoints.cli.catalog import texts_of

        return {"files": texts_of(Path(what))}
    return {"version": what}


def _price(written: str) -> tuple[str, Any]:
    key, _, value = written.partition("=")
    try:
        return key, text.loads(value, parse_float=str)
    except ValueError as error:
        message = f'{written[:100]!r} is not a key, "=" and a price as JSON: {error}'
        raise InvalidInput(message, code="not_readable") from None


def _watch(workspace: Talk, over: threading.Event) -> None:
    """Shows the progress until it is over; whoever cannot be asked is not asked again."""
    tell = progress_of("of the bills")
    while not over.wait(_LOOKS_SECONDS):
        try:
            far = workspace.ask("GET", "/api/v1/impact/progress")
        except (SteelyardError, ProblemError, OSError):
            return
        if far["total"]:
            tell(far["done"], far["total"])
