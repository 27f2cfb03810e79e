"""Catalog versions that a change or a migration names in mid-month: each part by its own version, proven."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from steelyard.billing import Document, LineGroup
from steelyard.billing.evidence import build, verify
from steelyard.billing.run import preview
from steelyard.contracts import Customer, Subscription
from steelyard.contracts.changes import When
from steelyard.contracts.migration import Migration, Reversal, Segment, carried_out, taken_back
from steelyard.contracts.planned import saving
from steelyard.contracts.rollout import moved_to
from steelyard.kernel import instant
from steelyard.ledger import CreditLot, LotScope
from steelyard.record import Kind
from tests.billing_catalog import catalog
from tests.billing_world import World

TOLD = instant("2026-09-15T00:00:00Z")
DAYS = ("03", "16", "17", "25", "29")


def listed(fee: str, tokens: str) -> dict[str, Any]:
    made = catalog(token_price=tokens)
    made["rate_cards"][0]["rates"][0]["amount"] = fee
    return made


def begun(world: World) -> tuple[str, str]:
    """A customer who stays on a fee of 31 and 2.50 a million; the live catalog has 62 and 5.00."""
    first = world.publish(listed("31", "2.50"))
    live = world.publish(listed("62", "5.00"))
    world.customer("acme")
    world.use(
        "acme",
        [
            {"id": day, "type": "llm", "time": f"2026-10-{day}T12:00:00Z", "tokens": 4_000_000,
             "model": "big", "user": "u"}
            for day in DAYS
        ],
    )  # fmt: skip
    world.subscribe("acme", "team", quantities={"seats": "3"}, catalog=first)
    return first, live


def kept(world: World, one: Subscription) -> Subscription:
    version = world.state.version(Subscription, one.id)
    world.writer.submit(saving(Kind.SUBSCRIPTION, one.customer, one, one.id, version)).result()
    return one


def turned(world: World, *turns: tuple[str, str], splits_month: bool = True) -> Subscription:
    """The customer's subscription as it follows these catalogs from these days of October on."""
    (one,) = world.state.find(Subscription, customer="acme")
    for version, day in turns:
        since = instant(f"2026-10-{day}T00:00:00Z")
        one = moved_to(one, version, effective_from=since, now=TOLD, by="ada", reason=day)
    changes = tuple(replace(change, splits_month=splits_month) for change in one.changes)
    return kept(world, replace(one, changes=changes))


def rows(document: Any) -> list[tuple[str, str, str]]:
    return [
        (line.price_key, str(line.period.start)[5:10], f"{line.amount:.2f}")
        for line in document.lines
        if line.price_key not in ("users", "seats")
    ]


def billed(world: World, month: str = "2026-10") -> Document:
    """The document of the month, as the preview said it and as its evidence proves it."""
    world.fold()
    expected = preview(world.books, "acme", month)
    world.bill(month)
    (document,) = world.documents(month)
    assert rows(document) == rows(expected)
    verdict = verify(build(document, state=world.state, usage=world.usage, reader=world.reader), world.vkey)
    assert verdict.problems == ()
    return document


def test_a_change_that_names_a_catalog_splits_the_month_at_its_moment(world: World) -> None:
    first, live = begun(world)
    turned(world, (live, "17"))
    document = billed(world)
    assert rows(document) == [
        ("base_fee", "10-01", "16.00"),  # 31 for 16 of 31 days
        ("base_fee", "10-17", "30.00"),  # 62 for 15 of 31 days
        ("big", "10-01", "20.00"),  # 8 million at 2.50
        ("big", "10-17", "60.00"),  # 12 million at 5.00
    ]
    assert (document.versions, document.turned) == ({"sub_acme_team": first}, {"sub_acme_team": live})


def test_a_month_can_turn_twice_and_names_each_turn(world: World) -> None:
    first, live = begun(world)
    turned(world, (live, "11"), (first, "21"))
    document = billed(world)
    assert rows(document) == [
        ("base_fee", "10-01", "10.00"),
        ("base_fee", "10-11", "20.00"),
        ("base_fee", "10-21", "11.00"),
        ("big", "10-01", "10.00"),
        ("big", "10-11", "40.00"),
        ("big", "10-21", "20.00"),
    ]
    id = "sub_acme_team"
    assert document.turned == {
        f"{id}@2026-10-11T00:00:00Z": live,
        f"{id}@2026-10-21T00:00:00Z": first,
    }


def test_a_change_of_an_earlier_workspace_holds_from_the_next_month_on(world: World) -> None:
    _, live = begun(world)
    turned(world, (live, "17"), splits_month=False)
    document = billed(world)
    assert rows(document) == [("base_fee", "10-01", "31.00"), ("big", "10-01", "50.00")]
    assert document.turned == {}
    assert rows(billed(world, "2026-11"))[0] == ("base_fee", "11-01", "62.00")


