"""Migrations: subscriptions of a segment that move from the catalog they stay on to another one, on a day.

    announced ──(effective_at)──→ effective
        └──────── reversed ←──────────┘

A migration that is reversed before its day never takes effect; later, its customers go back from the moment
of the reversal on, or from its own day on as far as that is not billed yet. What was billed stays as it was
billed, and is told with what it would have been.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from steelyard.contracts.changes import RunState, When
from steelyard.contracts.model import LIVE, Customer, Subscription
from steelyard.contracts.rollout import moved_to
from steelyard.kernel import LATER, Problem, iso
from steelyard.kernel.period import month_from


class MigrationStatus(StrEnum):
    """How a migration stands at a moment."""

    ANNOUNCED = "announced"
    EFFECTIVE = "effective"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One subscription of a migration, with the catalog that it followed before."""

    subscription: str
    customer: str
    before: str
    change: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Whose subscriptions: of a plan, on a catalog version or `live`, with these attributes; empty is any."""

    plan: str = ""
    catalog: str = ""
    where: Mapping[str, str] = field(default_factory=dict[str, str])

    def has(self, subscription: Subscription, customer: Customer, at: datetime) -> bool:
        """Whether the subscription, as it is at the moment, is in the segment."""
        terms = subscription.terms_at(max(at, subscription.start))
        known = customer.attributes_at(at)
        return (
            terms.state is not RunState.ENDED
            and self.plan in ("", terms.plan)
            and self.catalog in ("", terms.catalog)
            and all(known.get(name, "") == value for name, value in self.where.items())
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A segment that moves `to` a catalog version or `live`; both bills are compared until `dual_until`.

    It takes effect at its moment, in a month that is then split, or for each customer with the first month
    that begins at that moment or after it.
    """

    id: str
    name: str
    segment: Segment
    to: str
    announced_at: datetime
    effective_at: datetime
    reason: str
    by: str
    moved: tuple[Moved, ...]
    dual_until: datetime | None = None
    reversed_at: datetime | None = None
    reversed_by: str = ""
    reversed_because: str = ""
    when: When = field(default=When.NEXT_PERIOD, metadata=LATER)

    def holds_from(self, timezone: str) -> datetime:
        """From when it holds for customers of that time zone: its moment, or the next month of theirs."""
        if self.when is When.NOW:
            return self.effective_at
        return month_from(self.effective_at, timezone)

    def status_at(self, moment: datetime) -> MigrationStatus:
        """How it stands at the moment."""
        if self.reversed_at is not None and self.reversed_at <= moment:
            return MigrationStatus.REVERSED
        return MigrationStatus.EFFECTIVE if self.effective_at <= moment else MigrationStatus.ANNOUNCED


def date_problems(
    *, now: datetime, effective_at: datetime, dual_until: datetime | None
) -> tuple[Problem, ...]:
    """What is wrong with the dates of a migration, alone and together.

    >>> from steelyard.kernel import instant
    >>> now, day = instant("2026-11-01T00:00:00Z"), instant("2026-10-01T00:00:00Z")
    >>> [one.code for one in date_problems(now=now, effective_at=day, dual_until=day)]
    ['date_order', 'date_order']
    """
    problems: list[Problem] = []
    if effective_at <= now:
        message = f"a migration takes effect after it is announced, not at {iso(effective_at)}"
        problems.append(Problem(code="date_order", message=message, field="effective_at"))
    if dual_until is not None and dual_until <= effective_at:
        message = "both bills are compared after the migration has taken effect"
        problems.append(Problem(code="date_order", message=message, field="dual_until"))
    return tuple(problems)


def members(
    segment: Segment, subscriptions: Iterable[Subscription], customers: Mapping[str, Customer], at: datetime
) -> list[Subscription]:
    """The subscriptions of the segment at the moment."""
    return [
        one
        for one in subscriptions
        if one.customer in customers and segment.has(one, customers[one.customer], at)
    ]


def carried_out(
    migration: Migration, those: Sequence[Subscription], customers: Mapping[str, Customer]
) -> tuple[Migration, tuple[Subscription, ...]]:
    """The migration with whom it moves, and their subscriptions as they will be."""
    moved: list[Moved] = []
    changed: list[Subscription] = []
    for one in those:
        since = migration.holds_from(customers[one.customer].timezone)
        before = one.terms_at(max(since, one.start)).catalog
        if before == migration.to:
            continue
        after = moved_to(
            one,
            migration.to,
            effective_from=since,
            now=migration.announced_at,
            by=migration.by,
            reason=f"migration {migration.name}",
        )
        change = after.changes[-1].id
        moved.append(Moved(subscription=one.id, customer=one.customer, before=before, change=change))
        changed.append(after)
    return replace(migration, moved=tuple(moved)), tuple(changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """By whom and why a migration is reversed; `from_start`: also what is not billed yet goes back.

    `billed_until` says of each customer up to when documents were issued that stay as they are.
    """

    at: datetime
    by: str
    reason: str
    from_start: bool = False
    billed_until: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    when: When = When.NOW

    def moment(self, migration: Migration, customer: Customer) -> datetime:
        """From when the customer's subscriptions follow again what they followed before."""
        if self.from_start:
            since = migration.holds_from(customer.timezone)
            return max(since, self.billed_until.get(customer.key, since))
        return self.at if self.when is When.NOW else month_from(self.at, customer.timezone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Returning:
    """A subscription as it goes back, and from when; `effective_from` is None where it never moved."""

    subscription: Subscription
    effective_from: datetime | None


def taken_back(
    migration: Migration,
    subscriptions: Mapping[str, Subscription],
    customers: Mapping[str, Customer],
    reversal: Reversal,
) -> tuple[Migration, tuple[Returning, ...]]:
    """The migration as it is reversed, and its subscriptions as they go back to what they followed.

    A subscription that moved elsewhere meanwhile is left where it is.
    """
    found: list[Returning] = []
    for moved in migration.moved:
        one = subscriptions.get(moved.subscription)
        if one is None:
            continue
        if any(each.id == moved.change and reversal.at < each.effective_from for each in one.changes):
            changes = tuple(
                replace(each, withdrawn=True) if each.id == moved.change else each for each in one.changes
            )
            found.append(Returning(subscription=replace(one, changes=changes), effective_from=None))
            continue
        since = max(reversal.moment(migration, customers[one.customer]), one.start)
        if one.terms_at(max(since, reversal.at)).catalog == migration.to:
            back = moved_to(
                one,
                moved.before or LIVE,
                effective_from=since,
                now=reversal.at,
                by=reversal.by,
                reason=f"migration {migration.name} reversed",
            )
            found.append(Returning(subscription=back, effective_from=since))
    done = replace(
        migration, reversed_at=reversal.at, reversed_by=reversal.by, reversed_because=reversal.reason
    )
    return done, tuple(found)
