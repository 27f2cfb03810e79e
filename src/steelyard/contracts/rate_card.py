"""The effective rate card: which prices apply to an agreement at a moment, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from steelyard.catalog import CatalogVersion, Group, Plan, PlanItem, Price, ValueMetric
from steelyard.catalog.rate_change import RateChange
from steelyard.catalog.schedule import applied
from steelyard.contracts.agreement import Agreement
from steelyard.contracts.arrangement import NOTHING_ARRANGED, Arrangement, arrangement_of
from steelyard.contracts.changes import RunState, Terms
from steelyard.contracts.commitments import CommitmentTerms
from steelyard.contracts.layers import books_of, layered
from steelyard.contracts.model import LIVE
from steelyard.contracts.sharing import shared_in_contract, split_part
from steelyard.kernel import ZERO, InvalidInput, Period, Problem, iso, plain
from steelyard.kernel.daycount import DayCount
from steelyard.rating import Term


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedItem:
    """One price that applies, and in words why it does.

    `metric` measures the quantity; without one, `quantity` is the number that plan or subscription fix
    (None: the price needs none, as a flat fee), of what `unit` names in the plural. `included` units are
    free before the price rates the rest. `active` is the part of the time in which it applies, where that is
    not all of the card's; one that is `in_advance` is due as it is, whatever days the subscription ran.
    `pool` is the contract under which it is shared with other customers who have the same price. `version` is
    the catalog version that it stands in, where that is not the card's. `borne_under` is the contract whose
    shared commitment bears it, where that splits the month.
    """

    price: Price
    metric: ValueMetric | None
    group: Group
    included: Decimal
    quantity: Decimal | None
    reason: str
    unit: str = ""
    active: Period | None = None
    in_advance: bool = False
    pool: str = ""
    version: str = ""
    borne_under: str = ""

    @property
    def slot(self) -> str:
        """What tells the item from the others of its card: the price's key, and from when if not always."""
        return self.price.key if self.active is None else f"{self.price.key}@{iso(self.active.start)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedCommitment:
    """The amount due in each period in any case; it covers usage of the named prices up to itself."""

    amount: Decimal
    covers: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearing:
    """What a contract's shared commitment bears of a member's usage: which commitments, at which times.

    `payer` is the contract's own customer, on whose document the usage is charged.
    """

    contract: str
    name: str
    payer: str
    commitments: tuple[CommitmentTerms, ...]
    times: tuple[Period, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCard:
    """Everything that a subscription is charged by, from one catalog version.

    With `problems` nothing may be charged by it: the catalog and the subscription do not fit. `contracts` are
    the ids of those that were looked at, `day_count` says how its days are counted, `state` how it runs.
    `turned` are the catalog versions to which the subscription turned meanwhile, by the names of its turns.
    `bearings` are the commitments of others that bear what is used by it.
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
    contracts: tuple[str, ...] = ()
    day_count: DayCount = DayCount.ACTUAL
    state: RunState = RunState.ACTIVE
    arrangement: Arrangement = NOTHING_ARRANGED
    turned: Mapping[str, str] = field(default_factory=dict[str, str])
    bearings: tuple[Bearing, ...] = ()


def bears_item(commitment: CommitmentTerms, item: RatedItem) -> bool:
    """Whether the commitment bears a member's charges by the item; what is paid in advance it never does."""
    measured = item.metric is not None and item.quantity is None
    if not measured and (item.in_advance or item.price.timing is Term.IN_ADVANCE):
        return False
    return commitment.bears(item.price.key, item.price.family, measured=measured)


def effective_rate_card(agreement: Agreement, version: CatalogVersion, at: datetime) -> RateCard:
    """The rates that apply to the agreement at the moment, by this catalog version.

    Pure: the same three give the same card. What does not fit is told in the card's `problems`: a
    subscription that does not run at the moment (`not_active`), one that stays on another version
    (`other_version`), a plan, add-on or quantity that is missing.

    >>> from steelyard.catalog import Catalog
    >>> from steelyard.contracts.model import Subscription
    >>> from steelyard.kernel import instant
    >>> at = instant("2026-01-01T00:00:00Z")
    >>> empty = CatalogVersion(id="cat_1", number=1, published_at=at, published_by="x", catalog=Catalog())
    >>> pro = Subscription(id="sub_1", customer="acme", plan="pro", start=at)
    >>> [problem.code for problem in effective_rate_card(Agreement(subscription=pro), empty, at).problems]
    ['unknown_plan']
    """
    asked = _Asked(agreement=agreement, version=version, at=at, terms=terms_of(agreement, at))
    return asked.card()


def terms_of(agreement: Agreement, at: datetime) -> Terms:
    """What the subscription comes to at the moment, with what the phase of its contract says."""
    terms = agreement.subscription.terms_at(at)
    phase = agreement.contract.phase_at(at) if agreement.contract else None
    if phase is None:
        return terms
    return replace(
        terms,
        plan=phase.plan or terms.plan,
        quantities={**terms.quantities, **phase.quantities},
        commitment=terms.commitment if phase.commitment is None else phase.commitment,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One question for a rate card, and the problems that answering it finds."""

    agreement: Agreement
    version: CatalogVersion
    at: datetime
    terms: Terms
    problems: list[Problem] = field(default_factory=list[Problem])

    def card(self) -> RateCard:
        self._find_misfits()
        plan = self.version.catalog.plans.get(self.terms.plan)
        if plan is None:
            message = f"catalog {self.version.id} has no plan {self.terms.plan!r}"
            self._problem("unknown_plan", "plan", message)
            return self._card(None)
        items = [self._plan_item(item, plan) for item in plan.items]
        items += [found for key in self.terms.add_ons if (found := self._add_on(key)) is not None]
        items = [found for item in items if (found := self._as_it_runs(item)) is not None]
        return self._card(plan, tuple(items), self._commitment(plan))

    def _card(
        self,
        plan: Plan | None,
        items: tuple[RatedItem, ...] = (),
        commitment: AgreedCommitment | None = None,
    ) -> RateCard:
        contract = self.agreement.contract
        return RateCard(
            subscription=self._id,
            customer=self.agreement.subscription.customer,
            plan=self.terms.plan,
            plan_name=plan.name if plan else self.terms.plan,
            currency=self._currency(plan) if plan else "",
            catalog_version=self.version.id,
            items=items,
            commitment=commitment,
            problems=tuple(self.problems),
            contracts=(contract.id,) if contract else (),
            day_count=contract.day_count if contract else DayCount.ACTUAL,
            state=self.terms.state,
            arrangement=self._arrangement(),
        )

    def _arrangement(self) -> Arrangement:
        if self.terms.state is RunState.SANDBOX:
            return NOTHING_ARRANGED
        now = replace(
            self.agreement.subscription, plan=self.terms.plan, quantities=dict(self.terms.quantities)
        )
        return arrangement_of(now, self.version)

    def _currency(self, plan: Plan) -> str:
        """The plan's currency, or that of the closest price book that has another."""
        books = books_of(self.agreement, self.version.catalog)
        return next((book.currency for book in reversed(books) if book.currency), plan.currency)

    @property
    def _id(self) -> str:
        return self.agreement.subscription.id

    def _problem(self, code: str, field: str, message: str) -> None:
        self.problems.append(Problem(code=code, message=message, field=field))

    def _find_misfits(self) -> None:
        if not self.agreement.subscription.active_at(self.at):
            self._problem("not_active", "", f"{self._id} does not run at {iso(self.at)}")
        if self.terms.catalog not in (LIVE, self.version.id):
            message = f"{self._id} stays on catalog {self.terms.catalog}, this is {self.version.id}"
            self._problem("other_version", "catalog", message)

    def _plan_item(self, item: PlanItem, plan: Plan) -> RatedItem:
        price = self.version.catalog.price(item.price)
        reason = f"plan {plan.name}"
        quantity = item.quantity
        if quantity is not None:
            reason += f", {plain(quantity)} by the plan"
        elif item.quantity_from is not None:
            quantity = self.terms.quantities.get(item.quantity_from)
            if quantity is None:
                message = f"{self._id} does not say how many {item.quantity_from}"
                self._problem("missing_quantity", f"quantities.{item.quantity_from}", message)
            else:
                reason += f", {plain(quantity)} {item.quantity_from} by {self._said_by(item.quantity_from)}"
        if item.included is not None:
            price = replace(price, included=item.included)
        rated = self._rated(price, item.group or price.group, quantity, reason)
        return replace(rated, unit=item.quantity_from or rated.unit)

    def _said_by(self, quantity: str) -> str:
        """Who agreed how many: the phase of the contract, or the subscription."""
        contract = self.agreement.contract
        phase = contract.phase_at(self.at) if contract else None
        return f"the phase {phase.name}" if phase and quantity in phase.quantities else "the subscription"

    def _add_on(self, key: str) -> RatedItem | None:
        price = self.version.catalog.prices.get(key)
        if price is None:
            message = f"the catalog has no price {key!r}, which {self._id} adds"
            self._problem("unknown_price", "add_ons", message)
            return None
        quantity = None if price.metric else Decimal(1)
        return self._rated(price, Group.ADD_ON, quantity, "add-on of the subscription")

    def _rated(self, listed: Price, group: Group, quantity: Decimal | None, reason: str) -> RatedItem:
        catalog = self.version.catalog
        try:
            price, words = layered(listed, self.agreement, catalog, self.at)
        except InvalidInput as error:
            self._problem(error.detail_code, listed.key, error.message)
            price, words = listed, ()
        measured = price.metric is not None and quantity is None
        shared = shared_in_contract(price, self.agreement, self.at, measured=measured)
        price = shared.price
        if price.included:
            reason += f", {plain(price.included)} included"
        return RatedItem(
            price=price,
            metric=catalog.metric(price.metric) if price.metric else None,
            group=group,
            included=price.included or ZERO,
            quantity=quantity,
            reason="; ".join((reason, *words, *shared.words)),
            pool=shared.pool,
        )

    def _as_it_runs(self, item: RatedItem) -> RatedItem | None:
        """The item as the subscription runs: free on trial, no fees in a pause, nothing in a sandbox."""
        match self.terms.state:
            case RunState.SANDBOX:
                return None
            case RunState.PAUSED:
                return item if item.metric is not None and item.quantity is None else None
            case RunState.TRIAL:
                until = f" until {iso(self.terms.until)[:10]}" if self.terms.until else ""
                free = applied(RateChange(price=item.price.key, multiplier=ZERO), item.price)
                return replace(item, price=free, reason=f"{item.reason}; trial{until}: free")
            case _:
                return item

    def _commitment(self, plan: Plan) -> AgreedCommitment | None:
        if plan.commitment is None or self.terms.state not in (RunState.ACTIVE, RunState.ENDED):
            return None
        own = self.terms.commitment is not None
        amount = self.terms.commitment if own else plan.commitment.amount
        if amount is None:
            message = f"the plan {plan.key!r} is by contract: no amount is agreed yet"
            self._problem("missing_commitment", "commitment", message)
            return None
        reason = "committed by the subscription" if own else f"committed by plan {plan.name}"
        part = split_part(self.agreement, self.at)
        if part is not None and not own:
            amount *= part
            reason += f", of which {plain(part)} by the contract"
        return AgreedCommitment(amount=amount, covers=plan.commitment.covers, reason=reason)
