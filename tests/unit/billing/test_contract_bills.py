"""Bills under contracts: overrides in the middle of a month, splits that change nothing, evidence."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from steelyard.billing import Document, Line
from steelyard.billing.evidence import build, verify
from steelyard.billing.run import preview
from steelyard.catalog.rate_change import RateChange
from steelyard.contracts import ChangeAction, Contract, SubscriptionChange
from steelyard.contracts.contract import Escalator, Phase, PriceLock
from steelyard.contracts.fees import ContractFee
from steelyard.contracts.planned import saving
from steelyard.kernel import instant
from steelyard.rating import PerUnitPrice
from steelyard.record import Kind
from tests.billing_catalog import catalog
from tests.billing_world import World

SEPTEMBER = "2026-09-01T00:00:00Z"
MIDDLE = instant("2026-10-17T00:00:00Z")


@pytest.fixture
def world(tmp_path: Path) -> Any:
    made = World(tmp_path)
    made.publish(catalog())
    made.customer("acme")
    yield made
    made.close()


def agree(world: World, **fields: Any) -> Contract:
    start = fields.pop("start", instant(SEPTEMBER))
    one = Contract(id="con_1", customer="acme", name="Acme 2026", start=start, **fields)
    version = world.state.version(Contract, one.id)
    world.writer.submit(saving(Kind.CONTRACT, one.customer, one, one.id, version)).result()
    return one


def change(at: datetime, action: ChangeAction = ChangeAction.AMEND, **fields: Any) -> SubscriptionChange:
    return SubscriptionChange(
        id=f"chg_{at}", effective_from=at, action=action, by="ada", recorded_at=instant(SEPTEMBER), **fields
    )


def use_tokens(world: World, *times: str, tokens: int = 1_000_000) -> None:
    events = [
        {"id": f"e{n}", "type": "llm", "time": time, "tokens": tokens, "model": "big", "user": "u"}
        for n, time in enumerate(times)
    ]
    world.use("acme", events)


def billed(world: World) -> Document:
    world.bill()
    (document,) = world.documents()
    evidence = build(document, state=world.state, usage=world.usage, reader=world.reader)
    assert verify(evidence, world.vkey).problems == ()
    return document


def amounts(document: Any) -> list[tuple[str, str]]:
    return [(line.price_key, money(line)) for line in document.lines]


def money(line: Line) -> str:
    return f"{line.amount:.2f}"


def test_a_contract_multiplies_a_price_and_the_line_says_so(world: World) -> None:
    world.subscribe("acme", "team", quantities={"seats": "3"})
    agree(world, overrides=(RateChange(price="seats", multiplier=Decimal("0.8"), reason="launch"),))
    document = billed(world)
    assert amounts(document) == [("base_fee", "49.00"), ("seats", "48.00")]
    assert document.lines[1].reason == (
        "plan Team, 3 seats by the subscription; contract Acme 2026 × 0.8 (launch)"
    )
    assert document.contracts == ("con_1",)


def test_an_override_in_the_middle_of_the_month_splits_only_its_own_price(world: World) -> None:
    world.subscribe("acme", "team", quantities={"seats": "3"})
    model = PerUnitPrice(unit_amount=Decimal(1), per=Decimal(1_000_000))
    agree(world, overrides=(RateChange(price="big", effective_from=MIDDLE, model=model),))
    use_tokens(world, "2026-10-03T00:00:00Z", "2026-10-16T23:59:59Z", "2026-10-17T00:00:00Z")
    document = billed(world)
    tokens = [line for line in document.lines if line.price_key == "big"]
    assert [(line.quantity, line.period.start == MIDDLE) for line in tokens] == [
        (Decimal(2_000_000), False),
        (Decimal(1_000_000), True),
    ]
    assert [line.price_key for line in document.lines].count("seats") == 1


def test_an_allowance_is_shared_by_days_where_its_price_is_split(world: World) -> None:
    world.subscribe("acme", "team", quantities={"seats": "0"})
    model = PerUnitPrice(unit_amount=Decimal("2.5"), per=Decimal(1_000_000))
    agree(
        world,
        overrides=(RateChange(price="big", effective_from=instant("2026-10-16T00:00:00Z"), model=model),),
    )
    use_tokens(world, "2026-10-03T00:00:00Z", "2026-10-20T00:00:00Z", tokens=1000)
    document = billed(world)
    steps = [line.steps[0].text for line in document.lines if line.price_key == "big"]
    assert steps[0].startswith("1,000 tokens used, 483.87")
    assert steps[1].startswith("1,000 tokens used, 516.12")


def test_more_seats_from_the_middle_on_are_two_lines_by_days(world: World) -> None:
    world.subscribe(
        "acme", "team", quantities={"seats": "3"}, changes=(change(MIDDLE, quantities={"seats": Decimal(6)}),)
    )
    document = billed(world)
    seats = [line for line in document.lines if line.price_key == "seats"]
    assert [(line.quantity, money(line)) for line in seats] == [
        (Decimal(3), "30.97"),  # 60 × 16/31
        (Decimal(6), "58.06"),  # 120 × 15/31
    ]
    assert [line.price_key for line in document.lines].count("base_fee") == 1


def test_a_pause_takes_the_fees_off_and_charges_what_is_used(world: World) -> None:
    pause = change(MIDDLE, ChangeAction.PAUSE, until=instant("2026-10-27T00:00:00Z"))
    world.subscribe("acme", "team", quantities={"seats": "3"}, changes=(pause,))
    use_tokens(world, "2026-10-03T00:00:00Z", "2026-10-20T00:00:00Z")
    document = billed(world)
    fees = [line for line in document.lines if line.price_key == "base_fee"]
    assert [money(line) for line in fees] == ["25.29", "7.90"]  # 16 and 5 of 31 days
    (tokens,) = (line for line in document.lines if line.price_key == "big")
    assert tokens.quantity == Decimal(2_000_000)


def test_a_trial_shows_what_is_used_and_charges_nothing(world: World) -> None:
    world.subscribe("acme", "team", quantities={"seats": "3"}, trial_until=instant("2026-11-01T00:00:00Z"))
    use_tokens(world, "2026-10-03T00:00:00Z")
    world.fold()
    draft = preview(world.books, "acme", "2026-10")
    assert draft.total == 0
    assert {line.price_key for line in draft.lines} >= {"seats", "base_fee", "big"}
    assert all("trial until 2026-11-01: free" in line.reason for line in draft.lines)


def test_a_sandbox_stands_on_no_bill(world: World) -> None:
    world.subscribe("acme", "team", quantities={"seats": "3"}, sandbox=True)
    use_tokens(world, "2026-10-03T00:00:00Z")
    world.fold()
    assert preview(world.books, "acme", "2026-10").lines == ()


def test_an_upgrade_charges_each_plan_for_its_days(world: World) -> None:
    values = catalog()
    plus = {**values["plans"][0], "key": "plus", "name": "Plus", "tier": 1}
    plus["items"] = [{"price": "plus_fee"}, *plus["items"][1:]]
    values["plans"].append(plus)
    fee = {**values["rate_cards"][0]["rates"][0], "key": "plus_fee", "name": "Plus fee", "amount": "99"}
    values["rate_cards"][0]["rates"].append(fee)
    world.publish(values)
    world.subscribe("acme", "team", quantities={"seats": "3"}, changes=(change(MIDDLE, plan="plus"),))
    document = billed(world)
    assert ("base_fee", "25.29") in amounts(document)
    assert ("plus_fee", "47.90") in amounts(document)
    assert [line.price_key for line in document.lines].count("seats") == 2  # by plan Team, by plan Plus


def test_an_escalator_steps_at_its_anniversary_and_a_lock_is_left_alone(world: World) -> None:
    world.subscribe("acme", "team", quantities={"seats": "3"})
    lock = PriceLock(
        price="seats",
        effective_from=instant(SEPTEMBER),
        effective_until=instant("2027-09-01T00:00:00Z"),
        model=PerUnitPrice(unit_amount=Decimal(10)),
        included=Decimal(0),
    )
    yearly = Escalator(first_at=instant(SEPTEMBER), percent=Decimal(10), reason="CPI")
    agree(world, locks=(lock,), escalators=(yearly,))
    document = billed(world)
    assert amounts(document) == [("base_fee", "53.90"), ("seats", "30.00")]
    assert document.lines[0].reason == "plan Team; escalator × 1.1 (CPI)"
    assert "locked until 2027-09-01" in document.lines[1].reason


def test_a_ramp_is_phases_with_quantities_of_their_own(world: World) -> None:
    world.subscribe("acme", "team", quantities={"seats": "1"})
    first = Phase(name="start", effective_from=instant(SEPTEMBER), quantities={"seats": Decimal(10)})
    second = Phase(name="growth", effective_from=MIDDLE, quantities={"seats": Decimal(20)})
    agree(world, phases=(first, second))
    seats = [line.quantity for line in billed(world).lines if line.price_key == "seats"]
    assert seats == [Decimal(10), Decimal(20)]


def test_a_billed_month_is_adjusted_by_the_contract_as_it_was(world: World) -> None:
    world.subscribe("acme", "team", quantities={"seats": "3"})
    agree(world, overrides=(RateChange(price="big", multiplier=Decimal("0.5")),))
    use_tokens(world, "2026-10-03T00:00:00Z")
    billed(world)
    agree(world, overrides=(RateChange(price="big", multiplier=Decimal(0)),))
    world.use("acme", [{"id": "late", "type": "llm", "time": "2026-10-05T00:00:00Z",
                        "tokens": 1_000_000, "model": "big", "user": "u"}])  # fmt: skip
    world.bill("2026-11", at=instant("2026-12-02T09:00:00Z"))
    (november,) = world.documents("2026-11")
    (adjusted,) = (line for line in november.lines if line.adjusts)
    assert money(adjusted) == "1.25"  # a million at 2.50, halved by the contract as it was then
    evidence = build(november, state=world.state, usage=world.usage, reader=world.reader)
    assert verify(evidence, world.vkey).problems == ()


def yearly(**fields: Any) -> ContractFee:
    asked: dict[str, Any] = {
        "key": "platform",
        "name": "Platform",
        "amount": Decimal(36500),
        "effective_from": instant("2026-10-01T00:00:00Z"),
    }
    return ContractFee(**{**asked, **fields})


def fees(world: World, month: str) -> list[tuple[str, str]]:
    world.fold()
    lines = preview(world.books, "acme", month).lines
    return [
        (money(line), line.reason.rpartition(": ")[2]) for line in lines if line.price_key.startswith("fee:")
    ]


def test_a_fee_in_advance_is_due_in_the_month_in_which_its_year_begins(world: World) -> None:
    world.subscribe("acme", "team", quantities={"seats": "0"}, start="2026-10-20T00:00:00Z")
    agree(world, fees=(yearly(),))
    document = billed(world)
    assert ("fee:platform", "36500.00") in amounts(document)  # whole, though the plan ran 12 days
    assert fees(world, "2026-11") == []
    assert fees(world, "2027-10") == [("36500.00", "in advance")]


def test_a_fee_that_ends_early_gives_back_what_is_not_used(world: World) -> None:
    world.subscribe("acme", "team", quantities={"seats": "0"})
    ended = {"effective_until": instant("2027-07-01T00:00:00Z")}
    agree(world, fees=(yearly(**ended, ended_at=instant("2027-06-20T00:00:00Z")),))
    assert fees(world, "2026-10") == [("36500.00", "in advance")]
    assert fees(world, "2027-07") == [("-9200.00", "92 of 365 days not used")]
    assert fees(world, "2027-10") == []


def test_a_fee_whose_end_was_known_is_charged_for_its_days(world: World) -> None:
    world.subscribe("acme", "team", quantities={"seats": "0"})
    agree(world, fees=(yearly(effective_until=instant("2027-07-01T00:00:00Z")),))
    assert fees(world, "2026-10") == [("27300.00", "273 of 365 days")]
    assert fees(world, "2027-07") == []


def test_a_fee_on_an_anchor_day_begins_with_a_part(world: World) -> None:
    world.subscribe("acme", "team", quantities={"seats": "0"})
    agree(world, fees=(yearly(every_months=1, anchor_day=15, amount=Decimal(310), percent_off=Decimal(10)),))
    assert fees(world, "2026-10") == [("130.20", "14 of 30 days"), ("279.00", "in advance")]
    assert fees(world, "2026-11") == [("279.00", "in advance")]


def test_a_fee_of_a_month_before_its_contract_begins_is_proven_too(world: World) -> None:
    world.subscribe("acme", "team", quantities={"seats": "1"})
    agree(
        world,
        start=instant("2026-11-13T00:00:00Z"),
        fees=(yearly(),),
    )
    document = billed(world)
    assert ("fee:platform", "36500.00") in amounts(document)
    assert document.contracts == ("con_1",)
