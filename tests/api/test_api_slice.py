"""One event, all the way: over HTTP to a receipt, a quantity, a line, and back from the line to the event."""

from decimal import Decimal

from tests.api.conftest import PERIOD, Server


def test_an_event_becomes_a_receipt_a_quantity_a_line_and_a_trace(billed: Server) -> None:
    client = billed.client()

    (event,) = [one for one in client.events.list(customer="acme")["items"] if one["id"] == "e0"]
    receipt = client.record.proof(event["index"])
    assert event["customer"] == "acme"
    assert event["status"] == "attributed"

    usage = client.customers.usage("acme", period=PERIOD)
    tokens = next(one for one in usage["metrics"] if one["metric"] == "tokens")
    expected = sum(1000 + number for number in range(120) if number % 3 == 0)
    assert Decimal(tokens["total"]) == expected
    assert sum(Decimal(day["quantity"]) for day in tokens["days"]) == expected

    (head,) = client.invoices.list(customer="acme")["items"]
    invoice = client.invoices.show(head["number"])
    line = next(one for one in invoice["lines"] if one["metric"] == "tokens")
    exact = Decimal(expected - 1000) * Decimal("1.50") / 1000
    assert Decimal(line["amount_exact"]) == exact
    assert line["events"] == 40
    assert Decimal(invoice["subtotal"]) == Decimal(49) + 30 + round(exact, 2)

    trace = client.invoices.trace(invoice["id"], line["id"])
    assert [one["id"] for one in trace["events"]][:2] == ["e0", "e3"]
    assert len(trace["events"]) == 40
    assert trace["receipts"][0]["leaf"] == receipt["leaf"]
    assert trace["price"] is not None
    assert trace["price"]["key"] == "token-price"


def test_a_subject_leads_to_its_customer(billed: Server) -> None:
    items = billed.client().events.list(customer="coil", limit=1000)["items"]
    assert {one["subject"] for one in items} == {"coil-bot"}
    assert len(items) == 40


def test_what_belongs_to_nobody_is_kept_and_shown(billed: Server) -> None:
    overview = billed.client().overview.show(period=PERIOD)
    assert overview["unattributed"] == 1
    assert {"type": "unknown.thing", "events": 1} in overview["unmatched"]


def test_billing_again_changes_nothing_and_says_so(billed: Server) -> None:
    before = billed.client().invoices.list()["items"]
    again = billed.client().billing.run(period=PERIOD)
    assert again["status"] == "unchanged"
    assert again["counts"]["already_billed"] == 3
    assert billed.client().invoices.list()["items"] == before


def test_the_journal_balances(billed: Server) -> None:
    books = billed.client().journal.trial_balance()
    assert books["balanced"]
    assert books["entries"] == 3


def test_the_whole_record_verifies(billed: Server) -> None:
    found = billed.client().record.verify()
    assert found["ok"]
    assert not found["problems"]
    assert not found["state_problems"]
