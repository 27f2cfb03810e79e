"""A subscription over a stretch of time: where its terms change, and the one card of all its parts.

A period is split at every moment at which anything about the agreement changes. What stays the same over a
split is not split: an item that is equal on both sides is one item, so that a change that changes nothing
changes no bill, and tiers and allowances go on where the price goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final

from steelyard.catalog import CatalogVersion, Group, Price
from steelyard.catalog.rate_change import moments_of
from steelyard.contracts.agreement import Agreement
from steelyard.contracts.arrangement import NOTHING_ARRANGED
from steelyard.contracts.changes import RunState
from steelyard.contracts.contract import Contract
from steelyard.contracts.fees import ContractFee, FeeDue, due_in, within
from steelyard.contracts.layers import steps_until
from steelyard.contracts.model import Customer, Subscription, Turn
from steelyard.contracts.rate_card import (
    AgreedCommitment,
    Bearing,
    RateCard,
    RatedItem,
    bears_item,
    effective_rate_card,
)
from steelyard.contracts.sharing import commitments_of, shares_commitments
from steelyard.kernel import ZERO, Period
from steelyard.kernel.daycount import share_of
from steelyard.kernel.period import month_of, zone
from steelyard.rating import FlatPrice

NEVER_TURNED: Final[Mapping[str, CatalogVersion]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """A subscription with its customer and every contract that may apply to it.

    One of a customer's subscriptions bears the fees that contracts ask in advance.
    """

    subscription: Subscription
    customer: Customer
    contracts: tuple[Contract, ...] = ()
    bears_fees: bool = False

    def contract_at(self, moment: datetime) -> Contract | None:
        """The contract that applies at the moment; of several the one that began last."""
        plan = self.subscription.terms_at(moment).plan
        held = [one for one in self.contracts if one.applies_to(self.customer.key, plan, moment)]
        return max(held, key=lambda one: (one.start, one.id)) if held else None

    def attributes_at(self, moment: datetime) -> dict[str, str]:
        """By what prices are selected at the moment: the customer's attributes, its currency, the plan."""
        plan = self.subscription.terms_at(moment).plan
        known = self.customer.attributes_at(moment)
        return {**known, "currency": self.customer.currency, "plan": plan}

    def agreement_at(self, moment: datetime) -> Agreement:
        """What the rates of the moment follow from."""
        return Agreement(
            subscription=self.subscription,
            contract=self.contract_at(moment),
            attributes=self.attributes_at(moment),
            timezone=self.customer.timezone,
        )


def moments(deal: Deal, version: CatalogVersion, active: Period) -> list[datetime]:
    """The moments inside the stretch at which the deal's terms may change, in order; never its ends."""
    found = set(deal.subscription.moments)
    found |= moments_of(version.catalog.rate_changes)
    if version.catalog.price_books:
        found |= {one.effective_from for one in deal.customer.attributes}
        found |= {at for book in version.catalog.price_books.values() for at in moments_of(book.rates)}
    for contract in deal.contracts:
        found |= _moments_of_contract(contract, active.end, deal.customer.timezone)
    return sorted(moment for moment in found if active.start < moment < active.end)


def _moments_of_contract(contract: Contract, until: datetime, timezone: str) -> set[datetime]:
    found = {contract.start} | ({contract.end} if contract.end else set[datetime]())
    found |= moments_of(contract.overrides)
    for phase in contract.phases:
        found |= {phase.effective_from} | moments_of(phase.overrides)
    for lock in contract.locks:
        found |= {lock.effective_from, lock.effective_until}
    for member in contract.members:
        found |= {member.effective_from} | (
            {member.effective_until} if member.effective_until else set[datetime]()
        )
    for escalator in contract.escalators:
        found |= set(steps_until(escalator, until, timezone))
    return found


def parts(deal: Deal, version: CatalogVersion, active: Period) -> list[Period]:
    """The stretch cut where the deal's terms may change; the parts together are the stretch."""
    cuts = [active.start, *moments(deal, version, active), active.end]
    return [Period(start=start, end=end) for start, end in pairwise(cuts)]


def card_over(
    deal: Deal, version: CatalogVersion, active: Period, turned: Mapping[str, CatalogVersion] = NEVER_TURNED
) -> RateCard:
    """The one card of a stretch of time: each item over the part of it in which it applies unchanged.

    An item that applies all the time has no `active` of its own. A commitment that changes is due by days.
    `turned` are other versions, by the names of the subscription's turns from which on they hold.
    """
    turns = _turns(deal.subscription, version, active, turned) if turned else ()
    if turns:
        return _turned(deal, version, active, turns)
    cut = parts(deal, version, active)
    cards = [effective_rate_card(deal.agreement_at(one.start), version, one.start) for one in cut]
    return _over(deal, cards, cut, active)


