"""Retention: the policy, legal holds, erasures, and what could go."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime

from steelyard.billing import CreditNote, Invoice
from steelyard.billing.retention import (
    Claims,
    ErasurePlan,
    LegalHold,
    RetentionPolicy,
    lift_hold,
    place_hold,
    plan_erasure,
    set_policy,
)
from steelyard.billing.retention import Kept as KeptEntries
from steelyard.billing.retention.model import POLICY_KEY
from steelyard.contracts import Customer, Subscription
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.customers import customer_of
from steelyard.entrypoints.api.handlers.shaping import listed, shaped
from steelyard.entrypoints.api.handlers.visibility import plans_show
from steelyard.entrypoints.api.shapes import retention as shapes
from steelyard.entrypoints.erasing import carry_out, facts_of
from steelyard.kernel import Conflict, Problem, Refused, iso
from steelyard.record import Write
from steelyard.record.erasure import Erasure

_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


def show_policy(call: Call) -> shapes.Policy:
    """How long billing evidence stays."""
    return _policy_shape(_policy(call))


def put_policy(call: Call) -> shapes.Policy:
    """Change how long billing evidence stays."""
    asked: shapes.PolicyIn = call.body
    policy, write = set_policy(
        call.workspace.state,
        dispute_days=asked.dispute_days,
        statutory_years=asked.statutory_years,
        by=call.principal.name,
        reason=asked.reason,
        at=call.now,
    )
    answer = _policy_shape(policy)
    if write is not None:
        call.commit(write, answer)
    return answer


def _policy(call: Call) -> RetentionPolicy:
    return call.workspace.state.get(RetentionPolicy, POLICY_KEY) or RetentionPolicy()


def _policy_shape(policy: RetentionPolicy) -> shapes.Policy:
    return shapes.Policy(
        dispute_days=policy.dispute_days,
        statutory_years=policy.statutory_years,
        by=policy.by,
        reason=policy.reason,
        at=iso(policy.at) if policy.at else None,
    )


def list_holds(call: Call) -> shapes.HoldList:
    """Legal holds, lifted ones included."""
    items, following = listed(call, LegalHold, customer=call.query.customer)
    return shapes.HoldList(items=[shaped(one, shapes.Hold) for one in items], next=following)


def hold(call: Call) -> shapes.Hold:
    """Place a legal hold on everything of a customer."""
    asked: shapes.HoldIn = call.body
    customer = customer_of(call, asked.customer)
    placed, write = place_hold(
        customer=customer.key,
        reason=asked.reason,
        by=call.principal.name,
        at=call.now,
        entropy=os.urandom(16),
    )
    answer = shaped(placed, shapes.Hold)
    call.commit(write, answer)
    return answer


def lift(call: Call) -> None:
    """Lift a legal hold; one that is lifted already stays so."""
    _, write = lift_hold(
        call.workspace.state,
        call.path["id"],
        by=call.principal.name,
        reason=call.query.reason,
        at=call.now,
    )
    if write is not None:
        call.commit(write)


def list_erasures(call: Call) -> shapes.ErasureList:
    """Erasures, as the record tells of them."""
    items, following = listed(call, Erasure, customer=call.query.customer)
    return shapes.ErasureList(
        items=[
            shapes.ErasureTold(
                id=one.id,
                customer=one.customer,
                entries=one.entries,
                reason=one.reason,
                by=one.by,
                at=iso(one.at),
                until=iso(one.until) if one.until else None,
            )
            for one in items
        ],
        next=following,
    )


def erase(call: Call) -> shapes.Erasure:
    """Erase what a customer used, from every file, where nothing asks for it any more.

    Raises Refused `retained` where entries must stay and only all was wanted; nothing is erased then.
    """
    asked: shapes.ErasureIn = call.body
    customer = customer_of(call, call.path["key"])
    with call.workspace.erasing, call.workspace.billing:
        facts = facts_of(call.workspace, customer.key, until=asked.until)
        plan = plan_erasure(customer.key, facts, _claims(call, customer.key), call.now)
        if asked.dry_run:
            return _answer(plan, None, dry_run=True)
        if plan.kept and not asked.partial:
            raise _retained(plan)
        return _carried_out(call, plan, asked.reason, asked.until)


def _carried_out(call: Call, plan: ErasurePlan, reason: str, until: datetime | None) -> shapes.Erasure:
    if not plan.entries:
        return _answer(plan, None, dry_run=False)

    def commit(erasure: Erasure, write: Write) -> None:
        call.commit(write, _answer(plan, erasure.id, dry_run=False))

    done = carry_out(
        call.workspace, plan, reason=reason, by=call.principal.name, at=call.now, until=until, commit=commit
    )
    return _answer(plan, done.id, dry_run=False)


def _claims(call: Call, customer: str, *, shown_from: datetime | None = None) -> Claims:
    state = call.workspace.state
    return Claims(
        documents=[*state.find(Invoice, customer=customer), *state.find(CreditNote, customer=customer)],
        subscriptions=state.find(Subscription, customer=customer),
        holds=state.find(LegalHold, customer=customer),
        policy=_policy(call),
        shown_from=shown_from,
    )


def _retained(plan: ErasurePlan) -> Refused:
    known = plan.possible_from
    when = f"possible from {iso(known)}" if known else "from what day is not known yet"
    problems = tuple(Problem(code=one.reason.value, message=one.text) for one in plan.kept)
    texts = "; ".join(one.text for one in plan.kept)
    return Refused(f"not erased: {texts}; {when}", code="retained", problems=problems)


def _answer(plan: ErasurePlan, id: str | None, *, dry_run: bool) -> shapes.Erasure:
    return shapes.Erasure(
        id=id,
        customer=plan.customer,
        entries=plan.entries,
        kept=[_kept_shape(one) for one in plan.kept],
        possible_from=iso(plan.possible_from) if plan.possible_from else None,
        dry_run=dry_run,
    )


def _kept_shape(one: KeptEntries) -> shapes.Kept:
    return shapes.Kept(
        reason=one.reason.value,
        until=iso(one.until) if one.until else None,
        entries=one.entries,
        text=one.text,
    )


def report(call: Call) -> shapes.Report:
    """What could be erased now, customer by customer, and why the rest must stay."""
    with call.workspace.erasing, call.workspace.billing:
        return _report(_plans(call, call.query.customer))


def _plans(call: Call, only: str | None = None) -> list[ErasurePlan]:
    state = call.workspace.state
    keys = [one.key for one in state.find(Customer)] if only is None else [customer_of(call, only).key]
    plans: list[ErasurePlan] = []
    for key in keys:
        running = any(one.active_at(call.now) for one in state.find(Subscription, customer=key))
        shown = (plans_show(call, key) or _ALWAYS) if running else None
        claims = _claims(call, key, shown_from=shown)
        plans.append(plan_erasure(key, facts_of(call.workspace, key), claims, call.now))
    return plans


def _report(plans: list[ErasurePlan]) -> shapes.Report:
    digest = hashlib.sha256()
    for plan in plans:
        digest.update(f"{plan.customer}\x1f{','.join(map(str, plan.indexes))}\n".encode())
    return shapes.Report(
        plan=digest.hexdigest()[:16],
        erasable=sum(plan.entries for plan in plans),
        customers=[
            shapes.CustomerRetention(
                customer=plan.customer,
                erasable=plan.entries,
                kept=[_kept_shape(one) for one in plan.kept],
            )
            for plan in plans
            if plan.entries or plan.kept
        ],
    )


def apply(call: Call) -> shapes.Applied:
    """Erase what a report said could go. Raises Conflict `plan_changed` where that is no longer the same."""
    asked: shapes.ApplyIn = call.body
    with call.workspace.erasing, call.workspace.billing:
        plans = _plans(call)
        if _report(plans).plan != asked.plan:
            raise Conflict("what could be erased has changed since; look again", code="plan_changed")
        chosen = [plan for plan in plans if plan.entries]
        if asked.dry_run:
            done = [_answer(plan, None, dry_run=True) for plan in chosen]
        else:
            done = [_carried_out_apart(call, plan, asked.reason) for plan in chosen]
    answer = shapes.Applied(entries=sum(one.entries for one in done), erasures=done)
    if not asked.dry_run:
        call.remember(answer)
    return answer


def _carried_out_apart(call: Call, plan: ErasurePlan, reason: str) -> shapes.Erasure:
    def commit(_erasure: Erasure, write: Write) -> None:
        call.submit(write)

    done = carry_out(
        call.workspace, plan, reason=reason, by=call.principal.name, at=call.now, until=None, commit=commit
    )
    return _answer(plan, done.id, dry_run=False)
