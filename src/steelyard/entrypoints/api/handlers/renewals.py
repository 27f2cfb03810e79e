"""Renewals of contracts with their deadlines, and shadow invoices of pilots."""

from __future__ import annotations

import dataclasses

from steelyard.billing.accounts import Cards, Months, account
from steelyard.billing.amending import compared
from steelyard.billing.draft import draft
from steelyard.billing.readings import read_terms
from steelyard.contracts import Contract, Customer, Planned, Subscription, together
from steelyard.contracts.renewal import give_notice, renew_automatically, renew_contract, renewals_due
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.contracts import agreed
from steelyard.entrypoints.api.handlers.shaping import shaped
from steelyard.entrypoints.api.handlers.subscription_changes import month_of
from steelyard.entrypoints.api.shapes import contracts as contract_shapes
from steelyard.entrypoints.api.shapes import renewals as shapes
from steelyard.kernel import Conflict, InvalidInput, NotFound, Problem, iso


def list_renewals(call: Call) -> shapes.RenewalList:
    """The contracts that end soon, by the last day on which notice can be given."""
    query: shapes.RenewalsQuery = call.query
    due = renewals_due(
        call.workspace.state.find(Contract),
        call.workspace.directory.customers,
        now=call.now,
        within_days=query.within_days,
    )
    return shapes.RenewalList(items=[shaped(one, shapes.RenewalDue) for one in due])


def renew_due(call: Call) -> shapes.RenewedList:
    """Let every contract go on whose end has come and that does so by itself; again changes nothing."""
    asked: shapes.RenewDueIn = call.body
    with call.workspace.billing:
        planned = renew_automatically(call.workspace.state, now=call.now)
        items = [
            shapes.Renewed(
                contract=one.record.id,
                name=one.record.name,
                customer=one.record.customer,
                end=iso(one.record.end or call.now),
            )
            for one in planned
        ]
        answer = shapes.RenewedList(items=items, dry_run=asked.dry_run)
        write = together(one.write for one in planned)
        if write is not None and not asked.dry_run:
            call.commit(write, answer)
    return answer


def renew(call: Call) -> contract_shapes.Contract:
    """Let a contract go on for its term."""
    asked: shapes.RenewIn = call.body
    outcome = renew_contract(
        call.workspace.state, call.path["id"], by=call.principal.key_id, reason=asked.reason, at=call.now
    )
    return _answer(call, outcome, "renewed", dry_run=asked.dry_run)


def notice(call: Call) -> contract_shapes.Contract:
    """Say that a contract is not to go on."""
    asked: shapes.NoticeIn = call.body
    outcome = give_notice(
        call.workspace.state,
        call.path["id"],
        given_at=asked.given_at or call.now,
        by=call.principal.key_id,
        reason=asked.reason,
        at=call.now,
    )
    return _answer(call, outcome, "noticed", dry_run=asked.dry_run)


def _answer(
    call: Call, outcome: Planned[Contract] | tuple[Problem, ...], did: str, *, dry_run: bool
) -> contract_shapes.Contract:
    if not isinstance(outcome, Planned):
        if outcome[0].code == "unknown_contract":
            raise NotFound(outcome[0].message, code="unknown_contract")
        if outcome[0].code == "notice_too_late":
            raise Conflict(f"not {did}: {outcome[0]}", code="notice_too_late", problems=outcome)
        raise InvalidInput(f"not {did}: {outcome[0]}", code="invalid_contract", problems=outcome)
    return agreed(call, outcome, dry_run=dry_run, reason=call.body.reason)


def shadow(call: Call) -> shapes.ShadowInvoice:
    """A month as it is billed, beside the same month as if the contract held."""
    query: shapes.ShadowQuery = call.query
    state = call.workspace.state
    contract = state.get(Contract, call.path["id"])
    customer = None if contract is None else state.get(Customer, query.customer or contract.customer)
    if contract is None or customer is None or customer.key not in contract.customers:
        raise NotFound(f"there is no contract {call.path['id'][:100]!r} of this customer")
    cards = Cards(state)
    period = Months(query.period or f"{call.now:%Y-%m}").period(customer.timezone)
    subscriptions = state.find(Subscription, customer=customer.key)
    others = [one for one in cards.contracts(customer.key) if one.id != contract.id]
    piloted = [dataclasses.replace(contract, shadow=False)]
    real = account(customer, subscriptions, period, cards)
    # The pilot takes the place of whatever holds, so the others are left out of the shadow.
    pilot = account(customer, subscriptions, period, cards, contracts=piloted if contract.shadow else others)
    terms = iter(read_terms(call.workspace.usage, [*real.spans, *pilot.spans]))
    billed = draft(customer, period, [next(terms) for _ in real.spans])
    shown = draft(customer, period, [next(terms) for _ in pilot.spans])
    return shapes.ShadowInvoice(
        contract=contract.id,
        customer=customer.key,
        piloted=contract.shadow,
        month=month_of(compared(billed, shown)),
    )
