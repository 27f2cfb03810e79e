"""A contract: what was agreed with a customer beyond the catalog, every part of it with its dates.

Nothing in a contract is edited: an amendment adds dated parts. What a contract says of a moment is asked
with that moment, so that what held before stays answerable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from steelyard.catalog.rate_change import RateChange
from steelyard.contracts.commitments import CommitmentScope, CommitmentTerms
from steelyard.contracts.fees import ContractFee
from steelyard.kernel import LATER, InvalidInput
from steelyard.kernel.daycount import DayCount
from steelyard.rating import PriceModel


class Sharing(StrEnum):
    """How the customers of a contract have a commitment: one for all, or each its part."""

    SHARED = "shared"
    SPLIT = "split"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A further customer to whom the contract applies, for a span of time.

    `share` is its part of what the contract splits, as a fraction of one.
    """

    customer: str
    effective_from: datetime
    effective_until: datetime | None = None
    share: Decimal | None = None

    def holds_at(self, moment: datetime) -> bool:
        """Whether the customer belongs to the contract at the moment."""
        return _within(moment, self.effective_from, self.effective_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stretch of a contract with terms of its own, until the next phase or the contract's end: a ramp.

    What it does not name stays what subscription and contract say.
    """

    name: str
    effective_from: datetime
    plan: str | None = None
    quantities: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    commitment: Decimal | None = None
    overrides: tuple[RateChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalator:
    """Prices that rise (or fall) by a percentage every so many months, first at a moment.

    `maximum_percent` limits what all steps together may come to; `prices` are selectors as of a rate change.
    """

    first_at: datetime
    percent: Decimal
    every_months: int = 12
    prices: tuple[str, ...] = ("*",)
    maximum_percent: Decimal | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if self.every_months < 1:
            raise InvalidInput("an escalator steps every month at most", code="bad_interval")
        if self.percent <= -100:
            raise InvalidInput("a price cannot fall by all of itself", code="bad_percent")


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLock:
    """A price that stays as it was for a span of time, whatever the catalog or an escalator says.

    The locked price stands in the lock itself; `catalog_version` is where it was taken from.
    """

    price: str
    effective_from: datetime
    effective_until: datetime
    model: PriceModel
    included: Decimal
    catalog_version: str = ""
    reason: str = ""

    def holds_at(self, moment: datetime) -> bool:
        """Whether the price is locked at the moment."""
        return _within(moment, self.effective_from, self.effective_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """How a contract goes on after its end: for how many months, and until when notice can be given.

    The deadline is `notice_months` and `notice_days` before the end on the customer's calendar; where it
    falls on a weekend it is the working day before, if `working_days` says so.
    """

    term_months: int = 12
    automatic: bool = True
    notice_months: int = 0
    notice_days: int = 0
    working_days: bool = False
    uplift_percent: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if self.term_months < 1 or self.notice_months < 0 or self.notice_days < 0:
            raise InvalidInput(
                "a renewal is for a month or more, its notice not negative", code="bad_renewal"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """That a contract will not go on after its end: when notice was given, who recorded it, and why."""

    given_at: datetime
    by: str
    recorded_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """That the contract was amended: which number, when, by whom, why, and what it added in words."""

    number: int
    at: datetime
    by: str
    reason: str
    effective_from: datetime | None = None
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What was agreed with a customer, for `start <= t < end`; no `end` goes on until it is ended.

    It applies to the subscriptions of its customer and its members, or only to those to its `plans`. `book`
    names a price book of the catalog that applies whoever the customer is. Its `fees` are paid by its own
    customer, with the first of the subscriptions that run in a month. A `shadow` contract is a pilot: it is
    on no bill, and a shadow invoice shows what it would come to. What it commits to, all subscriptions of its
    customer use up; it stands with the first of them that runs. With a `notice` it does not go on by itself.
    With `splits_members` what a member shares of a commitment is split at the moment of joining or leaving,
    whether or not its price changes; contracts of earlier workspaces do not say so.

    >>> from steelyard.kernel import instant
    >>> start, end = instant("2026-01-01T00:00:00Z"), instant("2027-01-01T00:00:00Z")
    >>> agreed = Contract(id="con_1", customer="acme", name="Acme 2026", start=start, end=end)
    >>> agreed.applies_to("acme", "pro", start), agreed.applies_to("acme", "pro", end)
    (True, False)
    """

    id: str
    customer: str
    name: str
    start: datetime
    end: datetime | None = None
    plans: tuple[str, ...] = ()
    book: str = ""
    members: tuple[Member, ...] = ()
    overrides: tuple[RateChange, ...] = ()
    phases: tuple[Phase, ...] = ()
    escalators: tuple[Escalator, ...] = ()
    locks: tuple[PriceLock, ...] = ()
    renewal: Renewal | None = None
    flags: Mapping[str, str] = field(default_factory=dict[str, str])
    day_count: DayCount = DayCount.ACTUAL
    sharing: Sharing = Sharing.SPLIT
    fees: tuple[ContractFee, ...] = ()
    shadow: bool = False
    amendments: tuple[Amendment, ...] = ()
    reason: str = ""
    notice: Notice | None = field(default=None, metadata=LATER)
    commitments: tuple[CommitmentTerms, ...] = field(default=(), metadata=LATER)
    splits_members: bool = field(default=False, metadata=LATER)

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or (self.end is not None and self.end.tzinfo is None):
            raise InvalidInput("a contract needs times with a UTC offset", code="not_a_time")
        if self.end is not None and self.end <= self.start:
            raise InvalidInput("a contract must end after it starts", code="empty_period")

    def active_at(self, moment: datetime) -> bool:
        """Whether the contract runs at the moment."""
        return _within(moment, self.start, self.end)

    def has_member(self, customer: str, moment: datetime) -> bool:
        """Whether the customer has the contract at the moment, as its own or as a member of it."""
        if customer == self.customer:
            return True
        return any(one.customer == customer and one.holds_at(moment) for one in self.members)

    def applies_to(self, customer: str, plan: str, moment: datetime) -> bool:
        """Whether a subscription of that customer to that plan is under the contract at the moment."""
        wanted = not self.shadow and (not self.plans or plan in self.plans)
        return wanted and self.active_at(moment) and self.has_member(customer, moment)

    def phase_at(self, moment: datetime) -> Phase | None:
        """The phase that the contract is in, if any."""
        return latest(self.phases, moment)

    @property
    def goes_on(self) -> bool:
        """Whether it runs for another term by itself when its end comes, as things stand."""
        return self.renewal is not None and self.renewal.automatic and self.notice is None

    def ending(self, end: datetime, agreed_at: datetime) -> Contract:
        """The contract with that end; fees that would have gone on after it end with it."""
        fees = tuple(
            replace(fee, effective_until=end, ended_at=agreed_at)
            if fee.effective_from < end and (fee.effective_until is None or fee.effective_until > end)
            else fee
            for fee in self.fees
        )
        return replace(self, end=end, fees=fees)

    def commitments_at(self, moment: datetime) -> tuple[CommitmentTerms, ...]:
        """What is committed to in the month that begins then, bounded by the contract's own time.

        One that goes on by itself does not bound them by its end: they go on with it.
        """
        if self.shadow or not self.commitments or (self.end is not None and self.end <= moment):
            return ()
        end = None if self.goes_on else self.end
        return tuple(
            replace(
                one,
                contract=self.id,
                scope=CommitmentScope.CUSTOMER,
                start=max(one.start, self.start),
                end=min((at for at in (one.end, end) if at is not None), default=None),
            )
            for one in self.commitments
        )

    @property
    def customers(self) -> tuple[str, ...]:
        """Everybody who ever has the contract: its customer, then its members."""
        return tuple(dict.fromkeys((self.customer, *(one.customer for one in self.members))))


P = TypeVar("P", bound=Phase)


def latest(phases: tuple[P, ...], moment: datetime) -> P | None:
    """The one that began last of those that have begun."""
    begun = [one for one in phases if one.effective_from <= moment]
    return max(begun, key=lambda one: one.effective_from) if begun else None


def _within(moment: datetime, start: datetime, end: datetime | None) -> bool:
    return start <= moment and (end is None or moment < end)
