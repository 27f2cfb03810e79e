"""Issuing while somebody grants, moves or ends credit: what changed meanwhile is counted anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from steelyard.billing.credits import credited
from steelyard.billing.issue import Issuer
from steelyard.billing.lots_kept import LotBook
from steelyard.billing.model import DraftInvoice
from steelyard.contracts import Customer
from steelyard.kernel import Conflict
from steelyard.ledger import CreditLot, CreditOrder
from steelyard.record import State

TRIES_MAX: Final = 20
"""So often at most are drafts credited anew; nobody changes credit faster for long."""


class Crediting:
    """Drafts before credit paid any of them, by customer, so that it can be worked out again."""

    def __init__(self, state: State, uncredited: Mapping[str, tuple[Customer, DraftInvoice]]) -> None:
        self._state, self._uncredited = state, uncredited

    def issued(self, issuer: Issuer, drafts: Sequence[DraftInvoice]) -> list[DraftInvoice]:
        """The drafts as they were issued: as they are, or credited anew where their lots changed meanwhile.

        Raises Conflict where something else stands against it, or credit never comes to rest.
        """
        now = list(drafts)
        for _ in range(TRIES_MAX):
            try:
                issuer.issue(now)
                return now
            except Conflict:
                fresh = self._again(now)
                if fresh == now:
                    raise
                # What was only a purchase and is cancelled has nothing left to be billed.
                now = [one for one in fresh if one.lines]
                if not now:
                    return now
        issuer.issue(now)
        return now

    def _again(self, drafts: Sequence[DraftInvoice]) -> list[DraftInvoice]:
        lots = LotBook(self._state, [one.customer for one in drafts])
        found: list[DraftInvoice] = []
        for one in drafts:
            customer, before = self._uncredited[one.customer]
            found.append(credited(before, customer, lots.credits(before)) if self._moved(one) else one)
        return found

    def _moved(self, draft: DraftInvoice) -> bool:
        """Whether a lot or order that the draft rests on has another version now."""
        return any(
            version not in (self._state.version(CreditLot, id), self._state.version(CreditOrder, id))
            for id, version in draft.lot_versions.items()
        )
