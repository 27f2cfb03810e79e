"""A billing run while somebody else ends, grants or orders credit: counted anew, and never refused."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from steelyard.billing.granting import NewLot, grant, void
from steelyard.billing.purchasing import NewOrder, cancel_order, order_credit
from steelyard.billing.run import run
from steelyard.catalog import Catalog
from steelyard.contracts import Planned
from steelyard.kernel import Conflict, instant
from steelyard.ledger import CreditLot, CreditOrder
from steelyard.record import Write
from tests.billing_world import ISSUED, World

AT = instant("2026-11-01T12:00:00Z")


def granted(world: World, amount: str, number: int = 0) -> CreditLot:
    new = NewLot(
        customer="acme",
        name=f"Lot {number}",
        unit="USD",
        amount=Decimal(amount),
        effective_at=instant("2026-10-01T00:00:00Z"),
        reason="test",
    )
    planned = grant(world.state, Catalog(), new, by="ada", at=AT, entropy=bytes([number] * 10))
    assert isinstance(planned, Planned)
    assert planned.write is not None
    world.writer.submit(planned.write).result()
    return planned.record


def ended(world: World, lot: CreditLot) -> None:
    planned = void(world.state, lot.id, reason="a mistake", by="ada", at=AT)
    assert isinstance(planned, Planned)
    assert planned.write is not None
    world.writer.submit(planned.write).result()


class Meddling:
    """Submits what a run writes, and just before the first such write does something else."""

    def __init__(self, world: World, *deeds: Any) -> None:
        self.world, self.deeds = world, list(deeds)

    def __call__(self, write: Write) -> Any:
        if self.deeds:
            self.deeds.pop(0)()
        return self.world.writer.submit(write)


def billed(world: World, *deeds: Any) -> Any:
    world.fold()
    books = replace(world.books, submit=Meddling(world, *deeds))
    return run(books, month="2026-10", at=ISSUED, entropy=bytes(10))


def credit(world: World) -> list[tuple[str, str]]:
    (document,) = world.documents()
    return [(line.title, str(line.amount)) for line in document.lines if line.group.value == "credit"]


@pytest.fixture
def acme(world: World) -> World:
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": "2"})
    return world


def test_a_lot_that_is_ended_while_the_run_writes_pays_nothing(acme: World) -> None:
    first, second = granted(acme, "5", 1), granted(acme, "7", 2)
    done = billed(acme, lambda: ended(acme, first))
    assert (done.status.value, done.counts.invoices) == ("completed", 1)
    assert credit(acme) == [("Lot 2", "-7")]
    kept = [acme.state.get(CreditLot, lot.id) for lot in (first, second)]
    assert [len(lot.draws) for lot in kept if lot] == [0, 1]


def test_lots_that_change_again_and_again_are_counted_anew_each_time(acme: World) -> None:
    lots = [granted(acme, "5", number) for number in range(1, 6)]
    done = billed(acme, *(lambda lot=lot: ended(acme, lot) for lot in lots[:4]))
    assert done.status.value == "completed"
    assert credit(acme) == [("Lot 5", "-5")]
    assert [one.net for one in done.totals.values()] == [acme.documents()[0].total]


def test_an_order_that_is_cancelled_while_the_run_writes_is_not_charged(world: World) -> None:
    world.customer("acme")
    new = NewOrder(customer="acme", name="Prepaid", unit="USD", amount=Decimal(50), reason="x")
    planned = order_credit(world.state, Catalog(), new, by="ada", at=AT, entropy=bytes(10))
    assert isinstance(planned, Planned)
    assert planned.write is not None
    world.writer.submit(planned.write).result()

    def cancel() -> None:
        gone = cancel_order(world.state, planned.record.order.id, at=AT)
        assert isinstance(gone, Planned)
        assert gone.write is not None
        world.writer.submit(gone.write).result()

    done = billed(world, cancel)
    assert world.documents() == []
    order = world.state.get(CreditOrder, planned.record.order.id)
    assert order is not None
    assert order.status == "cancelled"
    assert done.counts.invoices == 0


def test_somebody_who_bills_the_same_month_meanwhile_is_told_of(acme: World) -> None:
    granted(acme, "5")
    with pytest.raises(Conflict):
        billed(acme, acme.bill)
    assert len(acme.documents()) == 1
