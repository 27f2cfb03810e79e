"""Billing runs: who is billed, once, under which number, and what is told of the rest."""

import sqlite3
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from steelyard.adapters.sql import REGISTRY, check_state
from steelyard.billing import BillingRun, NumberSeries, RunStatus
from steelyard.billing import run as run_module
from steelyard.billing.run import preview
from steelyard.kernel import Conflict, NotFound, instant
from steelyard.ledger import JournalEntry
from tests.billing_catalog import catalog
from tests.billing_world import World


def sale(id: str, pieces: str, price: str = "2.50", day: int = 5) -> Mapping[str, Any]:
    return {"id": id, "type": "sale", "time": f"2026-10-{day:02}T10:00:00Z", "pieces": pieces, "price": price}


def shop(world: World, *keys: str) -> None:
    for key in keys:
        world.customer(key)
        world.subscribe(key, "counter")


def test_everybody_with_usage_gets_one_document_with_consecutive_numbers(world: World):
    shop(world, "acme", "bolt", "cask")
    world.use("acme", [sale("1", "4")])
    world.use("bolt", [sale("2", "-2")])
    world.use("cask", [sale("3", "1")])
    done = world.bill()
    assert (done.counts.invoices, done.counts.credit_notes) == (2, 1)
    assert {(one.customer, one.number, one.total) for one in world.documents()} == {
        ("acme", "INV-2026-000001", Decimal("10.00")),
        ("cask", "INV-2026-000002", Decimal("2.50")),
        ("bolt", "CN-2026-000001", Decimal("5.00")),
    }
    totals = done.totals["USD"]
    assert (totals.invoiced, totals.credited, totals.net) == (Decimal("12.50"), Decimal(5), Decimal("7.50"))


def test_numbers_are_given_in_the_order_of_customer_keys(world: World):
    shop(world, "cask", "acme", "bolt")
    for key in ("bolt", "cask", "acme"):
        world.use(key, [sale(key, "1")])
    world.bill()
    assert sorted((one.number, one.customer) for one in world.documents()) == [
        ("INV-2026-000001", "acme"),
        ("INV-2026-000002", "bolt"),
        ("INV-2026-000003", "cask"),
    ]


def test_a_second_run_changes_nothing_and_says_so(world: World):
    shop(world, "acme")
    world.use("acme", [sale("1", "4")])
    world.bill()
    size = world.reader.size
    again = world.bill()
    assert (again.status, again.counts.already_billed, again.totals) == (RunStatus.UNCHANGED, 1, {})
    assert world.reader.size == size


def test_a_dry_run_says_the_same_and_writes_nothing(world: World):
    shop(world, "acme")
    world.use("acme", [sale("1", "4")])
    size = world.reader.size
    tried = world.bill(dry_run=True)
    assert (tried.status, world.reader.size, world.documents()) == (RunStatus.PREVIEWED, size, [])
    done = world.bill()
    assert (tried.totals, tried.counts) == (done.totals, done.counts)


def test_numbers_go_on_without_a_gap_in_the_next_run_and_begin_anew_each_year(world: World):
    shop(world, "acme")
    world.use("acme", [sale("1", "4")])
    world.use("acme", [{**sale("2", "1"), "time": "2026-11-05T10:00:00Z"}])
    world.use("acme", [{**sale("3", "1"), "time": "2026-12-05T10:00:00Z"}])
    world.bill("2026-10")
    world.bill("2026-11", at=instant("2026-12-01T00:00:00Z"))
    world.bill("2026-12", at=instant("2027-01-01T00:00:00Z"))
    assert [world.documents(month)[0].number for month in ("2026-10", "2026-11", "2026-12")] == [
        "INV-2026-000001",
        "INV-2026-000002",
        "INV-2027-000001",
    ]


def test_late_events_change_no_document_and_are_counted(world: World):
    shop(world, "acme")
    world.use("acme", [sale("1", "4")])
    world.bill()
    before = world.documents()
    world.use("acme", [sale("2", "1"), sale("3", "1")])
    again = world.bill()
    assert (again.counts.late_events, again.status) == (2, RunStatus.UNCHANGED)
    assert world.documents() == before


def test_a_new_catalog_makes_no_billed_event_late(world: World):
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": "1"})
    world.use(
        "acme", [{"id": "1", "type": "llm", "time": "2026-10-05T00:00:00Z", "tokens": 9, "model": "big"}]
    )
    world.bill()
    world.publish(catalog(token_price="9"))
    assert world.bill().counts.late_events == 0


