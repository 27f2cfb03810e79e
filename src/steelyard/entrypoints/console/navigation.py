"""The console's pages in the groups in which a person looks for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One page of the navigation; its key names its icon as well."""

    key: str
    href: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Pages that belong together; the first group has no title."""

    key: str
    title: str
    pages: tuple[Entry, ...]


NAVIGATION: Final = (
    Group(key="home", title="", pages=(Entry(key="home", href="/console", label="Home"),)),
    Group(
        key="usage",
        title="Usage",
        pages=(
            Entry(key="meters", href="/console/meters", label="Meters"),
            Entry(key="events", href="/console/events", label="Events"),
            Entry(key="queues", href="/console/queues", label="Queues"),
            Entry(key="changes", href="/console/changes", label="Changes"),
            Entry(key="outcomes", href="/console/outcomes", label="Outcomes"),
            Entry(key="health", href="/console/health", label="Health"),
        ),
    ),
    Group(
        key="pricing",
        title="Pricing",
        pages=(
            Entry(key="metrics", href="/console/metrics", label="Value metrics"),
            Entry(key="catalog", href="/console/catalog", label="Catalog"),
            Entry(key="migrations", href="/console/migrations", label="Migrations"),
            Entry(key="prices", href="/console/prices", label="Prices"),
            Entry(key="impact", href="/console/impact", label="Impact"),
            Entry(key="discounts", href="/console/discounts", label="Discounts"),
        ),
    ),
    Group(
        key="money",
        title="Money",
        pages=(
            Entry(key="customers", href="/console/customers", label="Customers"),
            Entry(key="contracts", href="/console/contracts", label="Contracts"),
            Entry(key="invoices", href="/console/invoices", label="Invoices"),
            Entry(key="commitments", href="/console/commitments", label="Commitments"),
            Entry(key="credit", href="/console/credit", label="Credit"),
        ),
    ),
    Group(
        key="proof",
        title="Proof",
        pages=(
            Entry(key="record", href="/console/record", label="Record"),
            Entry(key="reconciliation", href="/console/reconciliation", label="Reconciliation"),
        ),
    ),
    Group(
        key="people",
        title="People",
        pages=(
            Entry(key="reviews", href="/console/reviews", label="Reviews"),
            Entry(key="people", href="/console/people", label="People"),
            Entry(key="roles", href="/console/roles", label="Roles"),
            Entry(key="me", href="/console/me", label="Your account"),
        ),
    ),
)
