"""Changes of usage by others that change a customer's bill: those with whom it shares prices."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from steelyard.billing.documents import documents_of
from steelyard.billing.history import History
from steelyard.contracts import Contract
from steelyard.contracts.contract import Sharing
from steelyard.contracts.sharing import shares_commitments
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


def members_billed(state: State, history: History, customers: Collection[str]) -> dict[str, set[str]]:
    """By customer the months that documents of others are about which are newer than its own.

    Those of the members whose usage its commitments bear, with months whose terms were revised: what they
    say is on its documents, whoever was billed first.
    """
    found: dict[str, set[str]] = {}
    for contract in state.find(Contract):
        payer = contract.customer
        own = documents_of(state, payer) if payer in customers and shares_commitments(contract) else []
        latest = max(map(history.index_of, own), default=None)
        if latest is None:
            continue
        names: set[str] = set()
        for member in contract.customers[1:]:
            for document in documents_of(state, member):
                if history.index_of(document) > latest:
                    adjusted = (line.adjusts.period_name for line in document.lines if line.adjusts)
                    names |= {document.period_name, *adjusted}
            for index, revision in history.revisions(member):
                if index > latest:
                    names |= {one.period_name for one in revision.periods}
        if names:
            found.setdefault(payer, set()).update(names)
    return found


def _by_moment(shared: Fellows, known: Iterable[KnownUsage]) -> dict[datetime, Sequence[KnownUsage]]:
    found: dict[datetime, list[KnownUsage]] = {}
    for one in known:
        if one.customer in shared:
            found.setdefault(one.since, []).append(one)
    return dict(found)