def _turns(
    subscription: Subscription, version: CatalogVersion, active: Period, turned: Mapping[str, CatalogVersion]
) -> list[tuple[Turn, CatalogVersion]]:
    """The turns that lead to another version than the one before, each with it."""
    found: list[tuple[Turn, CatalogVersion]] = []
    for turn in subscription.turns_over(active):
        other = turned.get(turn.name, version)
        if other.id != version.id:
            found.append((turn, other))
            version = other
    return found


def _turned(
    deal: Deal, version: CatalogVersion, active: Period, turns: Sequence[tuple[Turn, CatalogVersion]]
) -> RateCard:
    """The card of a stretch in which one version is followed until a moment, and another one from it on."""
    cuts = [active.start, *(turn.at for turn, _ in turns), active.end]
    versions = [version, *(other for _, other in turns)]
    cut, cards = list[Period](), list[RateCard]()
    for one, (start, end) in zip(versions, pairwise(cuts), strict=True):
        then = replace(deal, subscription=pinned(deal.subscription, one.id))
        for part in parts(then, one, Period(start=start, end=end)):
            card = effective_rate_card(then.agreement_at(part.start), one, part.start)
            items = tuple(replace(item, version=one.id) for item in card.items)
            cut.append(part)
            cards.append(replace(card, items=items))
    card = _over(deal, cards, cut, active)
    items = tuple(replace(item, version="") if item.version == version.id else item for item in card.items)
    named = {turn.name: other.id for turn, other in turns}
    return replace(card, items=items, catalog_version=version.id, turned=named)


def pinned(subscription: Subscription, version: str) -> Subscription:
    """The subscription as if it stayed on that version: a document is priced by it."""
    changes = tuple(replace(change, catalog=None) for change in subscription.changes)
    return replace(subscription, catalog=version, catalog_until=None, changes=changes)


def _over(deal: Deal, cards: Sequence[RateCard], cut: Sequence[Period], active: Period) -> RateCard:
    fees = _fees(deal, cards[0], active) if deal.bears_fees else ()
    # A fee may be due in a month in which its contract does not hold yet: it is named then, too.
    asking = {item.price.card for item in fees}
    contracts = tuple(one.id for one in deal.contracts if _touches(one, active) or one.id in asking)
    last = replace(_committed(deal, cards[-1], active), bearings=_bearings(deal, cut))
    if len(cards) == 1:
        return replace(last, contracts=contracts, items=(*last.items, *fees))
    cards = [_marked(deal, card, part, active) for card, part in zip(cards, cut, strict=True)]
    return replace(
        last,
        items=(*_merged(cards, cut, active), *fees),
        commitment=_commitment(cards, cut, deal.customer.timezone),
        problems=tuple(dict.fromkeys(problem for card in cards for problem in card.problems)),
        contracts=contracts,
    )


def _committed(deal: Deal, card: RateCard, active: Period) -> RateCard:
    """The card with what the contracts commit the customer to, where this subscription bears it."""
    held = deal.contracts if deal.bears_fees else ()
    month = month_of(active.start, deal.customer.timezone).start
    found = tuple(
        terms
        for one in held
        for terms in commitments_of(
            one, deal.customer.key, month if shares_commitments(one) else active.start
        )
    )
    if not found or card.state is RunState.SANDBOX:
        return card
    agreed = card.arrangement
    if agreed is NOTHING_ARRANGED:
        one = deal.subscription
        agreed = replace(agreed, start=one.start, end=one.end, quantities=one.quantities)
    every = sorted((*agreed.commitments, *found), key=lambda one: (one.priority, one.key))
    return replace(card, arrangement=replace(agreed, commitments=tuple(every)))


def _marked(deal: Deal, card: RateCard, part: Period, active: Period) -> RateCard:
    """The card of a part of the month that names what a shared commitment bears in it, which splits it."""
    contract = deal.contract_at(part.start)
    if contract is None or not contract.splits_members or contract.customer == deal.customer.key:
        return card
    month = month_of(active.start, deal.customer.timezone)
    shared = contract.commitments_at(month.start) if shares_commitments(contract) else ()
    held = [one for one in shared if one.holds_in(month, deal.customer.timezone)]
    items = tuple(
        replace(item, borne_under=contract.id) if any(bears_item(one, item) for one in held) else item
        for item in card.items
    )
    return replace(card, items=items)


