"""Terms that reach into billed months: refused with the money, or made good by the next documents."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Sequence
from typing import TypeVar

from steelyard.billing.retroactive import MovedMonth, moved_months, revising
from steelyard.contracts import Contract, Subscription, together
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.shapes.retroactive import AdjustedMonth
from steelyard.kernel import Conflict, plain
from steelyard.record import Write

T = TypeVar("T")


def agree(
    call: Call,
    write: Write | None,
    answer: Callable[[list[AdjustedMonth]], T],
    *,
    subscriptions: Sequence[Subscription] = (),
    contracts: Sequence[Contract] = (),
    adjust: bool,
    dry_run: bool,
    reason: str,
) -> T:
    """The answer to terms as they will be; they are written unless it is a `dry_run`.

    With `adjust` the next documents make good what billed months were charged by other terms; without it,
    terms that would move money there are refused: Conflict (`billed_already`), with every such month.
    """
    if write is None:
        return answer([])
    call.workspace.catch_up()
    with contextlib.nullcontext() if dry_run else call.workspace.billing:
        moved = moved_months(call.workspace.books, subscriptions=subscriptions, contracts=contracts)
        if not adjust:
            refuse_moved(moved)
        answered = answer([_adjusted(one) for one in moved if one.moves_money])
        if not dry_run:
            revision = revising(
                moved,
                at=call.now,
                by=call.principal.author,
                reason=reason,
                entropy=secrets.token_bytes(10),
            )
            both = together([write, revision])
            assert both is not None, "the terms are something to write"
            call.commit(both, answered)
    return answered


def refuse_moved(moved: Sequence[MovedMonth]) -> None:
    """What documents say is not changed behind them: every billed month that would change is told."""
    problems = tuple(one.problem for one in moved if one.moves_money)
    if problems:
        raise Conflict(problems[0].message, code="billed_already", problems=problems)


def _adjusted(one: MovedMonth) -> AdjustedMonth:
    change = one.change
    return AdjustedMonth(
        customer=one.customer,
        period=change.period_name,
        document=one.document,
        currency=change.currency,
        before=plain(change.before),
        after=plain(change.after),
        difference=plain(change.net),
    )
