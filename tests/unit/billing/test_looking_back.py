"""Months that depend on months before: what came late moves them all, evidence shows what they rest on."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from steelyard.billing import CreditNote, Document
from steelyard.billing.evidence import build, read_evidence, verify, write_evidence
from steelyard.contracts import CommitmentTerms, Cycle
from steelyard.kernel import instant
from steelyard.rating.commitment_course import Payment
from tests.billing_catalog import catalog
from tests.billing_world import World

START = "2026-08-01T00:00:00Z"
MONTHS = ("2026-08", "2026-09", "2026-10")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    found = World(tmp_path)
    found.publish(catalog())
    yield found
    found.close()


def committed(world: World, customer: str) -> None:
    """A customer who commits to 100 for a year that ends with October; overage costs twice as much."""
    world.customer(customer)
    terms = CommitmentTerms(
        key="year",
        amount=Decimal(100),
        start=instant(START),
        every=Cycle.YEAR,
        payment=Payment.POSTPAID,
        covers=("goods",),
        overage_factor=Decimal(2),
    )
    fields = {"start": START, "end": "2026-11-01T00:00:00Z", "commitments": (terms,)}
    world.subscribe(customer, "counter", **fields)


def sold(world: World, customer: str, month: str, amount: int, id: str) -> None:
    event = {"id": id, "type": "sale", "time": f"{month}-10T00:00:00Z", "pieces": "1", "price": str(amount)}
    world.use(customer, [event])


def bill(world: World, month: str) -> None:
    year, number = month.split("-")
    world.bill(month, at=instant(f"{year}-{int(number) + 1:02}-02T09:00:00Z"))


def documents(world: World, customer: str) -> list[Document]:
    every = [one for month in (*MONTHS, "2026-11") for one in world.documents(month)]
    return [one for one in every if one.customer == customer]


def charged(found: list[Document]) -> Decimal:
    return sum((-one.total if isinstance(one, CreditNote) else one.total for one in found), Decimal(0))


def test_late_usage_moves_every_later_month_so_that_the_year_is_charged_once_and_whole(world: World):
    committed(world, "acme")
    committed(world, "bolt")
    for month, amount in zip(MONTHS, (40, 50, 60), strict=True):
        sold(world, "bolt", month, amount, f"b{month}")
        if month != "2026-08":
            sold(world, "acme", month, amount, f"a{month}")
        if month == "2026-10":
            sold(world, "acme", "2026-08", 40, "late")
        bill(world, month)
    # 150 in all: 100 within the commitment, 50 above it at twice their price.
    assert charged(documents(world, "bolt")) == 200
    assert charged(documents(world, "acme")) == 200
    sold(world, "acme", "2026-09", 10, "very late")
    world.subscribe("acme", "team", id="sub_new", start="2026-11-01T00:00:00Z", quantities={"seats": "0"})
    bill(world, "2026-11")
    own = [line for one in documents(world, "acme") for line in one.lines if line.subscription != "sub_new"]
    assert sum(line.amount for line in own) == 220
    for one in documents(world, "acme"):
        evidence = build(one, state=world.state, usage=world.usage, reader=world.reader)
        assert verify(evidence, world.vkey).problems == ()


def test_evidence_without_a_document_that_the_month_looks_back_on_proves_nothing(world: World):
    committed(world, "acme")
    for month in MONTHS:
        sold(world, "acme", month, 60, f"a{month}")
        bill(world, month)
    last = documents(world, "acme")[-1]
    whole = read_evidence(build(last, state=world.state, usage=world.usage, reader=world.reader))
    assert verify(whole, world.vkey).ok
    told = [one for one in whole.sources if '"what":"invoice"' in one.payload]
    assert told
    less = msgspec.structs.replace(whole, sources=tuple(one for one in whole.sources if one is not told[0]))
    assert not verify(write_evidence(less), world.vkey).ok
