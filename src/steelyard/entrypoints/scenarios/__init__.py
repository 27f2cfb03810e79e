"""Scenarios: whole stories of a price, from the catalog to the invoice, that run and are compared.

Each file in `told` shows one way of pricing: the catalog, who buys, what they do and when, and exactly what
each document must then say. A scenario runs through the API of a workspace of its own, so that it is at once
an example, a test, and a place to look around in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from steelyard.entrypoints.scenarios.reading import read
from steelyard.kernel import InvalidInput, NotFound

HOME: Final = Path(__file__).parent / "told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A story: its name, the way of pricing that it shows, the catalog as text, and its steps in order."""

    name: str
    title: str
    shows: str
    catalog: str
    steps: tuple[dict[str, Any], ...]


def names() -> list[str]:
    """The scenarios that come with Steelyard.

    >>> "outcomes" in names()
    True
    """
    return sorted(path.stem for path in HOME.glob("*.yaml"))


def scenario(name: str) -> Scenario:
    """The scenario of that name, or in the file of that path.

    Raises NotFound where there is neither, InvalidInput for a file that is no scenario.
    """
    path = HOME / f"{name}.yaml" if name in names() else Path(name)
    if not path.is_file():
        message = f"there is no scenario {name[:100]!r}; there are {', '.join(names())}"
        raise NotFound(message, code="unknown_scenario")
    told = read(path.read_text(encoding="utf-8"), str(path))
    if not isinstance(told, dict) or {"title", "shows", "catalog", "steps"} - told.keys():
        raise InvalidInput(f"{path} has no title, shows, catalog or steps", code="bad_scenario")
    return Scenario(
        name=path.stem,
        title=told["title"],
        shows=" ".join(told["shows"].split()),
        catalog=told["catalog"],
        steps=tuple(told["steps"]),
    )
