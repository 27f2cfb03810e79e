"""Committing: what to write so that a subscription holds a commitment or ends one, or why it may not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from steelyard.catalog import CatalogVersion
from steelyard.contracts.agreement import Agreement
from steelyard.contracts.commitments import CommitmentTerms, as_agreed_now, commitment_problems
from steelyard.contracts.model import Subscription
from steelyard.contracts.planned import Planned, saving
from steelyard.contracts.rate_card import effective_rate_card
from steelyard.kernel import Problem, iso
from steelyard.record import Kind, State

Problems = tuple[Problem, ...]


def attach_commitment(
    state: State, version: CatalogVersion, id: str, new: CommitmentTerms
) -> Planned[Subscription] | Problems:
    """The plan by which a subscription commits to something, by this catalog, or all that is wrong with it.

    A commitment that is there exactly so needs no write.
    """
    row = state.version(Subscription, id)
    subscription = state.get(Subscription, id)
    if subscription is None:
        return (_unknown(id),)
    new = as_agreed_now(new, subscription.commitments)
    if new in subscription.commitments:
        return Planned(record=subscription, write=None)
    moment = max(new.start, subscription.start)
    card = effective_rate_card(Agreement(subscription=subscription), version, moment)
    # A subscription that ends before the commitment starts is told below, with the rest.
    prices = [name for item in card.items for name in (item.price.key, item.price.family)]
    covered = card.commitment.covers if card.commitment else ()
    # A commitment may name a table of prices, and some of that table may be covered already.
    items = [item.price for item in card.items if item.price.key in covered]
    taken = [name for price in items for name in (price.key, price.family)]
    problems = [*commitment_problems(new, subscription.commitments, prices, taken)]
    if new.start < subscription.start:
        message = f"{id} begins at {iso(subscription.start)}, and no commitment before it"
        problems.append(Problem(code="before_start", message=message, field="start"))
    if subscription.end is not None and new.start >= subscription.end:
        message = f"{id} ends at {iso(subscription.end)}"
        problems.append(Problem(code="ended", message=message, field="start"))
    if problems:
        return tuple(problems)
    return _saved(row, replace(subscription, commitments=(*subscription.commitments, new)))


def end_commitment(state: State, id: str, key: str, *, end: datetime) -> Planned[Subscription] | Problems:
    """The plan that ends a commitment at a moment; the term it falls into is trued up with that month."""
    row = state.version(Subscription, id)
    subscription = state.get(Subscription, id)
    if subscription is None:
        return (_unknown(id),)
    found = _named(subscription.commitments, key)
    if found is None:
        message = f"{id} has no commitment {key[:60]!r}"
        return (Problem(code="unknown_commitment", message=message, field="key"),)
    if end <= found.start:
        message = f"it began at {iso(found.start)} and would end before"
        return (Problem(code="empty_period", message=message, field="at"),)
    if found.end == end:
        return Planned(record=subscription, write=None)
    if found.end is not None and end > found.end:
        message = f"it ends at {iso(found.end)} already; attach another to go on"
        return (Problem(code="ended", message=message, field="at"),)
    ended = replace(found, end=end)
    terms = tuple(ended if one is found else one for one in subscription.commitments)
    return _saved(row, replace(subscription, commitments=terms))


def _named(terms: Iterable[CommitmentTerms], key: str) -> CommitmentTerms | None:
    return next((one for one in terms if one.key == key), None)


def _saved(row: int | None, subscription: Subscription) -> Planned[Subscription]:
    write = saving(Kind.SUBSCRIPTION, subscription.customer, subscription, subscription.id, row)
    return Planned(record=subscription, write=write)


def _unknown(id: str) -> Problem:
    message = f"there is no subscription {id[:60]!r}"
    return Problem(code="unknown_subscription", message=message, field="id")