def test_usage_of_customers_without_subscription_is_counted(world: World):
    shop(world, "acme")
    world.customer("bolt")
    world.use("bolt", [sale("1", "4")])
    done = world.bill()
    assert (done.counts.uncontracted_events, done.counts.nothing_to_bill) == (1, 2)


def test_who_cannot_be_billed_is_named_and_the_others_are_billed(world: World):
    shop(world, "acme", "bolt")
    world.customer("euro", currency="EUR")
    world.subscribe("euro", "counter")
    for key in ("acme", "bolt", "euro"):
        world.use(key, [sale(key, "1")])
    done = world.bill()
    assert (done.status, done.counts.invoices, done.counts.refused) == (RunStatus.INCOMPLETE, 2, 1)
    assert [problem.code for problem in done.problems] == ["currency_mismatch"]
    assert done.problems[0].message.startswith("euro: ")


def test_only_the_customers_named_are_billed(world: World):
    shop(world, "acme", "bolt")
    world.use("acme", [sale("1", "1")])
    world.use("bolt", [sale("2", "1")])
    world.bill(customers=["bolt"])
    assert [one.customer for one in world.documents()] == ["bolt"]
    assert world.bill().counts.already_billed == 1


def test_each_month_begins_at_the_customers_own_midnight(world: World):
    world.customer("acme", timezone="Asia/Tokyo")
    world.subscribe("acme", "counter")
    world.use("acme", [{**sale("1", "1"), "time": "2026-09-30T15:00:00Z"}])
    world.use("acme", [{**sale("2", "1"), "time": "2026-10-31T15:00:00Z"}])
    assert world.bill().counts.entries == 1


def test_everything_is_kept_as_the_record_tells_it_and_posted_once(world: World):
    shop(world, "acme", "bolt")
    world.use("acme", [sale("1", "4", price="0.333")])
    world.use("bolt", [sale("2", "-2")])
    done = world.bill()
    with sqlite3.connect(world.folder / "steelyard.sqlite") as connection:
        assert check_state(connection, REGISTRY, world.reader) == ()
    entries = world.state.find(JournalEntry)
    assert {entry.about for entry in entries} == {one.id for one in world.documents()}
    assert world.state.get(BillingRun, done.id) == done
    assert world.state.get(NumberSeries, "INV-2026") == NumberSeries(key="INV-2026", last=1)


def test_many_documents_go_into_few_writes(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(run_module, "DOCUMENTS_PER_WRITE", 2)
    shop(world, *"abcde")
    for key in "abcde":
        world.use(key, [sale(key, "1")])
    told: list[tuple[int, int]] = []
    world.bill(progress=lambda done, of: told.append((done, of)))
    assert told == [(2, 5), (4, 5), (5, 5)]
    assert sorted(one.number[-1] for one in world.documents()) == ["1", "2", "3", "4", "5"]


def test_two_runs_at_once_bill_nobody_twice(world: World):
    shop(world, "acme")
    world.use("acme", [sale("1", "4")])
    world.fold()
    submit = world.books.submit

    def meanwhile(write):
        object.__setattr__(world.books, "submit", submit)
        world.bill()
        return submit(write)

    object.__setattr__(world.books, "submit", meanwhile)
    with pytest.raises(Conflict):
        world.bill()
    assert [one.number for one in world.documents()] == ["INV-2026-000001"]


def test_the_preview_is_what_the_run_will_bill(world: World):
    world.customer("acme", tax="19")
    world.subscribe("acme", "team", quantities={"seats": "3"}, start="2026-10-11T00:00:00Z")
    event = {"type": "llm", "time": "2026-10-12T00:00:00Z", "model": "big"}
    world.use("acme", [{**event, "id": n, "tokens": 5000, "user": f"u{n % 2}"} for n in range(4)])
    world.fold()
    draft = preview(world.books, "acme", "2026-10")
    world.bill()
    (document,) = world.documents()
    assert (document.lines, document.total) == (draft.lines, draft.total)
    assert {line.title: line.quantity for line in draft.lines if line.meter} == {"Big": 20000, "Users": 2}


def test_nobody_can_preview_an_unknown_customer(world: World):
    with pytest.raises(NotFound):
        preview(world.books, "nobody", "2026-10")
