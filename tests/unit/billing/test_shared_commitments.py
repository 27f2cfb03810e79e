"""A commitment that the customers of a contract share: members use it, the contract's own customer pays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from steelyard.billing import Document
from steelyard.billing.as_agreed import standings_of
from steelyard.billing.evidence import build, verify
from steelyard.billing.hierarchy import hierarchy
from steelyard.billing.retroactive import moved_months, revising
from steelyard.billing.run import changes_of, preview
from steelyard.catalog.rate_change import RateChange
from steelyard.contracts import AgreedDiscount, CommitmentTerms, Contract, Subscription
from steelyard.contracts.contract import Member, Sharing
from steelyard.contracts.planned import saving
from steelyard.kernel import instant
from steelyard.ledger import CreditLot, LotScope
from steelyard.rating import PerUnitPrice
from steelyard.rating.commitment_course import Payment
from steelyard.rating.discounts import PercentOff
from steelyard.record import Kind
from tests.billing_catalog import catalog
from tests.billing_world import World

START = instant("2026-09-01T00:00:00Z")
DECEMBER = instant("2026-12-02T00:00:00Z")
MEMBERS = (Member(customer="north", effective_from=START), Member(customer="south", effective_from=START))
FLAT = RateChange(price="big", model=PerUnitPrice(unit_amount=Decimal(1)), included=Decimal(0), rising=True)
MONTHLY = CommitmentTerms(
    key="y",
    amount=Decimal(1000),
    start=START,
    payment=Payment.POSTPAID,
    burst=Decimal(200),
    overage_factor=Decimal(2),
)


@pytest.fixture
def world(tmp_path: Path) -> Any:
    made = World(tmp_path)
    made.publish(catalog())
    for key in ("group", "north", "south"):
        made.customer(key, parent=None if key == "group" else "group")
        made.subscribe(key, "team", quantities={"seats": "0"})
    yield made
    made.close()


def agree(world: World, **fields: Any) -> Contract:
    given: dict[str, Any] = {
        "members": MEMBERS,
        "overrides": (FLAT,),
        "commitments": (MONTHLY,),
        "sharing": Sharing.SHARED,
        **fields,
    }
    one = Contract(id="con_1", customer="group", name="Group", start=START, **given)
    version = world.state.version(Contract, one.id)
    world.writer.submit(saving(Kind.CONTRACT, one.customer, one, one.id, version)).result()
    return one


def use(world: World, customer: str, tokens: int, *, day: str = "2026-10-03", id: str = "1") -> None:
    event = {"id": f"{customer}{day}{id}", "type": "llm", "time": f"{day}T00:00:00Z", "tokens": tokens}
    world.use(customer, [{**event, "model": "big"}])


def used(world: World, group: int, north: int, south: int) -> None:
    for customer, tokens in (("group", group), ("north", north), ("south", south)):
        use(world, customer, tokens)


def proven(world: World, documents: Iterable[Document]) -> None:
    for one in documents:
        verdict = verify(build(one, state=world.state, usage=world.usage, reader=world.reader), world.vkey)
        assert verdict.problems == (), one.customer


def totals(documents: Iterable[Any]) -> dict[str, Decimal]:
    """What each document charges, a credit note less than nothing."""
    return {one.customer: one.total * (-1 if one.kind == "credit_note" else 1) for one in documents}


# Committed: 1,000 a month, paid as it is used; 200 of burst at the same rates; beyond it everything twice.
# Each unit costs 1; the plan asks each customer for a fee.
FEE = Decimal(49)
TABLE = [
    # group, north, south: under the commitment, the rest is due at the month's end
    ((100, 300, 200), "1000"),
    # exactly the commitment
    ((200, 500, 300), "1000"),
    # 1,150: 150 in the burst buffer
    ((200, 500, 450), "1150"),
    # 1,500: 1,000 and 200, and 300 of overage for 600
    ((200, 500, 800), "1800"),
    # only members used it
    ((0, 700, 500), "1200"),
]


@pytest.mark.parametrize(("quantities", "due"), TABLE)
def test_the_payer_pays_for_all_of_them_as_one_customer_would(
    world: World, quantities: tuple[int, int, int], due: str
) -> None:
    agree(world)
    used(world, *quantities)
    world.fold()
    previews = {key: preview(world.books, key, "2026-10").total for key in ("group", "north", "south")}
    world.bill()
    found = totals(world.documents())
    assert found == {"group": FEE + Decimal(due), "north": FEE, "south": FEE}
    assert previews == found
    proven(world, world.documents())


def test_both_documents_say_the_same_of_what_is_borne(world: World) -> None:
    agree(world)
    used(world, 200, 500, 800)
    world.bill()
    documents = {one.customer: one for one in world.documents()}
    charged, off = [line for line in documents["north"].lines if line.price_key == "big"]
    assert (charged.amount, charged.quantity, off.amount) == (500, 500, -500)
    assert off.steps[0].text == "500.00 stands on the document of group, whose commitment y bears it"
    taken = {line.borne.customer: line for line in documents["group"].lines if line.borne}
    assert {key: line.amount for key, line in taken.items()} == {"north": 500, "south": 800}
    assert taken["north"].borne == off.borne
    assert taken["north"].title == f"north: {charged.title}"
    verdict = verify(
        build(documents["group"], state=world.state, usage=world.usage, reader=world.reader), world.vkey
    )
    assert any(note.startswith("what north, south used") for note in verdict.notes)
    (standing,) = standings_of(world.books, world.state.find(Subscription, customer="group")[0], "2026-10")
    assert (standing.month.own, standing.month.burst, standing.month.overage) == (1000, 200, 600)


@pytest.mark.parametrize("order", [("group", "north", "south"), ("south", "north", "group")])
def test_whoever_is_billed_first_the_documents_are_the_same(world: World, order: tuple[str, ...]) -> None:
    agree(world)
    used(world, 200, 500, 800)
    for key in order:
        world.bill(customers=[key])
    assert totals(world.documents()) == {"group": FEE + 1800, "north": FEE, "south": FEE}
    proven(world, world.documents())
    assert [changes_of(world.books, key) for key in order] == [(), (), ()]
    world.bill("2026-11", at=DECEMBER)
    assert not [line for one in world.documents("2026-11") for line in one.lines if line.adjusts]


def test_late_usage_of_a_member_is_on_the_next_document_of_the_payer(world: World) -> None:
    agree(world)
    used(world, 200, 500, 450)
    world.bill()
    use(world, "south", 350, day="2026-10-20")
    world.fold()
    # 1,150 becomes 1,500: 1,000 and 200, and 300 of overage for 600.
    (change,) = changes_of(world.books, "group")
    assert (change.period_name, change.added, change.difference) == ("2026-10", 0, Decimal(650))
    (own,) = changes_of(world.books, "south")
    assert (own.added, own.difference) == (1, 0)
    world.bill("2026-11", at=DECEMBER)
    assert totals(world.documents("2026-11"))["group"] == FEE + 1000 + 650
    proven(world, world.documents("2026-11"))
    assert [changes_of(world.books, key) for key in ("group", "north", "south")] == [(), (), ()]


def test_a_member_that_takes_all_of_its_usage_back_gives_the_payer_its_money_back(world: World) -> None:
    agree(world)
    used(world, 200, 500, 0)
    event = {"id": "wrong", "type": "llm", "time": "2026-10-04T00:00:00Z", "tokens": 800, "model": "big"}
    (index,) = world.use("south", [event]).indexes
    world.bill()
    assert totals(world.documents())["group"] == FEE + 1800
    world.correct("south", "void", index)
    world.bill("2026-11", at=DECEMBER)
    # 700 in October: the 1,000 are due.
    assert totals(world.documents("2026-11"))["group"] == FEE + 1000 - 800
    proven(world, world.documents("2026-11"))


def test_who_joins_in_the_middle_of_a_month_is_borne_from_then_on(world: World) -> None:
    joined = replace(MEMBERS[1], effective_from=instant("2026-10-17T00:00:00Z"))
    agree(world, members=(MEMBERS[0], joined))
    use(world, "south", 1_001_000)
    use(world, "south", 300, day="2026-10-20")
    world.bill()
    # Before: the list's 2.50 a million beyond half a month of its allowance; after: borne.
    south = next(one for one in world.documents() if one.customer == "south")
    assert [(line.amount, line.borne is not None) for line in south.lines if line.price_key == "big"] == [
        (Decimal("2.50"), False), (Decimal("300.00"), False), (Decimal("-300.00"), True),
    ]  # fmt: skip
    (taken,) = [line for one in world.documents() for line in one.lines if line.title.startswith("south: ")]
    assert (taken.amount, taken.period.start) == (300, joined.effective_from)
    proven(world, world.documents())


def test_who_leaves_pays_for_itself_again(world: World) -> None:
    left = replace(MEMBERS[1], effective_until=instant("2026-11-01T00:00:00Z"))
    agree(world, members=(MEMBERS[0], left))
    used(world, 0, 0, 400)
    use(world, "south", 1_001_000, day="2026-11-03")
    world.bill()
    world.bill("2026-11", at=DECEMBER)
    assert totals(world.documents())["south"] == FEE
    assert totals(world.documents("2026-11")) == {
        "group": FEE + 1000, "north": FEE, "south": FEE + Decimal("2.50"),
    }  # fmt: skip
    proven(world, [*world.documents(), *world.documents("2026-11")])


def test_a_member_in_another_currency_or_calendar_is_refused_on_both_documents(world: World) -> None:
    world.customer("south", timezone="Asia/Tokyo")
    agree(world)
    used(world, 100, 100, 100)
    run = world.bill()
    assert sorted(one.code for one in run.problems) == ["not_pooled", "not_pooled"]
    assert "the months of south are in Asia/Tokyo, those of group in UTC" in run.problems[0].message
    assert [one.customer for one in world.documents()] == ["north"]


def test_nobody_is_relieved_of_what_nobody_pays(world: World) -> None:
    agree(world)
    world.subscribe("group", "team", quantities={"seats": "0"}, end="2026-10-01T00:00:00Z")
    used(world, 0, 100, 0)
    run = world.bill()
    assert {one.code for one in run.problems} == {"no_payer"}
    assert world.documents() == []


def test_a_member_s_discounts_and_credit_are_for_what_it_pays_itself(world: World) -> None:
    agree(world)
    (one,) = world.state.find(Subscription, customer="north")
    half = AgreedDiscount(
        id="red_1", discount="half", name="Half", form=PercentOff(percent=Decimal(50)), order=0, start=START
    )
    version = world.state.version(Subscription, one.id)
    changed = replace(one, discounts=(half,))
    world.writer.submit(saving(Kind.SUBSCRIPTION, "north", changed, one.id, version)).result()
    lot = CreditLot(
        id="lot_1", customer="north", name="Tokens", unit="USD", amount=Decimal(500), effective_at=START,
        granted_at=START, scope=LotScope(prices=("big",)),
    )  # fmt: skip
    world.writer.submit(saving(Kind.CREDIT, "north", lot, lot.id, None)).result()
    used(world, 0, 500, 0)
    world.bill()
    assert totals(world.documents()) == {"group": FEE + 1000, "north": FEE / 2, "south": FEE}
    proven(world, world.documents())


def test_a_payer_billed_before_a_price_changed_is_brought_up_to_the_members_document(world: World) -> None:
    agree(world, overrides=())
    use(world, "north", 401_000_000)
    use(world, "south", 201_000_000)
    world.bill(customers=["group"])
    world.publish(catalog(token_price="5"))
    world.bill(customers=["north", "south"])
    for key in ("group", "north", "south"):
        use(world, key, 1, day="2026-11-02")
    world.bill("2026-11", at=DECEMBER)
    documents = [*world.documents(), *world.documents("2026-11")]
    off = sum(line.amount for one in documents for line in one.lines if line.borne and line.amount < 0)
    on = sum(line.amount for one in documents for line in one.lines if line.borne and line.amount > 0)
    assert off == -on != 0
    proven(world, documents)


def test_the_tree_tells_what_the_payer_bears_of_each(world: World) -> None:
    agree(world)
    used(world, 200, 500, 800)
    world.fold()
    found = hierarchy(world.books, "group", "2026-10")
    borne = found.shared[-1]
    assert borne.title == "Usage of others under commitment y, borne by group"
    assert {part.customer: part.quantity for part in borne.parts} == {"north": 500, "south": 800}
    assert borne.amounts == (("group", 1300),)
    assert sum(node.draft.total for node in found.nodes) == 3 * FEE + 1800


def test_usage_that_was_erased_is_taken_from_the_documents(world: World) -> None:
    agree(world)
    event = {"id": "n", "type": "llm", "time": "2026-10-03T00:00:00Z", "tokens": 500, "model": "big"}
    indexes = world.use("north", [event]).indexes
    use(world, "group", 600)
    world.bill()
    world.erase("north", indexes)
    proven(world, world.documents())


def test_a_member_s_own_commitment_is_for_what_nobody_else_bears(world: World) -> None:
    agree(world, commitments=(replace(MONTHLY, covers=("big",)),))
    (one,) = world.state.find(Subscription, customer="north")
    own = CommitmentTerms(key="own", amount=Decimal(70), start=START, payment=Payment.POSTPAID)
    version = world.state.version(Subscription, one.id)
    changed = replace(one, commitments=(own,))
    world.writer.submit(saving(Kind.SUBSCRIPTION, "north", changed, one.id, version)).result()
    used(world, 0, 500, 0)
    world.bill()
    use(world, "north", 100, day="2026-11-03")
    world.bill("2026-11", at=DECEMBER)
    for month in ("2026-10", "2026-11"):
        assert totals(world.documents(month)) == {"group": FEE + 1000, "north": FEE + 70, "south": FEE}
        proven(world, world.documents(month))


def test_a_shared_commitment_agreed_for_a_billed_month_moves_its_charges_to_the_payer(world: World) -> None:
    before = agree(world, commitments=())
    used(world, 200, 500, 800)
    world.bill()
    after = replace(before, commitments=(MONTHLY,))
    version = world.state.version(Contract, before.id)
    moved = moved_months(world.books, contracts=[after])
    assert {one.customer: one.change.after - one.change.before for one in moved} == {
        "group": 1600, "north": -500, "south": -800,
    }  # fmt: skip
    revised = revising(moved, at=DECEMBER, by="ada", reason="agreed late", entropy=bytes(10))
    world.writer.submit(saving(Kind.CONTRACT, "group", after, after.id, version)).result()
    assert revised is not None
    world.writer.submit(revised).result()
    world.bill("2026-11", at=DECEMBER)
    documents = [*world.documents(), *world.documents("2026-11")]
    due = {"group": 2 * FEE + 2800, "north": 2 * FEE, "south": 2 * FEE}
    found: dict[str, Decimal] = {}
    for one in documents:
        found[one.customer] = found.get(one.customer, Decimal(0)) + totals([one])[one.customer]
    assert found == due
    proven(world, documents)


def test_prices_that_cannot_be_pooled_are_borne_too_and_late_usage_of_them(world: World) -> None:
    agree(world)
    world.subscribe("north", "counter")
    sale = {"type": "sale", "time": "2026-10-05T00:00:00Z", "price": "3"}
    world.use("north", [{**sale, "id": "s1", "pieces": 100}])
    world.bill()
    assert totals(world.documents()) == {"group": FEE + 1000, "north": FEE, "south": FEE}
    world.use("north", [{**sale, "id": "s2", "pieces": 300}])
    world.bill("2026-11", at=DECEMBER)
    # 1,200 in October: 200 more in the burst buffer.
    assert totals(world.documents("2026-11")) == {"group": FEE + 1000 + 200, "north": FEE, "south": FEE}
    proven(world, [*world.documents(), *world.documents("2026-11")])


def test_another_version_agreed_for_a_member_s_billed_month_is_on_the_payer_s_document(world: World) -> None:
    agree(world, overrides=())
    use(world, "north", 401_000_000)
    world.bill()
    raised = world.publish(catalog(token_price="5"))
    (one,) = world.state.find(Subscription, customer="north")
    changed = replace(one, catalog=raised)
    version = world.state.version(Subscription, one.id)
    moved = moved_months(world.books, subscriptions=[changed])
    revised = revising(moved, at=DECEMBER, by="ada", reason="agreed late", entropy=bytes(10))
    world.writer.submit(saving(Kind.SUBSCRIPTION, "north", changed, one.id, version)).result()
    assert revised is not None
    world.writer.submit(revised).result()
    world.bill("2026-11", at=DECEMBER)
    documents = [*world.documents(), *world.documents("2026-11")]
    borne = [line for one in documents for line in one.lines if line.borne]
    # 401 million at 5 a million in place of 2.50, 1,000 of them included.
    assert sum(line.amount for line in borne if line.group == "core") == 2005
    assert sum(line.amount for line in borne if line.group == "discount") == -2005
    proven(world, documents)


FEES = replace(MONTHLY, covers=("big", "base_fee", "seats"), bears_fees=True)


def test_fees_and_seats_of_members_are_borne_where_the_commitment_says_so(world: World) -> None:
    agree(world, commitments=(FEES,))
    world.subscribe("north", "team", quantities={"seats": "3"})
    used(world, 100, 300, 200)
    world.bill()
    found = {one.customer: one for one in world.documents()}
    # Fees of 49 of all three, 60 for three seats of north, and 600 for usage: 807 of 1,000 committed.
    assert totals(found.values()) == {"group": Decimal(1000), "north": Decimal(0), "south": Decimal(0)}
    said = {(line.borne.customer, line.price_key): line.amount for line in found["group"].lines if line.borne}
    assert said == {
        ("north", "base_fee"): Decimal(49),
        ("north", "seats"): Decimal(60),
        ("north", "big"): Decimal(300),
        ("south", "base_fee"): Decimal(49),
        ("south", "big"): Decimal(200),
    }
    proven(world, world.documents())


def test_fees_that_are_borne_count_for_no_floor_of_the_member(world: World) -> None:
    values = catalog()
    values["floors"] = [{"key": "least", "name": "Least", "owner": "o", "definition": "d", "percent": "95"}]
    world.publish(values)
    agree(world, commitments=(replace(FEES, covers=("base_fee",)),))
    world.subscribe("north", "team", quantities={"seats": "1"}, discounts=(everything_off(),))
    world.bill()
    north = next(one for one in world.documents() if one.customer == "north")
    # A twentieth of eleven months of one seat may go, 11 of 220: the fee that the group pays makes no room.
    off = [str(line.amount) for line in north.lines if line.price_key == "seats" and line.amount < 0]
    assert off == ["-11"]
    proven(world, world.documents())


def everything_off() -> AgreedDiscount:
    return AgreedDiscount(
        id="red_1", discount="welcome", name="Welcome", form=PercentOff(percent=Decimal(100)), order=0,
        start=START,
    )  # fmt: skip


LATE = (Member(customer="north", effective_from=instant("2026-10-17T00:00:00Z")), MEMBERS[1])
PIECES = replace(MONTHLY, covers=("goods", "base_fee"), bears_fees=True)


def sold(world: World, customer: str) -> None:
    """Goods for 10 on the 3rd and for 30 on the 20th, each at its own price: no pool can have them."""
    world.subscribe(customer, "counter", quantities={})
    sale = {"type": "sale", "pieces": 1}
    world.use(
        customer,
        [
            {**sale, "id": "a", "time": "2026-10-03T12:00:00Z", "price": 10},
            {**sale, "id": "b", "time": "2026-10-20T12:00:00Z", "price": 30},
        ],
    )


def test_what_no_pool_can_have_is_split_where_a_member_joins(world: World) -> None:
    agree(world, members=LATE, commitments=(PIECES,), splits_members=True)
    sold(world, "north")
    world.bill()
    north = next(one for one in world.documents() if one.customer == "north")
    goods = [(line.amount, line.borne is not None) for line in north.lines if line.price_key == "goods"]
    assert goods == [(Decimal(10), False), (Decimal(30), False), (Decimal(-30), True)]
    # The fee of 49 for 16 days is north's, for 15 days the group's.
    fee = [str(line.amount) for line in north.lines if line.price_key == "base_fee"]
    assert fee == ["25.29", "23.71", "-23.71"]
    assert str(north.total) == "35.29"
    proven(world, world.documents())


def test_a_contract_of_an_earlier_workspace_bears_only_what_lies_in_the_membership_whole(
    world: World,
) -> None:
    agree(world, members=LATE, commitments=(replace(PIECES, bears_fees=False),))
    sold(world, "north")
    world.bill()
    north = next(one for one in world.documents() if one.customer == "north")
    assert [line.amount for line in north.lines if line.price_key == "goods"] == [Decimal(40)]
    proven(world, world.documents())
