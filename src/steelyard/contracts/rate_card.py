"""The effective rate card: which prices apply to a subscription at a moment, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from steelyard.catalog import Catalog, CatalogVersion, Group, Plan, PlanItem, Price, ValueMetric
from steelyard.contracts.arrangement import NOTHING_ARRANGED, Arrangement, arrangement_of
from steelyard.contracts.model import LIVE, Subscription
from steelyard.kernel import ZERO, Problem, iso, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedItem:
    """One price that applies, and in words why it does.

    `metric` measures the quantity; without one, `quantity` is the number that plan or subscription fix
    (None: the price needs none, as a flat fee), of what `unit` names in the plural. `included` units are
    free before the price rates the rest.
    """

    price: Price
    metric: ValueMetric | None
    group: Group
    included: Decimal
    quantity: Decimal | None
    reason: str
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedCommitment:
    """The amount due in each period in any case; it covers usage of the named prices up to itself."""

    amount: Decimal
    covers: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCard:
    """Everything that a subscription is charged by, from one catalog version.

    With `problems` nothing may be charged by it: the catalog and the subscription do not fit.
    """

    subscription: str
    customer: str
    plan: str
    plan_name: str
    currency: str
    catalog_version: str
    items: tuple[RatedItem, ...] = ()
    commitment: AgreedCommitment | None = None
    problems: tuple[Problem, ...] = ()
    arrangement: Arrangement = NOTHING_ARRANGED


def effective_rate_card(subscription: Subscription, version: CatalogVersion, at: datetime) -> RateCard:
    """The rates that apply to the subscription at the moment, by this catalog version.

    Pure: the same three give the same card. What does not fit is told in the card's `problems`: a
    subscription that does not run at the moment (`not_active`), one that stays on another version
    (`other_version`), a plan, add-on or quantity that is missing.

    >>> from steelyard.catalog import Catalog
    >>> from steelyard.kernel import instant
    >>> at = instant("2026-01-01T00:00:00Z")
    >>> empty = CatalogVersion(id="cat_1", number=1, published_at=at, published_by="x", catalog=Catalog())
    >>> pro = Subscription(id="sub_1", customer="acme", plan="pro", start=at)
    >>> [problem.code for problem in effective_rate_card(pro, empty, at).problems]
    ['unknown_plan']
    """
    catalog = version.catalog
    problems = _misfits(subscription, version, at)
    plan = catalog.plans.get(subscription.plan)
    if plan is None:
        message = f"catalog {version.id} has no plan {subscription.plan!r}"
        problems.append(Problem(code="unknown_plan", message=message, field="plan"))
        return _card(subscription, version, None, problems=tuple(problems))
    items = [_plan_item(item, plan, subscription, catalog, problems) for item in plan.items]
    items += [_add_on(key, subscription, catalog, problems) for key in subscription.add_ons]
    commitment = _commitment(subscription, plan, problems)
    found = tuple(item for item in items if item is not None)
    return _card(subscription, version, plan, found, commitment, tuple(problems))


def _card(
    subscription: Subscription,
    version: CatalogVersion,
    plan: Plan | None,
    items: tuple[RatedItem, ...] = (),
    commitment: AgreedCommitment | None = None,
    problems: tuple[Problem, ...] = (),
) -> RateCard:
    return RateCard(
        subscription=subscription.id,
        customer=subscription.customer,
        plan=subscription.plan,
        plan_name=plan.name if plan else subscription.plan,
        currency=plan.currency if plan else "",
        catalog_version=version.id,
        items=items,
        commitment=commitment,
        problems=problems,
        arrangement=arrangement_of(subscription, version),
    )


def _misfits(subscription: Subscription, version: CatalogVersion, at: datetime) -> list[Problem]:
    problems: list[Problem] = []
    if not subscription.active_at(at):
        problems.append(Problem(code="not_active", message=f"{subscription.id} does not run at {iso(at)}"))
    if subscription.catalog not in (LIVE, version.id):
        message = f"{subscription.id} stays on catalog {subscription.catalog}, this is {version.id}"
        problems.append(Problem(code="other_version", message=message, field="catalog"))
    return problems


def _plan_item(
    item: PlanItem, plan: Plan, subscription: Subscription, catalog: Catalog, problems: list[Problem]
) -> RatedItem:
    price = catalog.price(item.price)
    reason = f"plan {plan.name}"
    quantity = item.quantity
    if quantity is not None:
        reason += f", {plain(quantity)} by the plan"
    elif item.quantity_from is not None:
        quantity = subscription.quantities.get(item.quantity_from)
        if quantity is None:
            message = f"{subscription.id} does not say how many {item.quantity_from}"
            field = f"quantities.{item.quantity_from}"
            problems.append(Problem(code="missing_quantity", message=message, field=field))
        else:
            reason += f", {plain(quantity)} {item.quantity_from} by the subscription"
    included = price.included if item.included is None else item.included
    if included:
        reason += f", {plain(included)} included"
    rated = _rated(price, catalog, item.group or price.group, included, quantity, reason)
    return replace(rated, unit=item.quantity_from or rated.unit)


def _add_on(
    key: str, subscription: Subscription, catalog: Catalog, problems: list[Problem]
) -> RatedItem | None:
    price = catalog.prices.get(key)
    if price is None:
        message = f"the catalog has no price {key!r}, which {subscription.id} adds"
        problems.append(Problem(code="unknown_price", message=message, field="add_ons"))
        return None
    quantity = None if price.metric else Decimal(1)
    reason = "add-on of the subscription"
    return _rated(price, catalog, Group.ADD_ON, price.included, quantity, reason)


def _rated(
    price: Price, catalog: Catalog, group: Group, included: Decimal, quantity: Decimal | None, reason: str
) -> RatedItem:
    return RatedItem(
        price=price,
        metric=catalog.metric(price.metric) if price.metric else None,
        group=group,
        included=included or ZERO,
        quantity=quantity,
        reason=reason,
    )


def _commitment(subscription: Subscription, plan: Plan, problems: list[Problem]) -> AgreedCommitment | None:
    if plan.commitment is None:
        return None
    own = subscription.commitment is not None
    amount = subscription.commitment if own else plan.commitment.amount
    if amount is None:
        message = f"the plan {plan.key!r} is by contract, and {subscription.id} names no amount"
        problems.append(Problem(code="missing_commitment", message=message, field="commitment"))
        return None
    reason = "committed by the subscription" if own else f"committed by plan {plan.name}"
    return AgreedCommitment(amount=amount, covers=plan.commitment.covers, reason=reason)
