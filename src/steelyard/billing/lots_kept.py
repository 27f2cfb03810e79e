"""The lots of credit that are kept: read with their versions, and written again with what documents drew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from steelyard.billing.credits import Credits, draw_moment
from steelyard.billing.lot_draws import is_credit
from steelyard.billing.model import Document, DraftInvoice, Line
from steelyard.billing.purchases import charged_by, is_purchase, lot_of
from steelyard.catalog import CatalogVersion
from steelyard.kernel import ZERO, DamagedRecord
from steelyard.ledger import CreditDraw, CreditLot, CreditOrder, DrawKind
from steelyard.record import Expect, State


class LotBook:
    """Everybody's lots and open orders of credit, read once for a pass over many customers."""

    def __init__(self, state: State, customers: Iterable[str] | None = None) -> None:
        self._state = state
        self._named: dict[str, list[str]] = {}
        self._orders: dict[str, list[str]] = {}
        found = state.find(CreditLot) if customers is None else _of(state, customers)
        for lot in found:
            self._named.setdefault(lot.customer, []).append(lot.id)
        for order in state.find(CreditOrder, status="open"):
            self._orders.setdefault(order.customer, []).append(order.id)

    def has_orders(self, customer: str) -> bool:
        """Whether the customer ordered credit that no document charges for yet."""
        return customer in self._orders

    def credits(self, draft: DraftInvoice) -> Credits:
        """The lots that may pay the draft and the orders that it charges for, each with the version read.

        With them come the units of its catalog.
        """
        lots: list[CreditLot] = []
        versions: dict[str, int] = {}
        for id in self._named.get(draft.customer, ()):
            # The version is read first: if the lot changes in between, the write fails.
            version, lot = self._state.version(CreditLot, id), self._state.get(CreditLot, id)
            if lot is not None and version is not None:
                lots.append(lot)
                versions[id] = version
        orders = self._open_orders(draft.customer, versions)
        catalog = self._state.get(CatalogVersion, draft.catalog_version) if lots else None
        if catalog is None:
            return Credits(lots=lots, orders=orders, versions=versions)
        return Credits(lots=lots, orders=orders, units=catalog.catalog.credit_units, versions=versions)

    def _open_orders(self, customer: str, versions: dict[str, int]) -> list[CreditOrder]:
        found: list[CreditOrder] = []
        for id in self._orders.get(customer, ()):
            version, order = self._state.version(CreditOrder, id), self._state.get(CreditOrder, id)
            if order is not None and version is not None and order.is_open:
                found.append(order)
                versions[id] = version
        return found


def _of(state: State, customers: Iterable[str]) -> list[CreditLot]:
    return [lot for customer in customers for lot in state.find(CreditLot, customer=customer)]


class Drawing:
    """The lots as documents of one write leave them: read from the state, changed, and expected unchanged."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._lots: dict[str, CreditLot] = {}
        self._orders: dict[str, CreditOrder] = {}
        self._versions: dict[str, int | None] = {}

    @property
    def changed(self) -> Sequence[CreditLot | CreditOrder]:
        """The lots that documents drew on or granted, and the orders that they charge for."""
        return [*self._lots.values(), *self._orders.values()]

    @property
    def expect(self) -> tuple[Expect, ...]:
        """That nobody else changed these lots and orders since they were read."""
        return tuple(
            Expect(type=CreditOrder if id in self._orders else CreditLot, key=id, version=version)
            for id, version in self._versions.items()
        )

    def take(self, document: Document, versions: Mapping[str, int], at: datetime) -> None:
        """Takes in what the document drew; `versions` are those of the lots that it was drafted with."""
        for line in document.lines:
            if is_credit(line):
                lot = self._lot(line.price_key, versions)
                self._lots[lot.id] = replace(lot, draws=(*lot.draws, _draw(lot, document, line, at)))
            elif is_purchase(line):
                self._charge(line.price_key, document, versions, at)

    def _charge(self, id: str, document: Document, versions: Mapping[str, int], at: datetime) -> None:
        """Takes in that the document charges for the order, and grants the lot that waited for it."""
        version, order = self._state.version(CreditOrder, id), self._state.get(CreditOrder, id)
        if order is None:
            raise DamagedRecord(f"the order {id} that a document charges for is gone", code="gone")
        self._versions[id] = versions.get(id, version)
        self._orders[id] = charged_by(order, document)
        if not order.lot and not order.is_refund:
            lot = lot_of(order, at)
            self._versions[lot.id] = None
            self._lots[lot.id] = lot

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
