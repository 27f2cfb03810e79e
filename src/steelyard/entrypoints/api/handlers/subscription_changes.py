"""Dated changes of subscriptions: made or previewed, listed, withdrawn."""

from __future__ import annotations

from datetime import datetime

from steelyard.billing.accounts import Cards
from steelyard.billing.amending import MonthChange, months_changed
from steelyard.billing.retroactive import billed_until_of
from steelyard.catalog import CatalogVersion, version_named
from steelyard.contracts import ChangeAction, Customer, Planned, Subscription
from steelyard.contracts.amending import (
    NewChange,
    PlannedSubscriptionChange,
    change_subscription,
    withdraw_change,
)
from steelyard.contracts.changes import Terms, When, in_order
from steelyard.contracts.timeline import Deal
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.retroactive import agree
from steelyard.entrypoints.api.handlers.shaping import shaped
from steelyard.entrypoints.api.shapes import subscription_changes as shapes
from steelyard.entrypoints.api.shapes.retroactive import AdjustedMonth
from steelyard.kernel import Conflict, InvalidInput, NotFound, Problem, iso, plain


def create(call: Call) -> shapes.SubscriptionChanged:
    """Change a subscription, or say what changing it would do to its bills."""
    asked: shapes.SubscriptionChangeIn = call.body
    subscription = _found(call)
    outcome = change_subscription(
        call.workspace.state,
        _catalog_then(call, subscription, asked),
        subscription.id,
        _new(asked),
        by=call.principal.key_id,
        at=call.now,
    )
    if not isinstance(outcome, PlannedSubscriptionChange):
        raise InvalidInput(f"not changed: {outcome[0]}", code="invalid_change", problems=outcome)
    _refuse_agreed_otherwise(call, outcome)
    return agree(
        call,
        outcome.planned.write,
        lambda adjusted: _answer(call, outcome, adjusted, dry_run=asked.dry_run),
        subscriptions=[outcome.planned.record],
        adjust=asked.adjust,
        dry_run=asked.dry_run,
        reason=asked.reason,
    )


def _catalog_then(
    call: Call, subscription: Subscription, asked: shapes.SubscriptionChangeIn
) -> CatalogVersion:
    """The catalog version that is followed once the change holds: the one it names, or as it is then."""
    moment = max(asked.effective_from or call.now, subscription.start)
    return version_named(call.workspace.state, asked.catalog or subscription.terms_at(moment).catalog)


def _refuse_agreed_otherwise(call: Call, planned: PlannedSubscriptionChange) -> None:
    """What a phase of a contract says would go before the change, which would then change nothing."""
    change, changed = planned.change, planned.planned.record
    customer = call.workspace.state.get(Customer, changed.customer)
    if customer is None:
        return
    contracts = Cards(call.workspace.state).contracts(customer.key)
    contract = Deal(subscription=changed, customer=customer, contracts=contracts).contract_at(
        change.effective_from
    )
    phase = contract.phase_at(change.effective_from) if contract else None
    if contract is None or phase is None:
        return
    said = [name for name in change.quantities if name in phase.quantities]
    said += ["plan"] if change.plan is not None and phase.plan is not None else []
    if said:
        message = f"the phase {phase.name!r} of {contract.name!r} says the {' and '.join(said)}"
        problem = Problem(
            code="set_by_contract", message=message, field="quantities", allowed=f"amend {contract.id}"
        )
        raise Conflict(f"{message}; amend the contract", code="set_by_contract", problems=(problem,))


def _new(asked: shapes.SubscriptionChangeIn) -> NewChange:
    return NewChange(
        action=ChangeAction(asked.action),
        effective_from=asked.effective_from,
        when=None if asked.when is None else When(asked.when),
        plan=asked.plan,
        quantities=asked.quantities,
        add=tuple(asked.add),
        remove=tuple(asked.remove),
        commitment=asked.commitment,
        catalog=asked.catalog,
        until=asked.until,
        reason=asked.reason,
    )


def _answer(
    call: Call, planned: PlannedSubscriptionChange, adjusted: list[AdjustedMonth], *, dry_run: bool
) -> shapes.SubscriptionChanged:
    before, after, start = planned.before, planned.planned.record, planned.change.effective_from
    state = call.workspace.state
    customer = state.get(Customer, before.customer)
    if customer is None:
        raise NotFound(f"there is no customer {before.customer!r}")
    billed = billed_until_of(state, {customer.key}).get(customer.key, start)
    others = [one for one in state.find(Subscription, customer=customer.key) if one.id != before.id]
    months = months_changed(
        call.workspace.books,
        customer,
        before=[*others, before],
        after=[*others, after],
        since=max(start, billed),
    )
    return shapes.SubscriptionChanged(
        subscription=after.id,
        label=planned.label,
        change=shaped(planned.change, shapes.SubscriptionChange),
        before=terms_of(before.terms_at(start), start),
        after=terms_of(after.terms_at(start), start),
        months=[month_of(one) for one in months],
        dry_run=dry_run,
        adjusted=adjusted,
    )


def terms_of(terms: Terms, at: datetime) -> shapes.SubscriptionTerms:
    """The terms in the shape that goes over the wire."""
    return shaped(terms, shapes.SubscriptionTerms, at=iso(at))


def month_of(one: MonthChange) -> shapes.TermsMonth:
    """A month before and after in the shape that goes over the wire."""
    return shapes.TermsMonth(
        period_name=one.period_name,
        currency=one.currency,
        before=plain(one.before),
        after=plain(one.after),
        credit=plain(one.credit),
        charge=plain(one.charge),
        net=plain(one.net),
        lines=[
            shapes.TermsLine(
                title=line.title,
                reason=line.reason,
                start=iso(line.period.start),
                end=iso(line.period.end),
                before=None if line.before is None else plain(line.before),
                after=None if line.after is None else plain(line.after),
            )
            for line in one.lines
        ],
        problems=[str(problem) for problem in one.problems],
    )


def list_changes(call: Call) -> shapes.SubscriptionChangeList:
    """What changed, and will change."""
    return _list(_found(call), call.now)


def withdraw(call: Call) -> shapes.SubscriptionChangeList:
    """Take a change back that has not taken effect."""
    subscription = _found(call)
    outcome = withdraw_change(call.workspace.state, subscription.id, call.path["change"], at=call.now)
    if not isinstance(outcome, Planned):
        if outcome[0].code == "unknown_change":
            raise NotFound(outcome[0].message, code="unknown_change")
        raise Conflict(outcome[0].message, code=outcome[0].code, problems=outcome)
    answer = _list(outcome.record, call.now)
    if outcome.write is not None:
        call.commit(outcome.write, answer)
    return answer


def _list(subscription: Subscription, now: datetime) -> shapes.SubscriptionChangeList:
    held = in_order(subscription.changes)
    gone = [one for one in subscription.changes if one.withdrawn]
    return shapes.SubscriptionChangeList(
        subscription=subscription.id,
        now=terms_of(subscription.terms_at(now), now),
        items=[shaped(one, shapes.SubscriptionChange) for one in (*held, *gone)],
    )


def _found(call: Call) -> Subscription:
    id = call.path["id"]
    found = call.workspace.state.get(Subscription, id)
    if found is None or not call.principal.sees(found.customer):
        raise NotFound(f"there is no subscription {id[:100]!r}", code="unknown_subscription")
    return found
