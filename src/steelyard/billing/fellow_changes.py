"""Changes of usage by others that change a customer's bill: those with whom it shares prices."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from steelyard.contracts import Contract
from steelyard.contracts.contract import Sharing
from steelyard.kernel import Period
from steelyard.metering import KnownUsage, UsageChange, UsageStore
from steelyard.record import State

Fellows = Mapping[str, tuple[str, ...]]
"""By customer everybody else with whom it has a shared contract, or had one."""


def fellows(state: State, customers: Collection[str]) -> Fellows:
    """With whom each of these customers shares prices; only those who share any are named."""
    found: dict[str, dict[str, None]] = {}
    for contract in state.find(Contract):
        if contract.sharing is Sharing.SHARED and contract.members:
            for one in contract.customers:
                if one in customers:
                    others = (name for name in contract.customers if name != one)
                    found.setdefault(one, {}).update(dict.fromkeys(others))
    return {customer: tuple(others) for customer, others in found.items()}


def changed_fellows(
    usage: UsageStore,
    shared: Fellows,
    known: Iterable[KnownUsage],
    *,
    as_of: datetime | None,
) -> dict[tuple[str, Period], list[UsageChange]]:
    """By customer and period what changed of the others' usage since the customer's was known.

    >>> from typing import cast
    >>> changed_fellows(cast("UsageStore", None), {}, [], as_of=None)
    {}
    """
    found: dict[tuple[str, Period], list[UsageChange]] = {}
    for since, some in _by_moment(shared, known).items():
        asked = {
            (other, one.period): KnownUsage(customer=other, period=one.period, since=since)
            for one in some
            for other in shared[one.customer]
        }
        changes: dict[tuple[str, Period], list[UsageChange]] = {}
        for change in usage.changed_since(list(asked.values()), as_of=as_of):
            changes.setdefault((change.customer, change.period), []).append(change)
        for one in some:
            for other in shared[one.customer]:
                if mine := changes.get((other, one.period)):
                    found.setdefault((one.customer, one.period), []).extend(mine)
    return found


def _by_moment(shared: Fellows, known: Iterable[KnownUsage]) -> dict[datetime, Sequence[KnownUsage]]:
    found: dict[datetime, list[KnownUsage]] = {}
    for one in known:
        if one.customer in shared:
            found.setdefault(one.since, []).append(one)
    return dict(found)
