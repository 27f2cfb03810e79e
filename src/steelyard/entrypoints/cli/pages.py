"""Every item of a list, page after page, and how a list is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from steelyard.entrypoints.cli.talk import Talk, talk
from steelyard.entrypoints.terminal import print_json, table

Column = str | Callable[[Any], str]
"""What stands under a heading: a field of the item, or what is made of the item."""

_NOTHING: Mapping[str, str] = {}


def everything(workspace: Talk, path: str, query: Mapping[str, str] = _NOTHING) -> list[Any]:
    """All items of the list at a path."""
    items: list[Any] = []
    cursor = ""
    while True:
        asked = {**query, "limit": "1000", **({"cursor": cursor} if cursor else {})}
        page = workspace.ask("GET", path, query=asked)
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = page["next"]


def show_list(
    path: str,
    columns: Mapping[str, Column],
    *,
    folder: Path,
    json: bool,
    asked: Mapping[str, str | None] = _NOTHING,
    order: Callable[[Any], Any] | None = None,
    right: Sequence[int] = (),
) -> None:
    """The list at a path, as JSON or as a table of these columns; what is asked for and empty is left out."""
    with talk(folder) as workspace:
        items = everything(workspace, path, {name: value for name, value in asked.items() if value})
    if json:
        print_json({"items": items})
        return
    show_items(items if order is None else sorted(items, key=order), columns, right=right)


def show_items(items: Sequence[Any], columns: Mapping[str, Column], *, right: Sequence[int] = ()) -> None:
    """Items as a table of these columns; a field without a value stays blank."""
    rows = [[_cell(one, column) for column in columns.values()] for one in items]
    table(list(columns), rows, right=right)


def day(field: str) -> Column:
    """The day of a moment that a field holds, if it holds one."""
    return lambda item: (item[field] or "")[:10]


def _cell(item: Any, column: Column) -> str:
    if callable(column):
        return column(item)
    value = item[column]
    return "" if value is None else str(value)
