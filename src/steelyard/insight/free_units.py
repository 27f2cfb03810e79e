"""What free units leave of a contract year at usage that did happen, beside what the floors want.

Nobody knows what a customer will use, so a year is taken as twelve months like the one that was: the month is
drafted as billing drafts it, without floors, and each floor is asked what must remain of that year. Billing
keeps the floor in any case and then gives less than the discount promises; this says so beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from steelyard.billing.accounts import Account, Cards, Months, account, by_customer
from steelyard.billing.draft import charges_of
from steelyard.billing.floors import year_like
from steelyard.billing.readings import read_terms
from steelyard.billing.terms import Terms
from steelyard.catalog import Catalog, CatalogVersion, Discount, Floor, catalog_id
from steelyard.catalog.model import Plan
from steelyard.contracts import Customer, Subscription
from steelyard.contracts.discounts import AgreedDiscount
from steelyard.contracts.redeeming import agreed
from steelyard.insight.impact import AsIfLive
from steelyard.insight.usage_once import UsageOnce
from steelyard.kernel import ZERO, minor_digits
from steelyard.kernel.period import month_of
from steelyard.metering import UsageStore
from steelyard.rating import Wording
from steelyard.rating.discounts import FreeUnits
from steelyard.record import State

_YEAR_MONTHS: Final = 12
_TOLD_MAX: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class YearAtUsage:
    """A contract year of months like `month`, before tax: what is listed, what remains, what a floor wants.

    `discount` is the one that is judged, alone; empty where all that the subscription has are, together.
    Without usage (`is_judged` is false) nothing can be said.
    """

    customer: str
    subscription: str
    floor: str
    month: str
    currency: str
    discount: str = ""
    is_judged: bool = True
    listed: Decimal = ZERO
    remains: Decimal = ZERO
    wanted: Decimal = ZERO

    @property
    def missing(self) -> Decimal:
        """How much less remains than the floor wants; nothing where it is kept."""
        return max(ZERO, self.wanted - self.remains)

    @property
    def text(self) -> str:
        """The same in words."""
        if not self.is_judged:
            return (
                f"the floor {self.floor!r} could not be judged: {self.customer} used nothing in {self.month} "
                "that the free units are about"
            )
        said = Wording(decimals=minor_digits(self.currency)).amount
        kept = "keeps" if not self.missing else f"is {said(self.missing)} below"
        return (
            f"{self.customer} at its usage of {self.month} {kept} the floor {self.floor!r}: "
            f"{said(self.remains)} {self.currency} of {said(self.listed)} remain of a contract year, "
            f"{said(self.wanted)} must"
        )


def judge_free_units(
    state: State, usage: UsageStore, candidate: Catalog, *, month: str, now: datetime
) -> tuple[YearAtUsage, ...]:
    """Each free unit that the catalog offers, or that a customer has, against each floor that binds it.

    By the candidate's prices and the month's usage of everybody on the plans that it is for. A discount that
    nobody's usage can judge has one row that says so.
    """
    if not candidate.floors:
        return ()
    version = CatalogVersion(
        id=catalog_id(candidate), number=0, published_at=now, published_by="", catalog=candidate
    )
    pairs = [
        (one, floor)
        for one in candidate.discounts.values()
        if isinstance(one.form, FreeUnits)
        for floor in candidate.floors.values()
        if any(_meet(candidate, plan, one, floor) for plan in candidate.plans.values())
    ]
    subscriptions = by_customer(state.find(Subscription))
    has = {key for key, those in subscriptions.items() if any(_has_free(one) for one in those)}
    if not pairs and not has:
        return ()
    cards, months = AsIfLive(state, version), Months(month)
    accounts = [
        account(one, subscriptions[one.key], months.period(one.timezone), cards)
        for one in state.find(Customer)
        if one.key in (subscriptions if pairs else has)
    ]
    read = _read(UsageOnce(usage).store, accounts)
    held = [row for one, terms in read for each in terms for row in _held(one, each, month)]
    offered = [row for pair in pairs for row in _offered(candidate, pair, read, month, now)]
    return (*held, *offered)


def free_units_of(
    state: State, usage: UsageStore, changed: Subscription, cards: Cards, *, month: str, at: datetime
) -> tuple[YearAtUsage, ...]:
    """What the free units of one subscription, as it is to be, leave at its usage of the month, by floor.

    By the terms of the calendar month in which `at` lies.
    """
    customer = state.get(Customer, changed.customer)
    if customer is None or not _has_free(changed):
        return ()
    kept = state.find(Subscription, customer=customer.key)
    those = [changed if one.id == changed.id else one for one in kept]
    then = account(customer, those, month_of(at, customer.timezone), cards)
    period = Months(month).period(customer.timezone)
    one = replace(
        then, period=period, spans=tuple(replace(span, active=period, past=()) for span in then.spans)
    )
    ((_, terms),) = _read(usage, [one])
    mine = [each for each in terms if each.card.subscription == changed.id]
    return tuple(row for each in mine for row in _held(one, each, month, every=True))


def _read(usage: UsageStore, accounts: Sequence[Account]) -> list[tuple[Account, list[Terms]]]:
    read = iter(read_terms(usage, [span for one in accounts for span in one.spans]))
    return [(one, [next(read) for _ in one.spans]) for one in accounts]


def _has_free(subscription: Subscription) -> bool:
    return any(isinstance(one.form, FreeUnits) for one in subscription.discounts)


def _meet(catalog: Catalog, plan: Plan, discount: Discount, floor: Floor) -> bool:
    """Whether the free units are for something metered in the plan that the floor is about."""
    if (discount.plans and plan.key not in discount.plans) or not floor.binds(plan.key, plan.currency):
        return False
    return any(
        catalog.prices[item.price].metric is not None
        and (not discount.applies_to or item.price in discount.applies_to)
        and (not floor.prices or item.price in floor.prices)
        for item in plan.items
    )


def _held(one: Account, terms: Terms, month: str, *, every: bool = False) -> Iterator[YearAtUsage]:
    """What the discounts leave that the subscription has, where free units are among them.

    Of those that do not hold in the month yet it is asked what they would do (`every`).
    """
    discounts = terms.card.arrangement.discounts
    if every:
        discounts = tuple(replace(each, start=min(each.start, one.period.start)) for each in discounts)
    holding = [each for each in discounts if each.holds(one.period, one.customer.timezone)]
    if any(isinstance(each.form, FreeUnits) for each in holding):
        for floor in terms.card.arrangement.floors:
            yield _year(one, terms, holding, floor, month, off_months=_YEAR_MONTHS)


def _offered(
    catalog: Catalog,
    pair: tuple[Discount, Floor],
    read: Iterable[tuple[Account, list[Terms]]],
    month: str,
    now: datetime,
) -> Iterator[YearAtUsage]:
    """What a discount of the catalog would leave of the year of everybody who may have it and has it not."""
    discount, floor = pair
    judged = False
    for one, every in read:
        known = one.customer.attributes_at(now)
        if not all(known.get(name) in wanted for name, wanted in discount.attributes.items()):
            continue
        for terms in every:
            plan = catalog.plans.get(terms.card.plan)
            had = any(each.discount == discount.key for each in terms.card.arrangement.discounts)
            if plan is None or had or not _meet(catalog, plan, discount, floor):
                continue
            given = agreed(discount, "judged", one.period.start)
            months = min(_YEAR_MONTHS, discount.months or _YEAR_MONTHS)
            row = _year(one, terms, [given], floor, month, off_months=months)
            if row.is_judged:
                judged = True
                yield replace(row, discount=discount.key)
    if not judged:
        yield YearAtUsage(
            customer="",
            subscription="",
            floor=floor.key,
            month=month,
            currency="",
            discount=discount.key,
            is_judged=False,
        )


def _year(
    one: Account,
    terms: Terms,
    discounts: Sequence[AgreedDiscount],
    floor: Floor,
    month: str,
    *,
    off_months: int,
) -> YearAtUsage:
    arrangement = replace(terms.card.arrangement, discounts=tuple(discounts), floors=(), commitments=())
    alone = replace(terms, card=replace(terms.card, arrangement=arrangement), ahead=None)
    lines, problems = charges_of(one.customer, one.period, alone)
    free = [each for each in discounts if isinstance(each.form, FreeUnits)]
    used = [line for line in lines if line.metric and any(each.is_about(line.price_key) for each in free)]
    year = year_like(floor, terms.card.subscription, lines, off_months=off_months)
    return YearAtUsage(
        customer=one.customer.key,
        subscription=terms.card.subscription,
        floor=floor.key,
        month=month,
        currency=one.customer.currency,
        is_judged=not problems and any(line.quantity for line in used),
        listed=year.listed,
        remains=year.remains,
        wanted=year.wanted,
    )


def below_in_words(rows: Iterable[YearAtUsage]) -> tuple[tuple[str, str], ...]:
    """The breaches among these as a guard rail tells them: a place and words for each discount and floor.

    >>> below_in_words([])
    ()
    """
    found: dict[tuple[str, str], list[YearAtUsage]] = {}
    for one in rows:
        if one.is_judged and one.missing:
            found.setdefault((one.discount, one.floor), []).append(one)
    return tuple(_told(discount, floor, those) for (discount, floor), those in found.items())


def _told(discount: str, floor: str, those: Sequence[YearAtUsage]) -> tuple[str, str]:
    worst = sorted(those, key=lambda one: (-one.missing, one.customer))
    named = "; ".join(one.text for one in worst[:_TOLD_MAX])
    rest = f"; and {len(worst) - _TOLD_MAX} more customers" if len(worst) > _TOLD_MAX else ""
    if discount:
        return f"discounts.{discount}", f"the free units of {discount!r}, redeemed: {named}{rest}"
    return f"floors.{floor}", f"discounts that customers have: {named}{rest}"


def not_judged_in_words(rows: Iterable[YearAtUsage]) -> tuple[tuple[str, str], ...]:
    """Where nothing was used by which free units could be judged: a place and words for each.

    >>> not_judged_in_words([])
    ()
    """
    return tuple(_no_usage(one) for one in rows if not one.is_judged)


def _no_usage(one: YearAtUsage) -> tuple[str, str]:
    if not one.discount:
        return f"floors.{one.floor}", one.text
    message = (
        f"the free units of {one.discount!r} could not be judged by the floor {one.floor!r}: nobody who may "
        f"redeem them used anything in {one.month} that they are about"
    )
    return f"discounts.{one.discount}", message
