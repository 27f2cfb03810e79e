"""Discounts: what is offered, and redeeming one for a subscription."""

from __future__ import annotations

from typing import Final

import msgspec

from steelyard.billing.documents import documents_of
from steelyard.catalog import Discount, live_version
from steelyard.contracts import Asked, DiscountSlots, Planned, Redemption, Subscription, redeem
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.commitments import month_change, subscription_of
from steelyard.entrypoints.api.handlers.free_units import floors_of
from steelyard.entrypoints.api.handlers.retroactive import agree
from steelyard.entrypoints.api.handlers.shaping import listed, shaped
from steelyard.entrypoints.api.shapes import discounts as shapes
from steelyard.kernel import Conflict, InvalidInput, NotFound, Problem
from steelyard.kernel.canonical import to_builtins

_TRIES_MAX: Final = 20
"""How often a redemption is planned anew where another took a slot in between."""


def list_discounts(call: Call) -> shapes.DiscountList:
    """The discounts of the live catalog, with the slots that are left."""
    live = live_version(call.workspace.state)
    every = sorted(live.catalog.discounts.values(), key=lambda one: (one.order, one.key)) if live else []
    return shapes.DiscountList(items=[_shown(call, one) for one in every])


def redeem_one(call: Call) -> shapes.Redeemed:
    """Let a subscription have a discount, or say what that would do to the month."""
    asked: shapes.RedeemIn = call.body
    subscription = subscription_of(call, call.path["id"])
    if not asked.discount and not asked.code:
        raise InvalidInput("name a discount or the code of a coupon", code="invalid_body")
    for _ in range(_TRIES_MAX):
        planned = _planned(call, subscription, asked)
        answer = _answer(call, planned, asked)
        try:
            return _agreed(call, planned, asked, answer)
        except Conflict as raced:
            if raced.detail_code in ("idempotency_conflict", "billed_already"):
                raise
    raise Conflict("others redeem at the same time; try again", code="conflict")


def _agreed(
    call: Call, planned: Planned[Subscription], asked: shapes.RedeemIn, answer: shapes.Redeemed
) -> shapes.Redeemed:
    return agree(
        call,
        planned.write,
        lambda adjusted: msgspec.structs.replace(answer, adjusted=adjusted),
        subscriptions=[planned.record],
        adjust=asked.adjust,
        dry_run=asked.dry_run,
        reason=f"discount {asked.discount}" if asked.discount else "coupon",
    )


def list_redemptions(call: Call) -> shapes.RedemptionList:
    """Who redeemed what, by id; a key confined to one customer sees that customer's."""
    query: shapes.RedemptionsQuery = call.query
    customer = call.about_whom(query.customer)
    items, following = listed(call, Redemption, customer=customer, discount=query.discount)
    return shapes.RedemptionList(items=[shaped(one, shapes.Redemption) for one in items], next=following)


def _planned(call: Call, subscription: Subscription, asked: shapes.RedeemIn) -> Planned[Subscription]:
    state = call.workspace.state
    live = live_version(state)
    if live is None:
        raise NotFound("no catalog is published yet", code="no_catalog")
    outcome = redeem(
        state,
        live,
        Asked(
            subscription=subscription.id,
            discount=asked.discount,
            code=asked.code,
            by=call.principal.name,
            start=asked.start,
            confirmed=tuple(asked.confirmed),
        ),
        at=call.now,
        billed=bool(documents_of(state, subscription.customer)),
    )
    return outcome if isinstance(outcome, Planned) else _refuse(outcome)


def _refuse(problems: tuple[Problem, ...]) -> Planned[Subscription]:
    first = problems[0]
    if first.code in ("unknown_subscription", "unknown_discount"):
        raise NotFound(first.message, code=first.code)
    if first.code in ("no_slot_left", "redeemed_already"):
        raise Conflict(f"not redeemed: {first.message}", code=first.code, problems=problems)
    raise InvalidInput(f"not redeemed: {first.message}", code="not_redeemed", problems=problems)


def _answer(call: Call, planned: Planned[Subscription], asked: shapes.RedeemIn) -> shapes.Redeemed:
    live = live_version(call.workspace.state)
    offered = live.catalog.discounts if live else {}
    key = asked.discount or next(one.key for one in offered.values() if one.code == asked.code)
    held = next(one for one in reversed(planned.record.discounts) if one.discount == key)
    left = _left(call, offered[key])
    if left is not None and planned.write is not None:
        left -= 1
    return shapes.Redeemed(
        subscription=planned.record.id,
        discount=shaped(held, shapes.AgreedDiscount),
        changed=planned.write is not None,
        dry_run=asked.dry_run,
        left=left,
        month=month_change(call, planned.record, asked.period) if asked.dry_run else None,
        floors=floors_of(call, [planned.record]),
    )


def _taken(call: Call, discount: Discount) -> int:
    slots = call.workspace.state.get(DiscountSlots, discount.key)
    return slots.taken if slots else 0


def _left(call: Call, discount: Discount) -> int | None:
    return None if discount.slots is None else max(0, discount.slots - _taken(call, discount))


def _shown(call: Call, discount: Discount) -> shapes.Discount:
    said = to_builtins(discount)
    for name in ("owner", "code"):
        del said[name]
    return shapes.Discount(
        **said, is_coupon=bool(discount.code), taken=_taken(call, discount), left=_left(call, discount)
    )
