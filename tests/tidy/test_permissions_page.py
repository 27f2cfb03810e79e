"""The page about people shows the table of permissions that the program reads."""

from __future__ import annotations

from steelyard.access import PERMISSIONS, Reach, Role, Scope
from tests.tidy.sources import ROOT

PAGE = ROOT / "docs" / "reference" / "people.md"
SIGNS = {Reach.ALL: "all", Reach.SEGMENT: "segment", Reach.OWN: "own"}


def table() -> str:
    """The table as the page shows it: a row for each role, its scopes by reach."""
    lines = ["| role | all | segment | own |", "|---|---|---|---|"]
    for role, permissions in PERMISSIONS.items():
        cells = [
            ", ".join(f"`{scope}`" for scope in Scope if permissions.get(scope) is reach) or "–"
            for reach in Reach
        ]
        if role is Role.OWNER:
            cells = ["everything", "–", "–"]
        lines.append(f"| `{role}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def test_the_page_shows_the_table_that_decides() -> None:
    assert table() in PAGE.read_text(encoding="utf-8"), "put this into docs/reference/people.md:\n" + table()
