"""Prices that several customers have under one contract: in one pool, or each its part."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from steelyard.billing import Document
from steelyard.billing.evidence import build, verify
from steelyard.billing.pooling import PoolParts
from steelyard.billing.run import changes_of, preview
from steelyard.billing.terms import Terms
from steelyard.catalog.rate_change import RateChange
from steelyard.contracts import AgreedDiscount, CommitmentTerms, Contract, Cycle, Subscription
from steelyard.contracts.contract import Member, Sharing
from steelyard.contracts.planned import saving
from steelyard.contracts.rate_card import RateCard
from steelyard.kernel import Period, instant, plain
from steelyard.rating import GraduatedPrice, PerUnitPrice, Tier
from steelyard.rating.commitment_course import Payment
from steelyard.rating.discounts import FreeUnits
from steelyard.record import Kind
from tests.billing_catalog import catalog
from tests.billing_world import World

START = instant("2026-09-01T00:00:00Z")
TIERED = GraduatedPrice(
    tiers=(Tier(up_to=Decimal(1000), unit_amount=Decimal("0.10")), Tier(unit_amount=Decimal("0.01")))
)
MEMBERS = (Member(customer="north", effective_from=START), Member(customer="south", effective_from=START))


@pytest.fixture
def world(tmp_path: Path) -> Any:
    made = World(tmp_path)
    made.publish(catalog())
    for key in ("group", "north", "south"):
        made.customer(key, parent=None if key == "group" else "group")
        made.subscribe(key, "team", quantities={"seats": "0"})
    yield made
    made.close()


def agree(world: World, sharing: Sharing = Sharing.SHARED, **fields: Any) -> Contract:
    given: dict[str, Any] = {
        "members": MEMBERS,
        "overrides": (RateChange(price="big", model=TIERED, included=Decimal(100)),),
        **fields,
    }
    one = Contract(id="con_1", customer="group", name="Group", start=START, sharing=sharing, **given)
    version = world.state.version(Contract, one.id)
    world.writer.submit(saving(Kind.CONTRACT, one.customer, one, one.id, version)).result()
    return one


def use(
    world: World, customer: str, tokens: int, *, id: str = "1", time: str = "2026-10-03T00:00:00Z"
) -> None:
    event = {
        "id": f"{customer}{id}",
        "type": "llm",
        "time": time,
        "tokens": tokens,
        "model": "big",
        "user": "u",
    }
    world.use(customer, [event])


def big(document: Any) -> Any:
    return next(line for line in document.lines if line.price_key == "big")


def month_of(world: World, customer: str) -> Any:
    world.fold()
    return preview(world.books, customer, "2026-10")


def proven(world: World, document: Document) -> Any:
    verdict = verify(build(document, state=world.state, usage=world.usage, reader=world.reader), world.vkey)
    assert verdict.problems == ()
    return verdict


def test_tiers_and_allowance_stand_once_for_all_and_each_bears_its_part(world: World) -> None:
    agree(world)
    for customer, tokens in (("group", 200), ("north", 500), ("south", 900)):
        use(world, customer, tokens)
    world.bill()
    lines = {one.customer: big(one) for one in world.documents()}
    # 1,600 used, 100 included: 1,000 × 0.10 + 500 × 0.01 = 105, by parts of 200, 500 and 900.
    assert {key: f"{line.amount:.2f}" for key, line in lines.items()} == {
        "group": "13.13", "north": "32.81", "south": "59.06",
    }  # fmt: skip
    assert sum(line.amount for line in lines.values()) == Decimal("105.00")
    north = lines["north"]
    assert north.quantity == Decimal(500)
    assert [(one.customer, plain(one.quantity)) for one in north.pool] == [
        ("group", "200"), ("north", "500"), ("south", "900"),
    ]  # fmt: skip
    assert north.steps[0].text == "shared by 1,600 tokens: group 200, north 500, south 900"
    assert north.steps[-1].text == "north bears 500 of 1,600 parts of 105.00"
    assert sum(step.amount for step in north.steps) == north.amount_exact
    assert north.reason.endswith("shared under contract Group")


def test_each_ones_document_is_computed_anew_from_its_own_usage(world: World) -> None:
    agree(world)
    for customer, tokens in (("group", 200), ("north", 500), ("south", 900)):
        use(world, customer, tokens)
    world.bill()
    for document in world.documents():
        (note,) = proven(world, document).notes
        assert "of prices that are shared was taken from the document" in note
        assert document.customer not in note.split(" used of")[0]


def test_late_usage_of_one_changes_what_all_of_them_bear(world: World) -> None:
    agree(world)
    use(world, "north", 600)
    use(world, "south", 600)
    world.bill()
    use(world, "south", 400, id="late", time="2026-10-20T00:00:00Z")
    use(world, "north", 1, id="next", time="2026-11-02T00:00:00Z")
    world.fold()
    (change,) = changes_of(world.books, "north")
    assert (change.period_name, change.added, str(change.difference)) == ("2026-10", 0, "-11.12")
    world.bill("2026-11", at=instant("2026-12-02T00:00:00Z"))
    adjusted = {
        one.customer: line.adjusts.amount
        for one in world.documents("2026-11")
        for line in one.lines
        if line.adjusts and line.price_key == "big"
    }
    # 1,600 used again: 105 by parts of 600 and 1,000.
    assert adjusted == {"north": Decimal("39.38"), "south": Decimal("65.62")}
    for document in world.documents("2026-11"):
        proven(world, document)
    assert changes_of(world.books, "north") == () == changes_of(world.books, "south")


def test_who_joins_in_the_middle_of_the_month_shares_from_then_on(world: World) -> None:
    middle = instant("2026-10-17T00:00:00Z")
    agree(world, members=(MEMBERS[0], replace(MEMBERS[1], effective_from=middle)))
    use(world, "south", 500)
    use(world, "south", 500, id="2", time="2026-10-20T00:00:00Z")
    use(world, "north", 1000)
    found = month_of(world, "south")
    own, shared = [line for line in found.lines if line.price_key == "big"]
    assert own.pool == ()
    assert own.reason == "plan Team, 1000 included"
    assert [(one.customer, plain(one.quantity)) for one in shared.pool] == [
        ("group", "0"), ("north", "1000"), ("south", "500"),
    ]  # fmt: skip
    world.bill()
    for document in world.documents():
        proven(world, document)


def test_split_each_has_its_part_of_tiers_and_allowance(world: World) -> None:
    parts = (replace(MEMBERS[0], share=Decimal("0.5")), replace(MEMBERS[1], share=Decimal("0.3")))
    agree(world, Sharing.SPLIT, members=parts)
    for customer, tokens in (("group", 320), ("north", 800), ("south", 480)):
        use(world, customer, tokens)
    world.bill()
    lines = {one.customer: big(one) for one in world.documents()}
    # 1,600 by parts of 0.2, 0.5 and 0.3 is what one of them would pay for 1,600: 105.
    assert {key: f"{line.amount:.2f}" for key, line in lines.items()} == {
        "group": "21.00", "north": "52.50", "south": "31.50",
    }  # fmt: skip
    assert lines["group"].reason.endswith("a part of 0.2 of contract Group")
    for document in world.documents():
        proven(world, document)


def test_without_parts_a_split_contract_gives_everybody_all_of_it(world: World) -> None:
    agree(world, Sharing.SPLIT)
    use(world, "north", 1100)
    assert f"{big(month_of(world, 'north')).amount:.2f}" == "100.00"


def test_only_who_pays_by_the_same_price_shares_it(world: World) -> None:
    agree(world, overrides=())
    change = RateChange(price="big", model=PerUnitPrice(unit_amount=Decimal(1)))
    own = Contract(id="con_2", customer="south", name="South", start=START, overrides=(change,))
    world.writer.submit(saving(Kind.CONTRACT, "south", own, own.id, None)).result()
    use(world, "north", 5000)
    use(world, "south", 5000)
    line = big(month_of(world, "north"))
    assert [one.customer for one in line.pool] == ["group", "north"]


def test_the_least_of_a_pool_is_for_the_days_on_which_it_was_paid(world: World) -> None:
    with_least = catalog()
    next(one for one in with_least["rate_cards"][0]["rates"] if one["key"] == "big")["minimum"] = "310"
    world.publish(with_least)
    middle = instant("2026-10-17T00:00:00Z")
    agree(world, overrides=(RateChange(price="big", multiplier=Decimal("0.5"), effective_from=middle),))
    use(world, "north", 100, time="2026-10-03T00:00:00Z")
    use(world, "north", 100, id="2", time="2026-10-20T00:00:00Z")
    world.bill()
    lines = [line for one in world.documents() for line in one.lines if line.price_key == "big"]
    # 310 for 16 of 31 days, and half of it for 15.
    assert sorted(line.amount for line in lines if line.amount) == [75, 160]
    for document in world.documents():
        proven(world, document)


def test_a_contract_s_commitment_is_split_by_the_parts_and_ends_with_who_leaves(world: World) -> None:
    parts = (
        replace(MEMBERS[0], share=Decimal("0.5")),
        replace(MEMBERS[1], share=Decimal("0.3"), effective_until=instant("2026-10-01T00:00:00Z")),
    )
    yearly = CommitmentTerms(
        key="y", amount=Decimal(1000), start=START, every=Cycle.YEAR, payment=Payment.POSTPAID
    )
    agree(world, Sharing.SPLIT, members=parts, commitments=(yearly,), overrides=())
    use(world, "north", 1_000_000, time="2026-09-03T00:00:00Z")
    world.bill("2026-09")
    notes = {
        one.customer: line.steps[-1].text
        for one in world.documents("2026-09")
        for line in one.lines
        if line.reason.startswith("commitment y")
    }
    assert notes["group"].endswith("of 200.00 used in the term")
    assert notes["north"] == "4.00 of 500.00 used in the term"
    # Who leaves pays what is missing to its part.
    (trued,) = [
        line.amount for one in world.documents("2026-09") for line in one.lines if "True-up" in line.title
    ]
    assert trued == Decimal(300)
    for document in world.documents("2026-09"):
        proven(world, document)


def test_what_one_has_free_in_a_pool_is_worth_its_own_part_and_is_proven(world: World) -> None:
    agree(world)
    (one,) = world.state.find(Subscription, customer="north")
    gift = AgreedDiscount(
        id="red_1", discount="gift", name="Gift", form=FreeUnits(units=Decimal(300)), order=0, start=START
    )
    version = world.state.version(Subscription, one.id)
    changed = replace(one, discounts=(gift,))
    world.writer.submit(saving(Kind.SUBSCRIPTION, "north", changed, one.id, version)).result()
    for customer, tokens in (("group", 200), ("north", 500), ("south", 900)):
        use(world, customer, tokens)
    world.bill()
    lines = {document.customer: big(document) for document in world.documents()}
    # 1,200 are charged, 102.00, where it was 1,500 for 105.00: north bears 31.88 in place of 32.81.
    assert sum(line.amount for line in lines.values()) == Decimal("102.00")
    assert {key: f"{line.given_free:.2f}" for key, line in lines.items()} == {
        "group": "0.00", "north": "0.93", "south": "0.00",
    }  # fmt: skip
    for document in world.documents():
        proven(world, document)


def test_what_everybody_brings_is_worked_out_once_however_many_ask() -> None:
    card = RateCard(
        subscription="s", customer="a", plan="p", plan_name="P", currency="USD", catalog_version="c"
    )
    known, one = PoolParts(), Terms(card=card, active=Period.month(2026, 10))
    assert known.of(one) is known.of(one)
