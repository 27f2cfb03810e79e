"""Adjustments: what changed in a billed month stands, to the cent, on the customer's next document."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from steelyard.billing import Document, Line
from steelyard.billing.evidence import build, verify
from steelyard.billing.run import changes_of, preview, run
from steelyard.kernel import Period, instant
from steelyard.metering import BackfillAction, Backfilled, Range
from steelyard.record import Kind, Write
from tests.billing_catalog import catalog
from tests.billing_world import World

DECEMBER = instant("2026-12-02T09:00:00Z")
JANUARY = instant("2027-01-02T09:00:00Z")


def sale(id: str, pieces: str, time: str = "2026-10-05T10:00:00Z", price: str = "2.50") -> Mapping[str, Any]:
    return {"id": id, "type": "sale", "time": time, "pieces": pieces, "price": price}


def shop(world: World, *keys: str, **fields: Any) -> None:
    for key in keys:
        world.customer(key, **fields)
        world.subscribe(key, "counter")


def only(world: World, month: str, customer: str = "acme") -> Document:
    (document,) = [one for one in world.documents(month) if one.customer == customer]
    return document


def adjusting(document: Document) -> list[Line]:
    return [line for line in document.lines if line.adjusts is not None]


def test_a_late_event_stands_on_the_next_document_with_what_was_billed_and_what_it_is_now(world: World):
    shop(world, "acme")
    world.use("acme", [sale("1", "4")])
    world.bill()
    world.use("acme", [sale("2", "2"), sale("3", "1", "2026-11-07T00:00:00Z")])
    done = world.bill("2026-11", at=DECEMBER)
    november = only(world, "2026-11")
    own, line = november.lines
    assert own.adjusts is None
    assert line.adjusts is not None
    assert (own.amount, line.amount, november.total) == (Decimal("2.50"), Decimal("5.00"), Decimal("7.50"))
    said = line.adjusts
    assert (said.period_name, said.documents) == ("2026-10", ("INV-2026-000001",))
    assert (said.billed_quantity, said.quantity, line.quantity) == (Decimal(4), Decimal(6), Decimal(2))
    assert (said.billed, said.amount) == (Decimal("10.00"), Decimal("15.00"))
    assert line.steps[-1].text == "billed before (INV-2026-000001): 4 goods, 10.00"
    assert sum(step.amount for step in line.steps) == line.amount_exact
    assert (done.counts.adjustments, done.totals["USD"].adjusted) == (1, Decimal("5.00"))


def test_a_customer_without_other_lines_gets_a_document_with_the_adjustment_alone(world: World):
    shop(world, "acme", "bolt")
    world.use("acme", [sale("1", "4")])
    world.use("bolt", [sale("2", "4")])
    world.bill()
    world.use("acme", [sale("3", "1")])
    world.use("bolt", [sale("4", "-1")])
    done = world.bill("2026-11", at=DECEMBER)
    assert (done.counts.invoices, done.counts.credit_notes, done.counts.adjustments) == (1, 1, 2)
    assert only(world, "2026-11").total == Decimal("2.50")
    back = only(world, "2026-11", "bolt")
    assert (back.kind.value, back.total) == ("credit_note", Decimal("2.50"))


def test_the_same_month_billed_again_puts_it_on_no_document_and_counts_it(world: World):
    shop(world, "acme")
    world.use("acme", [sale("1", "4")])
    world.bill()
    world.use("acme", [sale("2", "2")])
    again = world.bill()
    assert (again.counts.late_events, again.counts.adjustments) == (1, 0)
    (change,) = changes_of(world.books, "acme")
    assert (change.period_name, change.document, change.added) == ("2026-10", "INV-2026-000001", 1)
    assert change.difference == Decimal("5.00")


def test_a_second_adjustment_takes_the_first_into_account(world: World):
    shop(world, "acme", tax="19")
    world.use("acme", [sale("1", "4")])
    world.bill()
    world.use("acme", [sale("2", "2")])
    world.bill("2026-11", at=DECEMBER)
    world.use("acme", [sale("3", "-1")])
    world.bill("2026-12", at=JANUARY)
    second = only(world, "2026-12")
    (line, tax) = adjusting(second)
    assert line.adjusts is not None
    assert line.adjusts.documents == ("INV-2026-000001", "INV-2026-000002")
    assert (line.adjusts.billed_quantity, line.adjusts.quantity) == (Decimal(6), Decimal(5))
    assert (second.kind.value, second.total) == ("credit_note", Decimal("2.97"))
    assert tax.group.value == "tax"
    documents = [only(world, month) for month in ("2026-10", "2026-11")]
    assert sum(one.total for one in documents) - second.total == Decimal("14.88")


def test_nothing_is_adjusted_twice(world: World):
    shop(world, "acme")
    world.use("acme", [sale("1", "4")])
    world.bill()
    world.use("acme", [sale("2", "2")])
    world.bill("2026-11", at=DECEMBER)
    done = world.bill("2026-12", at=JANUARY)
    assert (done.counts.adjustments, done.counts.nothing_to_bill) == (0, 1)
    assert world.documents("2026-12") == []


def test_an_allowance_and_tiers_are_applied_to_the_whole_period_again(world: World):
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": "1"})
    use = {"type": "llm", "time": "2026-10-05T00:00:00Z", "model": "big", "user": "u"}
    world.use("acme", [{**use, "id": "1", "tokens": 900}])
    world.bill()
    world.use("acme", [{**use, "id": "2", "tokens": 1_000_100}])
    world.bill("2026-11", at=DECEMBER)
    (line,) = adjusting(only(world, "2026-11"))
    assert line.adjusts is not None
    assert (line.adjusts.billed, line.adjusts.quantity, line.amount) == (
        Decimal("0.00"),
        Decimal(1_001_000),
        Decimal("2.50"),
    )


def test_it_is_priced_by_the_catalog_and_the_contract_of_the_first_document(world: World):
    world.customer("acme", tax="19")
    world.subscribe("acme", "team", quantities={"seats": "1"})
    use = {"type": "llm", "time": "2026-10-05T00:00:00Z", "model": "small", "user": "u"}
    world.use("acme", [{**use, "id": "1", "tokens": 1_000_000}])
    world.bill()
    world.publish(catalog(token_price="99"))
    world.customer("acme", tax="7")
    world.subscribe("acme", "team", quantities={"seats": "5"})
    world.use("acme", [{**use, "id": "2", "tokens": 9_000_000}])
    world.bill("2026-11", at=DECEMBER)
    line, tax = adjusting(only(world, "2026-11"))
    assert (line.price_key, line.amount) == ("small", Decimal("2.70"))
    assert (tax.title, tax.amount) == ("VAT 19 %", Decimal("0.52"))


def test_a_preview_holds_the_adjustments_to_come_and_says_what_changed(world: World):
    shop(world, "acme")
    world.use("acme", [sale("1", "4")])
    world.bill()
    world.use("acme", [sale("2", "2")])
    world.fold()
    again, november = preview(world.books, "acme", "2026-10"), preview(world.books, "acme", "2026-11")
    assert [line.adjusts for line in again.lines] == [None]
    assert (again.changes, november.total) == (november.changes, Decimal("5.00"))
    (change,) = november.changes
    assert (change.added, change.ended, change.difference) == (1, 0, Decimal("5.00"))


def test_usage_that_no_price_reads_changes_nothing(world: World):
    shop(world, "acme")
    world.use("acme", [sale("1", "4")])
    world.bill()
    world.use("acme", [{"id": "t", "type": "trace", "time": "2026-10-05T10:00:00Z"}])
    again = world.bill()
    assert again.counts.late_events == 0
    assert changes_of(world.books, "acme") == ()


def test_what_cannot_be_rated_anew_is_told_and_nothing_is_issued(world: World):
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": "1"})
    use = {"type": "llm", "time": "2026-10-05T00:00:00Z", "model": "small", "user": "u"}
    world.use("acme", [{**use, "id": "1", "tokens": 1_000}])
    world.bill()
    world.customer("acme", currency="EUR")
    world.use("acme", [{**use, "id": "2", "tokens": 1_000_000}])
    done = world.bill("2026-11", at=DECEMBER)
    assert world.documents("2026-11") == []
    assert any("adjusting 2026-10 (INV-2026-000001)" in problem.message for problem in done.problems)


def test_usage_of_a_month_that_had_nothing_to_bill_is_told_until_that_month_is_run_again(world: World):
    shop(world, "acme", "bolt")
    world.use("bolt", [sale("1", "4")])
    world.bill()
    world.use("acme", [sale("2", "2"), sale("3", "1", "2026-11-07T00:00:00Z")])
    done = world.bill("2026-11", at=DECEMBER)
    (told,) = done.problems
    assert (told.code, done.status.value) == ("month_to_run_again", "completed")
    assert told.message.startswith("2026-10: usage came after its run (events: 1, customers: 1)")
    assert world.bill("2026-10", at=DECEMBER).counts.invoices == 1
    assert world.bill("2026-12", at=JANUARY).problems == ()
    assert only(world, "2026-10").total == Decimal("5.00")


def test_a_month_whose_usage_was_erased_is_told_and_never_given_back(world: World):
    shop(world, "acme")
    written = world.use("acme", [sale("1", "4")])
    world.use("acme", [sale("2", "6")])
    world.bill()
    world.erase("acme", written.indexes)
    world.use("acme", [sale("3", "1"), sale("4", "1", "2026-11-07T00:00:00Z")])
    done = world.bill("2026-11", at=DECEMBER)
    assert [problem.code for problem in done.problems] == ["erased"]
    assert "+1 and -0 events" in done.problems[0].message
    assert only(world, "2026-11").total == Decimal("2.50")


def test_it_is_measured_by_the_meter_of_its_own_catalog_even_after_the_store_was_made_anew(world: World):
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": "1"})
    use = {"type": "llm", "time": "2026-10-05T00:00:00Z", "model": "small", "user": "u"}
    world.use("acme", [{**use, "id": "1", "tokens": 1_000_000}])
    world.bill()
    other = catalog()
    other["metrics"][0]["meter"]["value"] = "$.other"
    world.publish(other)
    world.use("acme", [{**use, "id": "2", "tokens": 1_000_000, "other": 7}])
    world.fold()
    world.usage.rebuild(world.reader)
    world.bill("2026-11", at=DECEMBER)
    (line,) = adjusting(only(world, "2026-11"))
    assert (line.price_key, line.quantity, line.amount) == ("small", Decimal(1_000_000), Decimal("0.30"))


def test_what_arrives_while_a_run_issues_is_on_the_next_document(world: World):
    shop(world, "acme")
    world.use("acme", [sale("1", "4")])
    world.fold()

    def late_submit(write: Write) -> Any:
        if any(batch.kind is Kind.INVOICE for batch in write.batches):
            world.use("acme", [sale("2", "2")])
        return world.writer.submit(write)

    books = replace(world.books, submit=late_submit)
    run(books, month="2026-10", at=DECEMBER, entropy=bytes(10))
    world.fold()
    october = only(world, "2026-10")
    assert october.total == Decimal("10.00")
    verdict = verify(build(october, state=world.state, usage=world.usage, reader=world.reader), world.vkey)
    assert verdict.problems == ()
    assert verdict.notes == ("events recorded too late for this document, which are not on it: 1",)
    world.bill("2026-11", at=JANUARY)
    assert only(world, "2026-11").total == Decimal("5.00")


def test_a_backfill_and_its_revert_are_adjusted_there_and_back(world: World):
    shop(world, "acme")
    world.use("acme", [sale("1", "4")])
    world.bill()
    world.change("acme", backfill(BackfillAction.OPEN))
    world.use("acme", [{**sale("2", "10"), "backfill": "bf_1"}])
    october = Period.month(2026, 10)
    wrong = Range(event_types=("sale",), period=october)
    world.change("acme", backfill(BackfillAction.COMMIT, deprecate=(wrong,), upto=world.reader.size))
    world.bill("2026-11", at=DECEMBER)
    assert only(world, "2026-11").total == Decimal("15.00")
    world.change("acme", backfill(BackfillAction.REVERT))
    world.bill("2026-12", at=JANUARY)
    back = only(world, "2026-12")
    assert (back.kind.value, back.total) == ("credit_note", Decimal("15.00"))
    for document in (only(world, "2026-11"), back):
        evidence = build(document, state=world.state, usage=world.usage, reader=world.reader)
        assert verify(evidence, world.vkey).problems == ()


def backfill(action: BackfillAction, **fields: Any) -> Backfilled:
    return Backfilled(id="bf_1", action=action, by="finance", reason="a wrong file", **fields)
