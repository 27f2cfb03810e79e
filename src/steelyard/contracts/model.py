"""Customers, their dated attributes and subscriptions, as frozen records, and what asks for new ones.

A change of attributes is a further dated set, never an edit: what held at a moment stays answerable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from steelyard.contracts.changes import RunState, SubscriptionChange, Terms, moments_of, terms_after, turning
from steelyard.contracts.commitments import CommitmentTerms
from steelyard.contracts.discounts import AgreedDiscount
from steelyard.kernel import LATER, InvalidInput, Period, iso

LIVE: Final = "live"
"""The catalog of a subscription that follows each newly published version."""

ATTRIBUTE_NAMES: Final = ("segment", "vertical", "region", "size", "channel", "type", "delivery")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedAttributes:
    """Attribute values that hold from a moment on, and why; an empty value takes the attribute away."""

    effective_from: datetime
    values: dict[str, str]
    reason: str = field(default="", metadata=LATER)

    def __post_init__(self) -> None:
        if self.effective_from.tzinfo is None:
            raise InvalidInput("attributes need a time with a UTC offset", code="not_a_time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """The tax that a customer's invoices carry, in percent of the net amount (`19` is 19 %)."""

    name: str
    percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who is billed: one node of the customer tree, with one currency and one billing calendar.

    `subjects` are further names under which usage of this customer arrives; its own key always is one.

    >>> from steelyard.kernel import instant
    >>> acme = Customer(key="acme", name="Acme", currency="EUR", created_at=instant("2026-01-01T00:00:00Z"))
    >>> acme.timezone, acme.subjects, acme.attributes_at(instant("2026-02-01T00:00:00Z"))
    ('UTC', (), {})
    """

    key: str
    name: str
    currency: str
    created_at: datetime
    parent: str | None = None
    timezone: str = "UTC"
    attributes: tuple[DatedAttributes, ...] = ()
    subjects: tuple[str, ...] = ()
    tax: Tax | None = None
    email: str | None = None

    def attributes_at(self, moment: datetime) -> dict[str, str]:
        """The attribute values that hold at the moment; of two sets of one date the later listed wins.

        >>> from steelyard.kernel import instant
        >>> t1, t2 = instant("2026-01-01T00:00:00Z"), instant("2026-03-01T00:00:00Z")
        >>> first = DatedAttributes(effective_from=t1, values={"size": "small", "region": "eu"})
        >>> second = DatedAttributes(effective_from=t2, values={"size": "large"})
        >>> acme = Customer(key="a", name="A", currency="EUR", created_at=t1, attributes=(first, second))
        >>> acme.attributes_at(t1)["size"], acme.attributes_at(t2)
        ('small', {'size': 'large', 'region': 'eu'})
        """
        values: dict[str, str] = {}
        for dated in sorted(self.attributes, key=lambda dated: dated.effective_from):
            if dated.effective_from <= moment:
                values.update(dated.values)
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """From when on a subscription follows another catalog (`live`, or a version).

    `name` is what documents call it: the subscription's id, with the moment where a month has several.
    """

    at: datetime
    catalog: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A customer's right to a plan for a half-open span of time, `start <= t < end`.

    `quantities` are agreed counts (such as `seats`) that items of the plan refer to; `commitment` takes
    the place of the plan's own committed amount a period; `catalog` is `live` or a version id it stays on,
    until `catalog_until` if that is given. These are what it begins with; `changes` tell what became of them.
    A trial is free until `trial_until`; a `sandbox` stands on no bill.
    `commitments` are further ones with terms of their own, `discounts` what was redeemed for it.

    >>> from steelyard.kernel import instant
    >>> start = instant("2026-01-01T00:00:00Z")
    >>> pro = Subscription(id="sub_1", customer="acme", plan="pro", start=start)
    >>> pro.active_at(start), pro.catalog
    (True, 'live')
    """

    id: str
    customer: str
    plan: str
    start: datetime
    end: datetime | None = None
    quantities: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    add_ons: tuple[str, ...] = ()
    commitment: Decimal | None = None
    catalog: str = LIVE
    catalog_until: datetime | None = field(default=None, metadata=LATER)
    trial_until: datetime | None = field(default=None, metadata=LATER)
    sandbox: bool = field(default=False, metadata=LATER)
    changes: tuple[SubscriptionChange, ...] = field(default=(), metadata=LATER)
    commitments: tuple[CommitmentTerms, ...] = field(default=(), metadata=LATER)
    discounts: tuple[AgreedDiscount, ...] = field(default=(), metadata=LATER)

    def active_at(self, moment: datetime) -> bool:
        """Whether the subscription covers the moment."""
        return self.start <= moment and (self.end is None or moment < self.end)

    def terms_at(self, moment: datetime) -> Terms:
        """Plan, quantities, add-ons, catalog and state as they are at the moment.

        >>> from steelyard.kernel import instant
        >>> start, later = instant("2026-01-01T00:00:00Z"), instant("2026-02-01T00:00:00Z")
        >>> tried = Subscription(id="s", customer="acme", plan="pro", start=start, trial_until=later)
        >>> tried.terms_at(start).state.value, tried.terms_at(later).state.value
        ('trial', 'active')
        """
        state = RunState.TRIAL if self.trial_until is not None else RunState.ACTIVE
        begun = Terms(
            plan=self.plan,
            quantities=self.quantities,
            add_ons=self.add_ons,
            commitment=self.commitment,
            catalog=self.catalog,
            state=RunState.SANDBOX if self.sandbox else state,
            until=self.trial_until,
        )
        if self.changes or begun.until is not None:
            begun = terms_after(begun, self.changes, moment)
        if self._pin_is_over(moment) and begun.catalog == self.catalog:
            begun = replace(begun, catalog=LIVE)
        ended = self.end is not None and self.end <= moment
        return replace(begun, state=RunState.ENDED) if ended else begun

    def _pin_is_over(self, moment: datetime) -> bool:
        """Whether the date of its pin has passed, and nothing that was agreed since names a catalog."""
        if self.catalog_until is None or self.catalog_until > moment:
            return False
        return not turning(self.changes, moment)

    def turns_over(self, active: Period) -> tuple[Turn, ...]:
        """When within the time it turns to another catalog: by a change, or where a pin ends by its date.

        >>> from steelyard.kernel import instant
        >>> from steelyard.kernel.period import parse_month
        >>> start, mid = instant("2026-10-01T00:00:00Z"), instant("2026-10-16T00:00:00Z")
        >>> one = Subscription(
        ...     id="s", customer="a", plan="p", start=start, catalog="cat_1", catalog_until=mid
        ... )
        >>> [(turn.at == mid, turn.catalog, turn.name) for turn in one.turns_over(parse_month("2026-10"))]
        [(True, 'live', 's')]
        """
        if self.catalog_until is None and not self.changes:
            return ()
        named = turning(self.changes, active.end)
        every = named if self.catalog_until is None else named | {self.catalog_until}
        held, found = self.terms_at(active.start).catalog, list[tuple[datetime, str]]()
        for at in sorted(every):
            if not active.start < at < active.end:
                continue
            follows = self.terms_at(at).catalog
            if follows != held and (at in named or (held, follows) == (self.catalog, LIVE)):
                found.append((at, follows))
                held = follows
        names = [self.id] if len(found) == 1 else [f"{self.id}@{iso(at)}" for at, _ in found]
        return tuple(
            Turn(at=at, catalog=follows, name=name) for (at, follows), name in zip(found, names, strict=True)
        )

    @property
    def moments(self) -> set[datetime]:
        """When anything about the subscription changes, its start and end apart."""
        return moments_of(self.changes) | ({self.trial_until} if self.trial_until else set[datetime]())


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCustomer:
    """What a person asks for when a customer is to be made; nothing in it is checked yet."""

    key: str
    name: str
    currency: str
    parent: str | None = None
    timezone: str = "UTC"
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    subjects: tuple[str, ...] = ()
    tax: Tax | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscription:
    """What a person asks for when a subscription is to begin; nothing in it is checked yet."""

    customer: str
    plan: str
    start: datetime
    end: datetime | None = None
    quantities: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    add_ons: tuple[str, ...] = ()
    commitment: Decimal | None = None
    catalog: str = LIVE
    catalog_until: datetime | None = None
    trial_until: datetime | None = None
    sandbox: bool = False
