"""What a contract that is only tried out would do to money, month by month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from steelyard.billing.accounts import Cards
from steelyard.billing.amending import months_changed
from steelyard.contracts import Contract, Customer, Subscription
from steelyard.contracts.contracting import NewContract, NewParts
from steelyard.contracts.timeline import contracts_of
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.subscription_changes import month_of
from steelyard.entrypoints.api.shapes.subscription_changes import TermsMonth

CUSTOMERS_MAX: Final = 10
"""Of so many customers of a contract the months are drafted; of the others they are not."""


def agreed_months(call: Call, contract: Contract, parts: NewParts | NewContract) -> list[TermsMonth]:
    """The month in which the first of these parts begins, and the next one, of each customer.

    What begins in the past is shown from this month on. Both sides are drafted by the usage measured until
    now. A pilot is on no bill, so it moves nothing.
    """
    if contract.shadow:
        return []
    state = call.workspace.state
    since = max(call.now, min(_begins(parts), default=call.now))
    found: list[TermsMonth] = []
    for key in contract.customers[:CUSTOMERS_MAX]:
        customer = state.get(Customer, key)
        if customer is None:
            continue
        held = state.find(Subscription, customer=key)
        others = [one for one in Cards(state).contracts(key) if one.id != contract.id]
        agreed = contracts_of(key, [*others, contract])
        months = months_changed(
            call.workspace.books, customer, before=held, after=held, since=since, contracts=agreed
        )
        found += [msgspec.structs.replace(month_of(one), customer=key) for one in months]
    return found


def _begins(parts: NewParts | NewContract) -> Iterator[datetime]:
    """When what is added begins to hold."""
    if isinstance(parts, NewContract):
        yield parts.start
        return
    yield from (one.effective_from for one in (*parts.phases, *parts.locks, *parts.fees, *parts.members))
    yield from (one.effective_from for one in parts.overrides if one.effective_from)
    yield from (one.first_at for one in parts.escalators)
    yield from (one.start for one in parts.commitments)
    yield from parts.end_fees.values()
