"""What free units that are agreed leave of the floors, told wherever prices or discounts are agreed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from steelyard.billing.accounts import Cards
from steelyard.contracts import Contract, Subscription
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.impact import last_month
from steelyard.entrypoints.api.shapes import free_units as shapes
from steelyard.insight.free_units import YearAtUsage, free_units_of
from steelyard.kernel import plain
from steelyard.kernel.period import month_of


def floors_of(
    call: Call, subscriptions: Iterable[Subscription], contracts: Sequence[Contract] = ()
) -> list[shapes.YearAtUsage]:
    """What the free units of these subscriptions leave at their usage of the last month, by floor.

    `contracts` are as they are to be; then by their terms of every time that is to come.
    """
    those = [one for one in subscriptions if one.discounts]
    if not those:
        return []
    call.workspace.catch_up()
    state, usage = call.workspace.state, call.workspace.usage
    cards, month = Cards(state, contracts, those), last_month(call.now)
    found = dict.fromkeys(
        row
        for one in those
        for at in _moments(call, contracts)
        for row in free_units_of(state, usage, one, cards, month=month, at=at)
    )
    return [_shaped(row) for row in found]


def _moments(call: Call, contracts: Iterable[Contract]) -> list[datetime]:
    """Now, or the month after each moment from now on at which a contract changes prices."""
    found: set[datetime] = set()
    for one in contracts:
        dated = (*one.phases, *one.overrides, *(each for phase in one.phases for each in phase.overrides))
        since = {each.effective_from for each in dated if each.effective_from is not None}
        found |= {max(call.now, one.start, moment) for moment in (*since, one.start)}
    return sorted(month_of(moment).end for moment in found) or [call.now]


def _shaped(row: YearAtUsage) -> shapes.YearAtUsage:
    return shapes.YearAtUsage(
        customer=row.customer,
        subscription=row.subscription,
        floor=row.floor,
        month=row.month,
        currency=row.currency,
        is_judged=row.is_judged,
        listed=plain(row.listed),
        remains=plain(row.remains),
        wanted=plain(row.wanted),
        missing=plain(row.missing),
        text=row.text,
    )