def _bearings(deal: Deal, cut: Sequence[Period]) -> tuple[Bearing, ...]:
    """The commitments that the subscription's customer shares as a member, with the times under them."""
    held = [one for one in deal.contracts if one.customer != deal.customer.key and shares_commitments(one)]
    found: list[Bearing] = []
    for one in held:
        times: list[Period] = []
        for part in cut:
            then = deal.contract_at(part.start)
            if then is None or then.id != one.id:
                continue
            if times and times[-1].end == part.start:
                part = Period(start=times.pop().start, end=part.end)
            times.append(part)
        terms = one.commitments_at(month_of(cut[0].start, deal.customer.timezone).start)
        if times and terms:
            bears = Bearing(
                contract=one.id, name=one.name, payer=one.customer, commitments=terms, times=tuple(times)
            )
            found.append(bears)
    return tuple(found)


def _fees(deal: Deal, card: RateCard, active: Period) -> tuple[RatedItem, ...]:
    """What contracts ask in advance in the months of the stretch, as items of the card."""
    month = month_of(active.start, deal.customer.timezone)
    own = [one for one in deal.contracts if one.customer == deal.customer.key and not one.shadow]
    return tuple(
        _fee_item(contract, due, card)
        for contract in own
        for fee in contract.fees
        for due in _dues(contract, fee, month, deal.customer.timezone)
    )


def _dues(contract: Contract, fee: ContractFee, month: Period, timezone: str) -> Iterator[FeeDue]:
    """What is due of a fee in the month; no cycle of it begins once its contract is over."""
    agreed_at = contract.notice.recorded_at if contract.notice else None
    held = within(fee, contract.end, goes_on=contract.goes_on, agreed_at=agreed_at)
    last = None if contract.end is None else contract.end.astimezone(zone(timezone)).date()
    for due in due_in(held, month, timezone):
        if last is None or due.start < last or due.amount < 0:
            yield due


def _fee_item(contract: Contract, due: FeeDue, card: RateCard) -> RatedItem:
    price = Price(
        key=f"fee:{due.fee.key}",
        name=due.fee.name,
        owner=contract.customer,
        definition=f"a fee of the contract {contract.name}",
        card=contract.id,
        family=due.fee.key,
        currency=card.currency,
        model=FlatPrice(amount=due.amount),
    )
    days = f"{due.start.isoformat()} to {due.end.isoformat()}"
    return RatedItem(
        price=price,
        metric=None,
        group=Group.CORE,
        included=ZERO,
        quantity=None,
        reason=f"contract {contract.name}, {days}: {due.words}",
        in_advance=True,
    )


def _touches(contract: Contract, active: Period) -> bool:
    return contract.start < active.end and (contract.end is None or active.start < contract.end)


def _merged(cards: Sequence[RateCard], cut: Sequence[Period], active: Period) -> list[RatedItem]:
    runs: list[tuple[RatedItem, Period]] = []
    for card, part in zip(cards, cut, strict=True):
        for item in card.items:
            place = next(
                (n for n, (same, over) in enumerate(runs) if over.end == part.start and _alike(same, item)),
                None,
            )
            if place is None:
                runs.append((item, part))
            else:
                runs[place] = (runs[place][0], Period(start=runs[place][1].start, end=part.end))
    return [item if over == active else replace(item, active=over) for item, over in runs]


def _alike(one: RatedItem, other: RatedItem) -> bool:
    """Whether both are the same, whichever catalog versions they stand in."""
    return one == other if one.version == other.version else replace(one, version=other.version) == other


def _commitment(cards: Sequence[RateCard], cut: Sequence[Period], timezone: str) -> AgreedCommitment | None:
    """The commitment of all parts: the same throughout, or each part's for its days."""
    said = [card.commitment for card in cards]
    first = next((one for one in said if one is not None), None)
    if first is None or all(one == first for one in said):
        return first
    whole = Period(start=cut[0].start, end=cut[-1].end)
    amount, words = ZERO, list[str]()
    covers: dict[str, None] = {}
    for one, part in zip(said, cut, strict=True):
        if one is not None:
            share = share_of(part, whole, timezone, cards[-1].day_count)
            amount += share.of_amount(one.amount)
            covers |= dict.fromkeys(one.covers)
            words.append(f"{one.reason} for {share.days} of {share.of} days")
    return AgreedCommitment(amount=_short(amount), covers=tuple(covers), reason="; ".join(words))


def _short(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-12)).normalize() if amount else ZERO


def contracts_of(customer: str, contracts: Iterable[Contract]) -> tuple[Contract, ...]:
    """The contracts that the customer has or ever had, by start.

    >>> contracts_of("acme", [])
    ()
    """
    mine = [one for one in contracts if customer in one.customers]
    return tuple(sorted(mine, key=lambda one: (one.start, one.id)))
