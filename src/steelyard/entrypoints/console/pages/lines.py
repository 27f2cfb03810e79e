"""The lines of a document in the groups in which a person reads them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from steelyard.entrypoints.console.answers import Json
from steelyard.kernel import parse_decimal

GROUPS = {
    "core": "Core",
    "committed": "Committed",
    "overage": "Usage",
    "add-on": "Add-ons",
    "support": "Support",
    "services": "Services",
    "credit": "Credits",
    "tax": "Tax",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Lines that belong together, with their sum."""

    key: str
    title: str
    lines: tuple[Json, ...]
    total: Decimal


def grouped(lines: list[Json]) -> list[Group]:
    """The groups that have lines, in the order of a document; tax is a group like any other.

    >>> rows = [{"group": "tax", "amount": "2"}, {"group": "core", "amount": "10"}]
    >>> [(g.title, str(g.total)) for g in grouped(rows)]
    [('Core', '10'), ('Tax', '2')]
    """
    order = [*GROUPS, *sorted({line["group"] for line in lines} - set(GROUPS))]
    found = []
    for key in order:
        members = tuple(line for line in lines if line["group"] == key)
        if members:
            total = sum((parse_decimal(line["amount"]) for line in members), Decimal(0))
            found.append(
                Group(
                    key=key,
                    title=GROUPS[key] if key in GROUPS else str(key).capitalize(),
                    lines=members,
                    total=total,
                )
            )
    return found
