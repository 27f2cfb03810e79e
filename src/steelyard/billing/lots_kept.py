"""The lots of credit that are kept: read with their versions, and written again with what documents drew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from steelyard.billing.credits import Credits, draw_moment
from steelyard.billing.lot_draws import is_credit
from steelyard.billing.model import Document, DraftInvoice, Line
from steelyard.catalog import CatalogVersion
from steelyard.kernel import ZERO, DamagedRecord
from steelyard.ledger import CreditDraw, CreditLot, DrawKind
from steelyard.record import Expect, State


class LotBook:
    """Everybody's lots of credit, read once for a pass over many customers."""

    def __init__(self, state: State, customers: Iterable[str] | None = None) -> None:
        self._state = state
        self._named: dict[str, list[str]] = {}
        found = state.find(CreditLot) if customers is None else _of(state, customers)
        for lot in found:
            self._named.setdefault(lot.customer, []).append(lot.id)

    def credits(self, draft: DraftInvoice) -> Credits:
        """The lots that may pay the draft, each with the version that was read, and its catalog's units."""
        lots: list[CreditLot] = []
        versions: dict[str, int] = {}
        for id in self._named.get(draft.customer, ()):
            # The version is read first: if the lot changes in between, the write fails.
            version, lot = self._state.version(CreditLot, id), self._state.get(CreditLot, id)
            if lot is not None and version is not None:
                lots.append(lot)
                versions[id] = version
        catalog = self._state.get(CatalogVersion, draft.catalog_version) if lots else None
        if catalog is None:
            return Credits(lots=lots, versions=versions)
        return Credits(lots=lots, units=catalog.catalog.credit_units, versions=versions)


def _of(state: State, customers: Iterable[str]) -> list[CreditLot]:
    return [lot for customer in customers for lot in state.find(CreditLot, customer=customer)]


class Drawing:
    """The lots as documents of one write leave them: read from the state, changed, and expected unchanged."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._lots: dict[str, CreditLot] = {}
        self._versions: dict[str, int | None] = {}

    @property
    def lots(self) -> Sequence[CreditLot]:
        """The lots that documents drew on, with those draws."""
        return list(self._lots.values())

    @property
    def expect(self) -> tuple[Expect, ...]:
        """That nobody else changed these lots since they were read."""
        return tuple(
            Expect(type=CreditLot, key=id, version=version) for id, version in self._versions.items()
        )

    def take(self, document: Document, versions: Mapping[str, int], at: datetime) -> None:
        """Takes in what the document drew; `versions` are those of the lots that it was drafted with."""
        for line in document.lines:
            if is_credit(line):
                lot = self._lot(line.price_key, versions)
                self._lots[lot.id] = replace(lot, draws=(*lot.draws, _draw(lot, document, line, at)))

    def _lot(self, id: str, versions: Mapping[str, int]) -> CreditLot:
        if id in self._lots:
            return self._lots[id]
        version, lot = self._state.version(CreditLot, id), self._state.get(CreditLot, id)
        if lot is None:
            raise DamagedRecord(f"the lot {id} that a document draws on is gone", code="gone")
        self._versions[id] = versions.get(id, version)
        return lot


def _draw(lot: CreditLot, document: Document, line: Line, at: datetime) -> CreditDraw:
    return CreditDraw(
        kind=DrawKind.DOCUMENT,
        about=document.id,
        number=document.number,
        at=draw_moment(lot, line.period),
        recorded_at=at,
        units=sum((one.units for one in line.draws), ZERO),
        amount=sum((one.amount for one in line.draws), ZERO),
        cost=sum((one.cost for one in line.draws), ZERO),
    )
