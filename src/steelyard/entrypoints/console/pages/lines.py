"""The lines of a document in the groups in which a person reads them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from steelyard.entrypoints.console.answers import Json
from steelyard.entrypoints.console.figures import month
from steelyard.kernel import parse_decimal

GROUPS = {
    "core": "Core",
    "committed": "Committed",
    "overage": "Usage",
    "add-on": "Add-ons",
    "support": "Support",
    "services": "Services",
    "prepaid": "Prepaid credit",
    "discount": "Discounts",
    "credit": "Credits",
    "tax": "Tax",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Lines that belong together, with their sum; `documents` billed before what the lines adjust."""

    key: str
    title: str
    lines: tuple[Json, ...]
    total: Decimal
    documents: tuple[str, ...] = ()


def grouped(lines: list[Json]) -> list[Group]:
    """The groups that have lines, in the order of a document; tax is a group like any other.

    What adjusts a month that was billed before stands apart, a group for each month, before the tax.

    >>> rows = [{"group": "tax", "amount": "2"}, {"group": "core", "amount": "10"}]
    >>> [(g.title, str(g.total)) for g in grouped(rows)]
    [('Core', '10'), ('Tax', '2')]
    """
    own = [line for line in lines if not _is_adjustment(line)]
    order = [*GROUPS, *sorted({line["group"] for line in own} - set(GROUPS))]
    found = [_group(key, _title(key), [line for line in own if line["group"] == key]) for key in order]
    months = dict.fromkeys(line["adjusts"]["period_name"] for line in lines if _is_adjustment(line))
    later = [
        _group(
            f"adjusts-{name}",
            f"Adjustment of {month(name)}",
            [line for line in lines if _is_adjustment(line) and line["adjusts"]["period_name"] == name],
        )
        for name in months
    ]
    rest = [group for group in found if group.key == "tax"]
    return [group for group in (*(g for g in found if g.key != "tax"), *later, *rest) if group.lines]


def _is_adjustment(line: Json) -> bool:
    return bool(line.get("adjusts")) and line["group"] != "tax"


def _title(key: str) -> str:
    return GROUPS[key] if key in GROUPS else key.capitalize()


def _group(key: str, title: str, lines: list[Json]) -> Group:
    documents = dict.fromkeys(
        number for line in lines for number in (line.get("adjusts") or {"documents": ()})["documents"]
    )
    return Group(
        key=key,
        title=title,
        lines=tuple(lines),
        total=sum((parse_decimal(line["amount"]) for line in lines), Decimal(0)),
        documents=tuple(documents) if key != "tax" else (),
    )


def paired(changes: list[Json]) -> list[Json]:
    """The lines of a month before and after, a line that left beside the one that came in its place.

    They belong together where title and days are the same; the reason is that of the line that came.

    >>> days = {"title": "Fee", "start": "2026-12-01", "end": "2027-01-01"}
    >>> left = {**days, "reason": "plan", "before": "49", "after": None}
    >>> came = {**days, "reason": "plan; contract", "before": None, "after": "39"}
    >>> [(one["before"], one["after"], one["reason"]) for one in paired([left, came])]
    [('49', '39', 'plan; contract')]
    """
    found: list[Json] = []
    for one in changes:
        days = (one["title"], one["start"], one["end"])
        place = next(
            (
                number
                for number, other in enumerate(found)
                if one["before"] is None
                and other["after"] is None
                and days == (other["title"], other["start"], other["end"])
            ),
            None,
        )
        if place is None:
            found.append(one)
        else:
            found[place] = {**one, "before": found[place]["before"]}
    return found
