"""Terms agreed for billed months: the next document makes them good, to the cent, and proves it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from steelyard.billing.changes import documents_of
from steelyard.billing.evidence import build, verify
from steelyard.billing.model import Line, LineGroup
from steelyard.billing.retroactive import moved_months, revising
from steelyard.billing.run import preview
from steelyard.catalog.rate_change import RateChange
from steelyard.contracts import (
    AgreedDiscount,
    ChangeAction,
    CommitmentTerms,
    Contract,
    Cycle,
    Subscription,
    SubscriptionChange,
)
from steelyard.contracts.contract import Member, Sharing
from steelyard.kernel import instant
from steelyard.rating.discounts import PercentOff
from steelyard.record import Kind
from steelyard.record.planned import saving
from tests.billing_catalog import catalog
from tests.billing_world import World

AT = instant("2026-12-02T09:00:00Z")
MONTHS = ("2026-10", "2026-11")
MID = instant("2026-10-17T00:00:00Z")
START = instant("2026-10-01T00:00:00Z")
USED = [
    {"id": f"{month}-{n}", "type": "llm", "time": f"{month}-{n:02}T12:00:00Z", "tokens": 7_000_000,
     "model": model, "user": f"u{n}"}
    for month in ("2026-10", "2026-11", "2026-12") for n, model in ((3, "big"), (20, "small"), (25, "big"))
]  # fmt: skip


def more_seats(one: Subscription) -> Subscription:
    change = SubscriptionChange(
        id="chg_1", effective_from=MID, action=ChangeAction.AMEND, by="ada", recorded_at=AT,
        quantities={"seats": Decimal(6)},
    )  # fmt: skip
    return replace(one, changes=(change,))


def committed(one: Subscription) -> Subscription:
    terms = CommitmentTerms(
        key="year", amount=Decimal(200), start=START, every=Cycle.YEAR, percent=Decimal(10)
    )
    return replace(one, commitments=(terms,))


def committed_by_use(one: Subscription) -> Subscription:
    terms = CommitmentTerms(key="month", amount=Decimal(70), start=START, burst=Decimal(3))
    return replace(one, commitments=(terms,))


def discounted(one: Subscription) -> Subscription:
    given = AgreedDiscount(
        id="dis_1", discount="late", name="Late", form=PercentOff(percent=Decimal(25)), order=1, start=START
    )
    return replace(one, discounts=(given,))


def paused(one: Subscription) -> Subscription:
    change = SubscriptionChange(
        id="chg_2", effective_from=MID, action=ChangeAction.PAUSE, by="ada", recorded_at=AT
    )
    return replace(one, changes=(change,))


OF_A_SUBSCRIPTION = (more_seats, committed, committed_by_use, discounted, paused)


def contract(customer: str = "acme", **fields: Any) -> Contract:
    given = {"id": f"con_{customer}", "customer": customer, "name": "Agreed", "start": START, **fields}
    return Contract(**given)


def half_price(customer: str) -> Contract:
    half = RateChange(price="big", multiplier=Decimal("0.5"), effective_from=MID)
    return contract(customer, overrides=(half,))


def committing(customer: str) -> Contract:
    return contract(customer, commitments=(CommitmentTerms(key="c", amount=Decimal(40), start=START),))


OF_A_CONTRACT = (half_price, committing)


def opened(folder: Path, *customers: str) -> World:
    """A workspace in which each of these has three seats and uses the same."""
    folder.mkdir()
    world = World(folder)
    world.publish(catalog())
    for key in customers:
        world.customer(key, tax="19")
        world.subscribe(key, "team", quantities={"seats": "3"})
        world.use(key, [{**event, "id": f"{key}-{event['id']}"} for event in USED])
    return world


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[tuple[World, World]]:
    """Two workspaces that begin alike."""
    late, early = (opened(tmp_path / name, "acme") for name in ("late", "early"))
    with closing(late), closing(early):
        yield late, early


def agree(world: World, *, subscription: Subscription | None = None, contract: Contract | None = None) -> Any:
    """Writes the terms, and what makes billed months good; gives the months."""
    world.fold()
    subscriptions = [] if subscription is None else [subscription]
    contracts = [] if contract is None else [contract]
    moved = moved_months(world.books, subscriptions=subscriptions, contracts=contracts)
    for kind, one in ((Kind.SUBSCRIPTION, subscription), (Kind.CONTRACT, contract)):
        if one is not None:
            row = world.state.version(type(one), one.id)
            world.writer.submit(saving(kind, one.customer, one, one.id, row)).result()
    write = revising(moved, at=AT, by="ada", reason="agreed late", entropy=secrets.token_bytes(10))
    if write is not None:
        world.writer.submit(write).result()
    return moved


def changed(world: World, customer: str, change: Any) -> dict[str, Any]:
    """The terms of one of these changes, for the customer."""
    if change in OF_A_CONTRACT:
        return {"contract": change(customer)}
    known = world.state.get(Subscription, f"sub_{customer}_team")
    assert known is not None
    return {"subscription": change(known)}


def owed(world: World, customer: str = "acme") -> Decimal:
    """What all documents of the customer come to; every one of them is proven by its evidence."""
    total = Decimal(0)
    for one in documents_of(world.state, customer):
        verdict = verify(build(one, state=world.state, usage=world.usage, reader=world.reader), world.vkey)
        assert verdict.ok, (one.number, verdict.problems)
        total += one.total if one.kind.value == "invoice" else -one.total
    return total


def test_documents_sum_to_what_they_would_be_had_the_terms_been_known_in_time(tmp_path: Path) -> None:
    changes = {one.__name__: one for one in (*OF_A_SUBSCRIPTION, *OF_A_CONTRACT)}
    names = ("unchanged", *changes)
    late, early = opened(tmp_path / "late", *names), opened(tmp_path / "early", *names)
    with closing(late), closing(early):
        for month in MONTHS:
            late.bill(month)
        told = {name: agree(late, **changed(late, name, one)) for name, one in changes.items()}
        for name, one in changes.items():
            agree(early, **changed(early, name, one))
        expected = {name: preview(late.books, name, "2026-12").total for name in names}
        for world, months in ((early, (*MONTHS, "2026-12")), (late, ("2026-12",))):
            for month in months:
                world.bill(month)
        assert {name: owed(late, name) for name in names} == {name: owed(early, name) for name in names}
        for name in names:
            (last,) = [one for one in documents_of(late.state, name) if one.period_name == "2026-12"]
            sign = 1 if last.kind.value == "invoice" else -1
            assert sign * last.total == expected[name]
            # What was said beforehand is what stands on the document, before tax.
            moved = {one.change.period_name: one.change.net for one in told.get(name, ()) if one.change.net}
            assert moved == {
                month: sign * off
                for month in MONTHS
                if (off := sum(one.amount for one in last.lines if is_about(one, month)))
            }


def is_about(line: Line, month: str) -> bool:
    return bool(line.adjusts) and line.adjusts.period_name == month and line.group is not LineGroup.TAX


def test_what_is_used_late_in_such_a_month_is_charged_by_the_new_terms(worlds: tuple[World, World]) -> None:
    late, early = worlds
    late.bill("2026-10")
    for world in worlds:
        agree(world, contract=half_price("acme"))
    late.bill("2026-11")
    for world in worlds:
        world.use("acme", [{**USED[2], "id": "later"}])
    for month in (*MONTHS, "2026-12"):
        early.bill(month)
    late.bill("2026-12")
    assert owed(late) == owed(early)


def test_terms_agreed_twice_for_a_month_count_once(worlds: tuple[World, World]) -> None:
    late, early = worlds
    late.bill("2026-10")
    agree(late, contract=half_price("acme"))
    late.bill("2026-11")
    other = RateChange(price="big", multiplier=Decimal("0.8"), effective_from=START)
    again = replace(half_price("acme"), overrides=(other,))
    for world in worlds:
        agree(world, contract=again)
        for month in (*MONTHS, "2026-12"):
            world.bill(month)
    assert owed(late) == owed(early)


def test_a_line_says_when_the_other_terms_were_agreed(worlds: tuple[World, World]) -> None:
    world, _ = worlds
    world.bill("2026-10")
    agree(world, **changed(world, "acme", more_seats))
    world.bill("2026-11")
    (document,) = [one for one in documents_of(world.state, "acme") if one.period_name == "2026-11"]
    adjusted = [line for line in document.lines if line.adjusts and line.price_key == "seats"]
    assert adjusted
    assert all("by terms agreed on 2026-12-02" in line.steps[-1].text for line in adjusted)
    verdict = verify(build(document, state=world.state, usage=world.usage, reader=world.reader), world.vkey)
    assert any("charged by terms that were agreed on 2026-12-02" in note for note in verdict.notes)


def test_who_shares_a_price_pays_by_the_new_terms_too(tmp_path: Path) -> None:
    world = opened(tmp_path / "pool", "acme", "bolt")
    with closing(world):
        member = Member(customer="bolt", effective_from=START)
        pooled = contract(members=(member,), sharing=Sharing.SHARED)
        agree(world, contract=pooled)
        world.bill("2026-10")
        half = RateChange(price="big", multiplier=Decimal("0.5"), effective_from=START)
        moved = agree(world, contract=replace(pooled, overrides=(half,)))
        assert {(one.customer, str(one.change.net)) for one in moved} == {
            ("acme", "-17.50"),
            ("bolt", "-17.50"),
        }
        world.bill("2026-11")
        # October's 28 million of the big model at half of 2.50 each, and as many in November.
        in_all = sum(
            line.amount if one.kind.value == "invoice" else -line.amount
            for key in ("acme", "bolt")
            for one in documents_of(world.state, key)
            for line in one.lines
            if line.price_key == "big"
        )
        assert in_all == 70
        assert owed(world, "acme") == owed(world, "bolt")
