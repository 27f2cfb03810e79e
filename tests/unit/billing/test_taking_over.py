"""Commitments for a year that are taken over by another customer: paid once, and drawn once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from steelyard.billing.evidence import build, verify
from steelyard.billing.taking_over import openings_of
from steelyard.contracts import CommitmentTerms, Cycle, Subscription
from steelyard.contracts.directory import Directory
from steelyard.contracts.merging import Merger, Occasion, Remainder, merge_customers
from steelyard.kernel import instant
from steelyard.rating.commitment_course import Payment
from tests.billing_world import World

START = instant("2026-10-01T00:00:00Z")
MIDDLE = instant("2026-10-15T00:00:00Z")


def commits(**fields: Any) -> CommitmentTerms:
    given: dict[str, Any] = {"key": "year", "amount": Decimal(120), "every": Cycle.YEAR, "covers": ("big",)}
    return CommitmentTerms(**{"start": START, **given, **fields})


def use(world: World, customer: str, millions: int, time: str) -> None:
    event = {"id": f"{customer}{time}", "type": "llm", "time": time, "model": "big", "user": "u"}
    world.use(customer, [{**event, "tokens": millions * 1_000_000 + 1000}])


def merged(world: World, at: str = "2026-10-15T00:00:00Z", now: str = "2026-10-16T00:00:00Z") -> Any:
    world.fold()
    directory = Directory(world.state.find(type(world.customer("other"))))
    occasion = Occasion(effective_from=instant(at), by="ada", reason="bought", at=instant(now))
    openings = openings_of(world.books, "acme", instant(at))
    return merge_customers(world.state, directory, "acme", "bolt", occasion, Remainder.TRANSFER, openings)


@pytest.fixture
def pair(world: World) -> World:
    for key, agreed in (("acme", (commits(),)), ("bolt", ())):
        world.customer(key)
        world.subscribe(key, "team", quantities={"seats": "0"}, commitments=agreed)
    return world


def money(world: World, customer: str, month: str = "2026-10") -> dict[str, str]:
    document = next(one for one in world.documents(month) if one.customer == customer)
    verdict = verify(build(document, state=world.state, usage=world.usage, reader=world.reader), world.vkey)
    assert verdict.problems == ()
    return {
        line.title: f"{line.amount:.2f}"
        for line in document.lines
        if line.group.value in ("committed", "credit")
    }


def test_in_the_middle_of_a_month_what_was_paid_is_not_asked_for_again(pair: World) -> None:
    use(pair, "acme", 10, "2026-10-05T00:00:00Z")
    outcome = merged(pair)
    assert isinstance(outcome, Merger)
    assert outcome.write is not None
    pair.writer.submit(outcome.write).result()
    use(pair, "bolt", 50, "2026-10-20T00:00:00Z")
    pair.bill()
    assert money(pair, "acme") == {"Committed amount": "120.00", "Covered by the commitment": "-25.00"}
    # 95 of the 120 went over; what is used beyond them is paid as it is used.
    assert money(pair, "bolt") == {"Covered by the commitment": "-95.00"}
    use(pair, "bolt", 50, "2026-11-20T00:00:00Z")
    pair.bill("2026-11", at=instant("2026-12-02T00:00:00Z"))
    assert "Committed amount" not in money(pair, "bolt", "2026-11")


def test_who_gave_it_away_can_draw_no_more_of_it(pair: World) -> None:
    use(pair, "acme", 10, "2026-10-05T00:00:00Z")
    outcome = merged(pair)
    pair.writer.submit(outcome.write).result()
    use(pair, "acme", 10, "2026-10-06T00:00:00Z")
    pair.bill()
    assert money(pair, "acme")["Covered by the commitment"] == "-25.00"


def test_paid_by_use_only_who_has_it_at_the_end_is_trued_up(world: World) -> None:
    for key, agreed in (("acme", (commits(payment=Payment.POSTPAID),)), ("bolt", ())):
        world.customer(key)
        world.subscribe(key, "team", quantities={"seats": "0"}, commitments=agreed)
    use(world, "acme", 10, "2026-10-05T00:00:00Z")
    world.writer.submit(merged(world).write).result()
    (taken,) = world.state.find(Subscription, customer="bolt")[0].commitments
    assert taken.opening is not None
    assert (taken.opening.month, f"{taken.opening.drawn:.2f}") == (0, "25.00")
    world.bill()
    assert "True-up to the commitment" not in money(world, "acme")


def test_at_the_start_of_a_month_the_term_goes_on_with_it(pair: World) -> None:
    use(pair, "acme", 10, "2026-10-05T00:00:00Z")
    pair.bill()
    pair.writer.submit(merged(pair, "2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z").write).result()
    use(pair, "bolt", 50, "2026-11-20T00:00:00Z")
    pair.bill("2026-11", at=instant("2026-12-02T00:00:00Z"))
    assert money(pair, "bolt", "2026-11") == {"Covered by the commitment": "-95.00"}


def test_a_merger_to_come_cannot_say_yet_what_is_left(pair: World) -> None:
    (problem,) = merged(pair, "2026-11-15T00:00:00Z")
    assert problem.code == "too_early"


def test_what_has_not_begun_is_not_left_behind(world: World) -> None:
    later = commits(start=instant("2026-12-01T00:00:00Z"), every=Cycle.MONTH)
    for key, agreed in (("acme", (later,)), ("bolt", ())):
        world.customer(key)
        world.subscribe(key, "team", quantities={"seats": "0"}, commitments=agreed)
    world.writer.submit(merged(world).write).result()
    assert world.state.find(Subscription, customer="acme")[0].commitments == ()
    assert world.state.find(Subscription, customer="bolt")[0].commitments == (later,)
