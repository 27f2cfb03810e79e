"""The impact of a catalog on real past usage, as a value that publication judges; `insight` computes it.

All amounts are those of whole bills before tax, in the customer's own currency, rounded as billing rounds.
Nothing here is an estimate: both bills are what billing would have charged for usage that did happen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from steelyard.kernel import ZERO, Problem, content_id, encode


class Follows(StrEnum):
    """Which catalog the subscriptions of a customer are priced by when another one is published.

    `live`: the new one. `pinned`: the one on which it stays. `until`: the one on which it stays until a date.
    `mixed`: some of its subscriptions one way, some another.
    """

    LIVE = "live"
    PINNED = "pinned"
    UNTIL = "until"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerImpact:
    """What one customer paid by the catalog that is live, and what it would have paid by the candidate.

    `new` respects what its subscriptions stay on; `moved` is the bill by the candidate if they all followed
    it, so `moved - new` is what staying behind is worth. Costs are None where they are in another currency
    than the bill. `problems` say why the candidate could not charge what was charged before.
    """

    customer: str
    name: str
    currency: str
    old: Decimal
    new: Decimal
    moved: Decimal
    cost_old: Decimal | None = ZERO
    cost_new: Decimal | None = ZERO
    follows: Follows = Follows.LIVE
    plan: str = ""
    segment: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def difference(self) -> Decimal:
        """How much more the customer would pay (negative: less).

        >>> one = CustomerImpact(
        ...     customer="acme", name="Acme", currency="EUR",
        ...     old=Decimal("80.00"), new=Decimal("100.00"), moved=Decimal("100.00"), cost_new=Decimal(25),
        ... )  # fmt: skip
        >>> str(one.difference), str(one.percent), str(one.margin_new)
        ('20.00', '25.00', '75.00')
        """
        return self.new - self.old

    @property
    def percent(self) -> Decimal | None:
        """The difference in percent of the old bill, to two decimals; None where the old bill is nothing."""
        return percent_of(self.difference, self.old)

    @property
    def margin_old(self) -> Decimal | None:
        """What the old bill leaves beyond its costs; None where they are in another currency."""
        return None if self.cost_old is None else self.old - self.cost_old

    @property
    def margin_new(self) -> Decimal | None:
        """What the new bill leaves beyond its costs; None where they are in another currency."""
        return None if self.cost_new is None else self.new - self.cost_new

    @property
    def staying(self) -> Decimal:
        """How much more it would pay if it did not stay on an earlier catalog (negative: less)."""
        return self.moved - self.new


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactTotal:
    """The sum over customers of one currency.

    `winners` pay less, `losers` more, the rest the same; `broken` are those whom the candidate cannot charge.
    Costs are None where any customer's are in another currency.
    """

    currency: str
    customers: int
    winners: int
    losers: int
    broken: int
    old: Decimal
    new: Decimal
    moved: Decimal
    cost_old: Decimal | None
    cost_new: Decimal | None

    @property
    def difference(self) -> Decimal:
        """How much more would be charged in all (negative: less)."""
        return self.new - self.old

    @property
    def percent(self) -> Decimal | None:
        """The difference in percent of what was charged; None where that is nothing."""
        return percent_of(self.difference, self.old)

    @property
    def margin_percent_old(self) -> Decimal | None:
        """What the old bills leave beyond their costs, in percent of them."""
        return None if self.cost_old is None else percent_of(self.old - self.cost_old, self.old)

    @property
    def margin_percent_new(self) -> Decimal | None:
        """What the new bills leave beyond their costs, in percent of them."""
        return None if self.cost_new is None else percent_of(self.new - self.cost_new, self.new)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowTotal:
    """How many customers of one currency follow the live catalog, or stay behind, and their money."""

    follows: Follows
    currency: str
    customers: int
    old: Decimal
    new: Decimal
    moved: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """Old and new bill of every customer for a month of real usage, by customer key.

    `base` is the id of the version that is live (empty before the first), `candidate` the id of the content
    in question. `period` is the month on each customer's calendar (`2026-10`); `partial` says that it was not
    over when it was read. `record_size` is how many entries of the record were known.

    >>> empty = Impact(base="cat_1", candidate="cat_2", period="2026-10", customers=())
    >>> empty.totals, empty.winners, empty.is_nothing
    ((), (), True)
    """

    base: str
    candidate: str
    period: str
    customers: tuple[CustomerImpact, ...]
    record_size: int = 0
    partial: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether nobody would pay anything else, and nothing would cost anything else."""
        return not any(
            one.difference or one.problems or one.cost_old != one.cost_new for one in self.customers
        )

    @property
    def winners(self) -> tuple[CustomerImpact, ...]:
        """Who would pay less, whoever gains most first."""
        won = [one for one in self.customers if one.difference < 0]
        return tuple(sorted(won, key=lambda one: (one.difference, one.customer)))

    @property
    def losers(self) -> tuple[CustomerImpact, ...]:
        """Who would pay more, whoever loses most first."""
        lost = [one for one in self.customers if one.difference > 0]
        return tuple(sorted(lost, key=lambda one: (-one.difference, one.customer)))

    @property
    def broken(self) -> tuple[CustomerImpact, ...]:
        """Whom the candidate could not charge, by customer key."""
        return tuple(one for one in self.customers if one.problems)

    @property
    def totals(self) -> tuple[ImpactTotal, ...]:
        """The sums, one a currency, by currency; money of different currencies is never added."""
        return tuple(
            _total(currency, [one for one in self.customers if one.currency == currency])
            for currency in sorted({one.currency for one in self.customers})
        )

    @property
    def follows(self) -> tuple[FollowTotal, ...]:
        """Count and money of those who follow the live catalog and of those who stay, by currency."""
        found: dict[tuple[str, Follows], list[CustomerImpact]] = {}
        for one in self.customers:
            found.setdefault((one.currency, one.follows), []).append(one)
        return tuple(
            FollowTotal(
                follows=follows,
                currency=currency,
                customers=len(those),
                old=_sum(one.old for one in those),
                new=_sum(one.new for one in those),
                moved=_sum(one.moved for one in those),
            )
            for (currency, follows), those in sorted(found.items())
        )

    @property
    def digest(self) -> str:
        """The name of this very content, to which an agreement can be bound."""
        return content_id("imp", encode(self))


def percent_of(part: Decimal, whole: Decimal) -> Decimal | None:
    """The part in percent of the whole, to two decimals; None where the whole is nothing.

    >>> percent_of(Decimal(1), Decimal(3)), percent_of(Decimal(1), Decimal(0))
    (Decimal('33.33'), None)
    """
    return (part * 100 / abs(whole)).quantize(Decimal("0.01")) if whole else None


def _total(currency: str, those: list[CustomerImpact]) -> ImpactTotal:
    return ImpactTotal(
        currency=currency,
        customers=len(those),
        winners=sum(one.difference < 0 for one in those),
        losers=sum(one.difference > 0 for one in those),
        broken=sum(bool(one.problems) for one in those),
        old=_sum(one.old for one in those),
        new=_sum(one.new for one in those),
        moved=_sum(one.moved for one in those),
        cost_old=_known(one.cost_old for one in those),
        cost_new=_known(one.cost_new for one in those),
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def _known(amounts: Iterable[Decimal | None]) -> Decimal | None:
    total = ZERO
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total