def test_what_comes_late_is_charged_by_the_part_of_the_month_it_fell_in(world: World) -> None:
    first, live = begun(world)
    turned(world, (live, "11"), (first, "21"))
    billed(world)
    world.publish(listed("99", "9.00"))
    world.use(
        "acme",
        [
            {"id": f"late{day}", "type": "llm", "time": f"2026-10-{day}T13:00:00Z", "tokens": 1_000_000,
             "model": "big", "user": "u"}
            for day in ("04", "12", "30")
        ],
    )  # fmt: skip
    november = billed(world, "2026-11")
    adjusted = [f"{line.amount:.2f}" for line in november.lines if line.adjusts and line.price_key == "big"]
    assert adjusted == ["2.50", "5.00", "2.50"]


def test_a_document_that_leaves_out_a_turn_is_refused_by_its_evidence(world: World) -> None:
    _, live = begun(world)
    turned(world, (live, "17"))
    document = replace(billed(world), id="inv_other", number="INV-9", turned={})
    world.writer.submit(saving(Kind.INVOICE, "acme", document, document.id, None)).result()
    world.fold()
    evidence = build(document, state=world.state, usage=world.usage, reader=world.reader)
    said = " ".join(verify(evidence, world.vkey).problems)
    assert f"turns to catalog {live} at 2026-10-17T00:00:00Z" in said


def migration(world: World, to: str, when: When) -> tuple[Migration, dict[str, Customer]]:
    customers = {one.key: one for one in world.state.find(Customer)}
    asked = Migration(
        id="mig_1", name="n", segment=Segment(), to=to, announced_at=TOLD, reason="r", by="ada", moved=(),
        effective_at=instant("2026-10-17T00:00:00Z"), when=when,
    )  # fmt: skip
    done, changed = carried_out(asked, world.state.find(Subscription), customers)
    for one in changed:
        kept(world, one)
    return done, customers


def test_a_migration_holds_from_its_moment_or_where_it_says_so_from_the_next_month(world: World) -> None:
    _, live = begun(world)
    migration(world, "live", When.NOW)
    assert billed(world).turned == {"sub_acme_team": live}


def test_a_migration_from_the_next_period_begins_with_each_customers_own_month(world: World) -> None:
    begun(world)
    world.customer("acme", timezone="America/New_York")
    migration(world, "live", When.NEXT_PERIOD)
    (one,) = world.state.find(Subscription)
    assert [change.effective_from for change in one.changes] == [instant("2026-11-01T04:00:00Z")]
    assert billed(world).turned == {}
    assert rows(billed(world, "2026-11"))[0] == ("base_fee", "11-01", "62.00")


def test_a_migration_that_is_reversed_in_mid_month_leaves_three_parts(world: World) -> None:
    first, _ = begun(world)
    done, customers = migration(world, "live", When.NOW)
    back = Reversal(at=instant("2026-10-27T00:00:00Z"), by="ada", reason="r")
    subscriptions = {one.id: one for one in world.state.find(Subscription)}
    _, returning = taken_back(done, subscriptions, customers, back)
    for each in returning:
        kept(world, each.subscription)
    assert rows(billed(world))[:3] == [
        ("base_fee", "10-01", "16.00"),
        ("base_fee", "10-17", "20.00"),
        ("base_fee", "10-27", "5.00"),
    ]
    assert rows(billed(world, "2026-11")) == [("base_fee", "11-01", "31.00")]
    assert world.documents("2026-11")[0].versions == {"sub_acme_team": first}


def test_a_migration_is_withdrawn_for_whom_it_has_not_begun_yet(world: World) -> None:
    begun(world)
    done, customers = migration(world, "live", When.NEXT_PERIOD)
    back = Reversal(at=instant("2026-10-20T00:00:00Z"), by="ada", reason="r")
    subscriptions = {one.id: one for one in world.state.find(Subscription)}
    _, (only,) = taken_back(done, subscriptions, customers, back)
    assert only.effective_from is None
    kept(world, only.subscription)
    billed(world)
    assert rows(billed(world, "2026-11")) == [("base_fee", "11-01", "31.00")]


def test_credit_that_paid_one_part_of_a_month_stays_where_another_part_is_less(world: World) -> None:
    first, live = begun(world)
    turned(world, (live, "11"), (first, "21"))
    gift = CreditLot(
        id="lot_1", customer="acme", name="Gift", unit="USD", amount=Decimal(30), effective_at=TOLD,
        granted_at=TOLD, scope=LotScope(prices=("base_fee",)),
    )  # fmt: skip
    world.writer.submit(saving(Kind.CREDIT, "acme", gift, gift.id, None)).result()
    october = billed(world)
    assert [f"{line.amount:.2f}" for line in october.lines if line.group is LineGroup.CREDIT] == ["-30.00"]
    late = {"id": "late", "type": "llm", "time": "2026-10-04T13:00:00Z", "tokens": 1_000_000, "model": "big"}
    world.use("acme", [{**late, "user": "u"}])
    november = billed(world, "2026-11")
    # The fee is as it was, in three parts of 10, 20 and 11: nothing goes back to the lot.
    assert [line.title for line in november.lines if line.adjusts is not None] == ["Big"]
