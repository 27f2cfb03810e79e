"""The effective rate card of a subscription: which price applies at a moment, and why."""

from __future__ import annotations

from collections.abc import Iterator

from steelyard.billing.accounts import Cards
from steelyard.contracts import Contract, Customer, Subscription
from steelyard.contracts.rate_reasons import ReasonedCard, ReasonedRate, reasoned_card
from steelyard.contracts.timeline import Deal
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.shapes import rate_cards as shapes
from steelyard.insight.price_words import price_words
from steelyard.kernel import NotFound, iso, plain
from steelyard.kernel.canonical import to_builtins


def show(call: Call) -> shapes.RateCard:
    """The card of a subscription at a moment, each rate with the layers that made it."""
    subscription = call.workspace.state.get(Subscription, call.path["id"])
    if subscription is None or not call.principal.sees(subscription.customer):
        raise NotFound(f"there is no subscription {call.path['id'][:100]!r}", code="unknown_subscription")
    customer = call.workspace.state.get(Customer, subscription.customer)
    if customer is None:
        raise NotFound(f"there is no customer {subscription.customer!r}", code="unknown_customer")
    at = call.query.at or max(call.now, subscription.start)
    cards = Cards(call.workspace.state)
    version = cards.version(subscription.terms_at(at).catalog)
    if version is None:
        raise NotFound("no catalog is published that it could follow", code="no_catalog")
    deal = Deal(subscription=subscription, customer=customer, contracts=cards.contracts(customer.key))
    return _shown(reasoned_card(deal, version, at), deal)


def _shown(found: ReasonedCard, deal: Deal) -> shapes.RateCard:
    card, contract = found.card, deal.contract_at(found.at)
    return shapes.RateCard(
        subscription=card.subscription,
        customer=card.customer,
        at=iso(found.at),
        plan=card.plan,
        plan_name=card.plan_name,
        state=deal.subscription.terms_at(found.at).state.value,
        currency=card.currency,
        catalog_version=card.catalog_version,
        contract=None if contract is None else shapes.CardContract(id=contract.id, name=contract.name),
        rates=[_rate(one) for one in found.rates],
        commitments=list(_commitments(found, contract)),
        discounts=[one.name for one in card.arrangement.discounts],
        problems=[str(one) for one in card.problems],
        changes_at=[iso(one) for one in found.changes_at],
    )


def _rate(one: ReasonedRate) -> shapes.CardRate:
    item = one.item
    return shapes.CardRate(
        price=item.price.key,
        name=item.price.name,
        group=item.group.value,
        metric=item.metric.key if item.metric else None,
        unit=item.unit or (item.metric.unit if item.metric else ""),
        quantity=None if item.quantity is None else plain(item.quantity),
        included=plain(item.included),
        listed="" if one.listed is None else price_words(one.listed),
        layers=list(one.layers),
        applies=price_words(item.price),
        model=to_builtins(item.price.model),
        reason=item.reason,
    )


def _commitments(found: ReasonedCard, contract: Contract | None) -> Iterator[shapes.CardCommitment]:
    card = found.card
    if card.commitment is not None:
        yield shapes.CardCommitment(
            key="plan",
            amount=plain(card.commitment.amount),
            every="month",
            covers=list(card.commitment.covers),
            reason=card.commitment.reason,
        )
    shared = () if contract is None else contract.commitments_at(found.at)
    for terms in (*card.arrangement.commitments, *shared):
        if terms.start <= found.at and (terms.end is None or found.at < terms.end):
            yield shapes.CardCommitment(
                key=terms.key,
                amount=plain(terms.amount),
                every=terms.every.value,
                covers=list(terms.covers),
                reason=f"committed {'by contract ' if terms.contract else ''}since {iso(terms.start)[:10]}",
            )
