"""Payment in advance: each document asks for the next month, and takes off what was asked for its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from steelyard.billing import Advance, Document, Line
from steelyard.billing.accounts import Cards, Months, account
from steelyard.billing.draft import draft
from steelyard.billing.evidence import build, verify
from steelyard.billing.model import PoolPart
from steelyard.billing.readings import read_terms
from steelyard.billing.run import preview
from steelyard.catalog import Source
from steelyard.catalog.rate_change import RateChange
from steelyard.catalog.validate import validate
from steelyard.contracts import ChangeAction, Contract, Customer, Subscription, SubscriptionChange
from steelyard.contracts.planned import saving
from steelyard.entrypoints.api.shapes import billing as shapes
from steelyard.kernel import ZERO, instant
from steelyard.kernel.canonical import to_builtins
from steelyard.rating import UsagePart
from steelyard.record import Kind
from tests.billing_catalog import catalog
from tests.billing_world import World

OCTOBER, NOVEMBER, DECEMBER = "2026-10", "2026-11", "2026-12"
ISSUED = {month: instant(f"{at}T09:00:00Z") for month, at in (
    (OCTOBER, "2026-11-02"), (NOVEMBER, "2026-12-02"), (DECEMBER, "2027-01-02")
)}  # fmt: skip


def in_advance(**more: Any) -> dict[str, Any]:
    """The small catalog with its fee and its seats paid in advance."""
    made = catalog(**more)
    for rate in made["rate_cards"][0]["rates"]:
        if rate["key"] in ("base_fee", "seats"):
            rate["timing"] = "in_advance"
    return made


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.publish(in_advance())
    made.customer("acme", tax="20")
    yield made
    made.close()


def change(at: str, action: ChangeAction = ChangeAction.AMEND, **fields: Any) -> SubscriptionChange:
    moment = instant(at)
    return SubscriptionChange(
        id=f"chg_{at}", effective_from=moment, action=action, by="ada", recorded_at=moment, **fields
    )


def amend(world: World, **fields: Any) -> Subscription:
    """The subscription as it becomes after something was told of it."""
    one = world.state.get(Subscription, "sub_acme_team")
    assert one is not None
    now = replace(one, **fields)
    write = saving(Kind.SUBSCRIPTION, "acme", now, now.id, world.state.version(Subscription, now.id))
    world.writer.submit(write).result()
    return now


def billed(world: World, month: str) -> Document:
    world.bill(month, at=ISSUED[month])
    (document,) = world.documents(month)
    evidence = build(document, state=world.state, usage=world.usage, reader=world.reader)
    assert verify(evidence, world.vkey).problems == ()
    return document


def lines(document: Any) -> list[tuple[str, str, str, str]]:
    sign = -1 if document.kind.value == "credit_note" else 1
    return [
        (line.price_key, f"{line.period.start:%m-%d}", line.advance.value, f"{sign * line.amount:.2f}")
        for line in document.lines
        if line.group.value != "tax"
    ]


def subtotal(document: Document) -> Decimal:
    return document.subtotal if document.kind.value == "invoice" else -document.subtotal


def worth(world: World, months: list[str]) -> Decimal:
    """What the months come to for their own sake, before tax."""
    customer = world.state.get(Customer, "acme")
    assert customer is not None
    subscriptions = world.state.find(Subscription, customer="acme")
    total = ZERO
    for month in months:
        one = account(customer, subscriptions, Months(month).period("UTC"), Cards(world.state))
        total += draft(customer, one.period, read_terms(world.usage, one.spans)).subtotal
    return total


def test_the_first_document_asks_for_its_month_and_the_next_then_each_for_the_next(world: World) -> None:
    world.subscribe("acme", "team", start="2026-10-01T00:00:00Z", quantities={"seats": "3"})
    assert lines(billed(world, OCTOBER)) == [
        ("base_fee", "10-01", "", "49.00"),
        ("seats", "10-01", "", "60.00"),
        ("base_fee", "11-01", "asked", "49.00"),
        ("seats", "11-01", "asked", "60.00"),
    ]
    november = billed(world, NOVEMBER)
    assert lines(november) == [("base_fee", "12-01", "asked", "49.00"), ("seats", "12-01", "asked", "60.00")]
    assert november.lines[0].steps[0].text == "in advance for 2026-12"


def test_seats_that_come_in_mid_month_are_charged_by_the_difference(world: World) -> None:
    world.subscribe("acme", "team", start="2026-10-01T00:00:00Z", quantities={"seats": "3"})
    billed(world, OCTOBER)
    amend(world, changes=(change("2026-11-16T00:00:00Z", quantities={"seats": Decimal(5)}),))
    november = billed(world, NOVEMBER)
    assert lines(november) == [
        ("seats", "11-01", "", "30.00"),
        ("seats", "11-16", "", "50.00"),
        ("seats", "11-01", "settled", "-60.00"),
        ("base_fee", "12-01", "asked", "49.00"),
        ("seats", "12-01", "asked", "100.00"),
    ]
    (off,) = [line for line in november.lines if line.advance is Advance.SETTLED]
    assert off.steps[0].text == "60.00 was asked in advance"
    assert lines(billed(world, DECEMBER))[0] == ("base_fee", "01-01", "asked", "49.00")


def test_a_change_that_is_known_beforehand_is_asked_as_it_will_be(world: World) -> None:
    later = change("2026-11-16T00:00:00Z", quantities={"seats": Decimal(5)})
    start = "2026-10-01T00:00:00Z"
    world.subscribe("acme", "team", start=start, quantities={"seats": "3"}, changes=(later,))
    asked = [line for line in lines(billed(world, OCTOBER)) if line[2] == "asked"]
    assert [line for line in asked if line[0] == "seats"] == [
        ("seats", "11-01", "asked", "30.00"),
        ("seats", "11-16", "asked", "50.00"),
    ]
    assert all(line[2] == "asked" for line in lines(billed(world, NOVEMBER)))


def test_who_cancels_in_mid_month_gets_the_rest_back(world: World) -> None:
    world.subscribe("acme", "team", start="2026-10-01T00:00:00Z", quantities={"seats": "3"})
    billed(world, OCTOBER)
    amend(world, end=instant("2026-11-11T00:00:00Z"))
    assert lines(billed(world, NOVEMBER)) == [
        ("base_fee", "11-01", "", "16.33"),
        ("seats", "11-01", "", "20.00"),
        ("base_fee", "11-01", "settled", "-49.00"),
        ("seats", "11-01", "settled", "-60.00"),
    ]


def test_who_ends_with_the_month_gets_all_of_the_next_back_once(world: World) -> None:
    world.subscribe("acme", "team", start="2026-10-01T00:00:00Z", quantities={"seats": "3"})
    october = billed(world, OCTOBER)
    amend(world, end=instant("2026-11-01T00:00:00Z"))
    november = billed(world, NOVEMBER)
    assert lines(november) == [
        ("base_fee", "11-01", "settled", "-49.00"),
        ("seats", "11-01", "settled", "-60.00"),
    ]
    assert october.total + -november.total == Decimal("130.80")
    world.bill(DECEMBER, at=ISSUED[DECEMBER])
    assert world.documents(DECEMBER) == []


def test_all_documents_together_charge_what_the_months_cost(world: World) -> None:
    world.subscribe("acme", "team", start="2026-10-07T00:00:00Z", quantities={"seats": "7"})
    october = billed(world, OCTOBER)
    amend(world, changes=(change("2026-11-13T00:00:00Z", quantities={"seats": Decimal(2)}),))
    november = billed(world, NOVEMBER)
    amend(world, end=instant("2026-12-20T00:00:00Z"))
    december = billed(world, DECEMBER)
    charged = sum((subtotal(one) for one in (october, november, december)), ZERO)
    assert charged == worth(world, [OCTOBER, NOVEMBER, DECEMBER])


def test_a_new_price_is_settled_and_a_catalog_without_payment_in_advance_asks_no_more(world: World) -> None:
    world.subscribe("acme", "team", start="2026-10-01T00:00:00Z", quantities={"seats": "3"})
    billed(world, OCTOBER)
    dearer = catalog()
    dearer["rate_cards"][0]["rates"][1]["unit_amount"] = "25"
    world.publish(dearer)
    assert lines(billed(world, NOVEMBER)) == [
        ("seats", "11-01", "", "75.00"),
        ("seats", "11-01", "settled", "-60.00"),
    ]


def test_late_usage_adjusts_the_month_and_never_what_was_asked(world: World) -> None:
    world.subscribe("acme", "team", start="2026-10-01T00:00:00Z", quantities={"seats": "3"})
    billed(world, OCTOBER)
    late = {"id": "l", "type": "llm", "time": "2026-10-20T00:00:00Z", "tokens": 2_001_000, "model": "big"}
    world.use("acme", [late])
    november = billed(world, NOVEMBER)
    adjusted = [line for line in november.lines if line.adjusts is not None and line.group.value != "tax"]
    assert [(line.price_key, f"{line.amount:.2f}") for line in adjusted] == [("big", "5.00")]


def test_a_preview_is_what_the_document_says_before_and_after(world: World) -> None:
    world.subscribe("acme", "team", start="2026-10-01T00:00:00Z", quantities={"seats": "3"})
    world.fold()
    before = preview(world.books, "acme", OCTOBER)
    october = billed(world, OCTOBER)
    billed(world, NOVEMBER)
    after = preview(world.books, "acme", OCTOBER)
    assert lines(october) == lines_of_draft(before) == lines_of_draft(after)


def lines_of_draft(made: Any) -> list[tuple[str, str, str, str]]:
    return [
        (line.price_key, f"{line.period.start:%m-%d}", line.advance.value, f"{line.amount:.2f}")
        for line in made.lines
        if line.group.value != "tax"
    ]


def test_months_billed_out_of_order_ask_nobody_twice(world: World) -> None:
    world.subscribe("acme", "team", start="2026-10-01T00:00:00Z", quantities={"seats": "3"})
    november = billed(world, NOVEMBER)
    october = billed(world, OCTOBER)
    assert all(line.advance is not Advance.ASKED for line in october.lines)
    december = billed(world, DECEMBER)
    charged = sum((subtotal(one) for one in (october, november, december)), ZERO)
    asked = [line for line in december.lines if line.advance is Advance.ASKED]
    assert charged - sum((line.amount for line in asked), ZERO) == 3 * Decimal(109)


def test_a_trial_asks_nothing(world: World) -> None:
    trial = change("2026-10-01T00:00:00Z", ChangeAction.TRIAL, until=instant("2027-02-01T00:00:00Z"))
    world.subscribe("acme", "team", start="2026-10-01T00:00:00Z", quantities={"seats": "3"}, changes=(trial,))
    assert [line for line in lines(billed(world, OCTOBER)) if line[2]] == []


def test_usage_cannot_be_billed_in_advance() -> None:
    made = catalog()
    made["rate_cards"][0]["rates"][2]["timing"] = "in_advance"
    problems = validate(Source(values=made))
    assert isinstance(problems, tuple)
    assert [(one.code, one.field) for one in problems] == [
        ("usage_in_advance", "rate_cards[0].rates[2].timing")
    ]


def test_a_month_is_billed_once(world: World) -> None:
    world.subscribe("acme", "team", start="2026-10-01T00:00:00Z", quantities={"seats": "3"})
    billed(world, OCTOBER)
    assert world.bill(OCTOBER, at=ISSUED[OCTOBER]).status.value == "unchanged"


def test_every_field_of_a_line_stands_in_the_answer_of_the_interface(world: World) -> None:
    world.subscribe("acme", "team", start="2026-10-01T00:00:00Z", quantities={"seats": "3"})
    shown = msgspec.convert(to_builtins(billed(world, OCTOBER).lines[2]), type=shapes.Line)
    assert shown.advance == "asked"
    told = {field.name for field in dataclasses.fields(Line)}
    assert told == set(shapes.Line.__struct_fields__)
    assert {field.name for field in dataclasses.fields(PoolPart)} == set(shapes.PoolPart.__struct_fields__)
    assert {field.name for field in dataclasses.fields(UsagePart)} == set(shapes.LinePart.__struct_fields__)


def test_a_contract_that_begins_with_the_next_month_is_proven_with_what_is_asked_by_it(world: World) -> None:
    world.subscribe("acme", "team", quantities={"seats": "3"})
    contract = Contract(
        id="con_1",
        customer="acme",
        name="Acme",
        start=instant("2026-11-01T00:00:00Z"),
        overrides=(RateChange(price="seats", multiplier=Decimal("0.5")),),
    )
    world.writer.submit(saving(Kind.CONTRACT, "acme", contract, contract.id, None)).result()
    asked = [line for line in billed(world, OCTOBER).lines if line.advance is Advance.ASKED]
    assert {line.price_key: str(line.amount) for line in asked} == {"base_fee": "49", "seats": "30"}
    assert world.documents(OCTOBER)[0].contracts == ("con_1",)
    assert billed(world, NOVEMBER).contracts == ("con_1",)
