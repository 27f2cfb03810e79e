"""What a page is: a template with its view; and the months that a page can be switched between."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from steelyard.entrypoints.console.answers import Asker
from steelyard.kernel import add_months, parse_month


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page to be rendered; `nav` names the entry of the navigation that it belongs to."""

    template: str
    title: str
    nav: str
    view: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Months:
    """A month and its neighbours as `YYYY-MM`; `next` is empty for the current one."""

    current: str
    previous: str
    next: str


async def people(ask: Asker) -> dict[str, str]:
    """The names of people and of API keys, by id; empty where the person may not know them."""
    found = await ask.get_or_none("/api/v1/names")
    return {row["id"]: row["name"] for row in found["items"]} if found else {}


async def customers_known(ask: Asker) -> dict[str, Any]:
    """The customers that the person may know of, by key: the first thousand."""
    found = await ask.get_or_none("/api/v1/customers", query={"limit": "1000"})
    return {one["key"]: one for one in found["items"]} if found else {}


async def customer_names(ask: Asker) -> dict[str, str]:
    """The names of customers, by key; a page shows the key of whoever is not among them."""
    return {key: one["name"] for key, one in (await customers_known(ask)).items()}


def months(label: str, now: datetime) -> Months:
    """The switch for a month; nobody can go to a month that has not begun.

    >>> months("2026-10", datetime(2026, 11, 21, tzinfo=UTC))
    Months(current='2026-10', previous='2026-09', next='2026-11')
    >>> months("2026-11", datetime(2026, 11, 21, tzinfo=UTC)).next
    ''
    """
    first = date.fromisoformat(f"{label}-01")
    later = add_months(first, 1)
    has_begun = later <= now.astimezone(UTC).date()
    return Months(
        current=label,
        previous=f"{add_months(first, -1):%Y-%m}",
        next=f"{later:%Y-%m}" if has_begun else "",
    )


def month_bounds(label: str) -> tuple[str, str]:
    """The first day of a month and of the next one; InvalidInput for what is no month.

    >>> month_bounds("2026-12")
    ('2026-12-01', '2027-01-01')
    """
    month = parse_month(label)
    return f"{month.start:%Y-%m-%d}", f"{month.end:%Y-%m-%d}"
