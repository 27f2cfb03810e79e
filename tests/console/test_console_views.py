"""What the pages make of the API's answers, without a browser and without a server."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from steelyard.entrypoints.api.shapes import billing, customers, overview, record
from steelyard.entrypoints.console.charts import Point, bars, each_day
from steelyard.entrypoints.console.figures import amount, exact_amount, number
from steelyard.entrypoints.console.pages.customer import chosen_metric, customer_view, day_rows
from steelyard.entrypoints.console.pages.customers import attributes_at
from steelyard.entrypoints.console.pages.events import events_query
from steelyard.entrypoints.console.pages.home import home_view, shares_of, worth_of
from steelyard.entrypoints.console.pages.invoice import invoice_view, trace_view
from steelyard.entrypoints.console.pages.invoices import totals_of
from steelyard.entrypoints.console.pages.lines import grouped
from steelyard.entrypoints.console.pages.record import growth_places, growth_points
from steelyard.entrypoints.console.proofs import climb

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
FIXTURES = Path(__file__).parent / "fixtures"


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("overview.json", overview.Overview),
        ("customers.json", customers.CustomerList),
        ("customer.json", customers.Customer),
        ("subscriptions.json", customers.SubscriptionList),
        ("usage.json", customers.CustomerUsage),
        ("preview.json", billing.Draft),
        ("invoices.json", billing.InvoiceList),
        ("invoice.json", billing.Invoice),
        ("entries.json", record.RecordEntries),
        ("verify.json", record.VerifyAnswer),
    ],
)
def test_the_answers_on_file_have_the_shapes_of_the_api(name: str, shape: Any) -> None:
    msgspec.convert(fixture(name), type=shape)


def test_traces_and_proofs_on_file_have_the_shapes_of_the_api() -> None:
    for trace in fixture("traces.json").values():
        msgspec.convert(trace, type=billing.Trace)
    for proof in fixture("proofs.json").values():
        msgspec.convert(proof, type=record.Proof)


def test_cost_and_margin_stand_apart_and_only_where_they_are_known() -> None:
    usd = {"billed": "80", "unbilled": "20", "cost": "30.5", "margin": "69.5"}
    eur = {"billed": "900", "unbilled": "0", "cost": "0", "margin": None}
    first, second = worth_of({"value": {"EUR": eur, "USD": usd}, "costs": {"USD": "40"}})
    assert (first.currency, first.margin, first.margin_share) == (
        "USD",
        Decimal("69.5"),
        "69.5\N{NO-BREAK SPACE}%",
    )
    assert (first.cost, first.cost_in_all) == (Decimal("30.5"), Decimal(40))
    assert (second.currency, second.cost, second.margin) == ("EUR", None, None)


def test_home_shows_every_day_of_the_month_and_what_is_wrong_first() -> None:
    view = home_view(fixture("overview.json"), fixture("invoices.json"), NOW)
    assert len(view["chart"].points) == 31
    assert view["chart"].total == fixture("overview.json")["events"]["period"]
    assert [check["name"] for check in view["wrong"]] == ["attribution"]
    assert view["checks"][0]["advice"]
    assert not view["alarm"], "events without a customer are odd, but no bill is wrong because of them"


def test_a_damaged_record_is_an_alarm() -> None:
    told = fixture("overview.json")
    told["checks"].append({"name": "record", "ok": False, "text": "entry 7 does not verify"})
    assert home_view(told, None, NOW)["alarm"]


def test_bars_compare_customers_within_one_currency_only() -> None:
    rows = [
        {"amount": "100", "currency": "JPY"},
        {"amount": "10", "currency": "EUR"},
        {"amount": "5", "currency": "EUR"},
        {"amount": "-3", "currency": "EUR"},
    ]
    assert [row["share"] for row in shares_of({"top_customers": rows})] == [100, 100, 50, 0]


def test_credit_notes_count_against_the_total() -> None:
    items = [
        {"currency": "EUR", "kind": "invoice", "total": "10"},
        {"currency": "EUR", "kind": "credit_note", "total": "2.50"},
        {"currency": "JPY", "kind": "invoice", "total": "7"},
    ]
    assert totals_of(items) == [("EUR", Decimal("7.50"), 2), ("JPY", Decimal(7), 1)]


def test_the_groups_of_an_invoice_add_up_to_its_total() -> None:
    invoice = fixture("invoice.json")
    groups = grouped(invoice["lines"])
    assert sum(group.total for group in groups) == Decimal(invoice["total"])
    assert [group.key for group in groups] == ["core", "committed", "overage", "support", "credit", "tax"]


def test_a_group_that_the_console_does_not_know_is_shown_all_the_same() -> None:
    assert [group.title for group in grouped([{"group": "donations", "amount": "1"}])] == ["Donations"]


def test_attributes_are_those_that_hold_at_the_moment() -> None:
    dated = [
        {"effective_from": "2027-01-01T00:00:00Z", "values": {"segment": "enterprise"}},
        {"effective_from": "2026-01-01T00:00:00Z", "values": {"segment": "startup"}},
    ]
    assert attributes_at({"attributes": dated}, NOW) == {"segment": "startup"}


def test_a_customers_page_starts_with_the_metric_that_is_worth_most() -> None:
    usage, preview = fixture("usage.json"), fixture("preview.json")
    assert chosen_metric(usage, preview, "requests")["metric"] == "requests"  # type: ignore[index]
    assert chosen_metric(usage, preview, "no-such")["metric"] == "seats"  # type: ignore[index]
    assert chosen_metric({"metrics": []}, None, "") is None


def test_a_customers_page_says_what_was_billed() -> None:
    invoices = {"items": [row for row in fixture("invoices.json")["items"] if row["id"] == "inv_01k9x2v0m4"]}
    subscriptions = {"items": []}
    view = customer_view(
        fixture("customer.json"),
        fixture("usage.json"),
        fixture("preview.json"),
        subscriptions,
        invoices,
        "",
        NOW,
    )
    assert view["billed_total"] == Decimal("19312.75")
    assert view["months"].next == "2026-11"


def test_the_days_of_all_metrics_stand_in_one_table() -> None:
    rows = day_rows(fixture("usage.json"))
    assert len(rows) == 31
    assert all(len(row["quantities"]) == 6 for row in rows)


def test_a_trace_walks_from_a_line_to_the_signed_root() -> None:
    trace, proofs = fixture("traces.json")["ln_09"], fixture("proofs.json")
    view = trace_view(trace, proofs["48"], 48)
    assert view["event"]["index"] == 48
    assert view["climb"].arrives
    assert view["model"] == "each tier's units at that tier's price"
    shown = invoice_view(fixture("invoice.json"), view, "vkey")
    assert (shown["selected"], 'INV-2026-000001.evidence.json --key "vkey"' in shown["command"]) == (
        "ln_09",
        True,
    )


def test_a_line_without_usage_has_no_events_to_walk() -> None:
    view = trace_view(fixture("traces.json")["ln_01"], None, None)
    assert (view["events"], view["event"], view["climb"], view["meter_words"]) == ([], None, None, "")


@pytest.mark.parametrize("damage", ["leaf", "hash", "index"])
def test_a_damaged_proof_does_not_arrive(damage: str) -> None:
    proof = fixture("proofs.json")["41"]
    assert climb(proof).arrives
    if damage == "index":
        proof["index"] += 1
    elif damage == "leaf":
        proof["leaf"] = proof["leaf"][:-1] + ("0" if proof["leaf"][-1] != "0" else "1")
    else:
        proof["hashes"][3] = proof["hashes"][4]
    assert not climb(proof).arrives


def test_growth_is_sampled_evenly_and_ends_with_the_present() -> None:
    assert growth_places(28_597)[-1] == 28_597
    assert len(growth_places(28_597)) == 24
    points = growth_points(
        [
            {"index": 4, "recorded_at": "2026-11-01T00:00:00Z"},
            {"index": 9, "recorded_at": "2026-11-01T00:00:00Z"},
        ]
    )
    assert points == [Point(label="2026-11-01T00:00:00Z", value=Decimal(10))]


def test_days_without_events_are_days_all_the_same() -> None:
    points = each_day({"2028-02-29": Decimal(3)}, "2028-02-01", "2028-03-01")
    assert (len(points), points[-1].value, points[0].value) == (29, Decimal(3), Decimal(0))
    assert bars([Decimal(0), Decimal(0)]) == ()


def test_a_month_becomes_the_two_ends_that_the_api_wants() -> None:
    assert events_query({"period": "2026-12", "cursor": "abc"}) == {
        "cursor": "abc",
        "from": "2026-12-01T00:00:00Z",
        "to": "2027-01-01T00:00:00Z",
        "limit": "50",
    }


def test_figures_keep_every_digit_and_the_digits_of_their_currency() -> None:
    assert amount("1234.5", "USD") == "$1,234.50"
    assert amount("1234.5", "MGA").endswith("1,234.50"), "the ariary has two digits in ISO 4217"
    assert amount("0.125", "KWD").endswith("0.125")
    assert exact_amount("0.123456789012", "USD") == "0.123456789012"
    assert number("12345678901234567890.000000000001") == "12,345,678,901,234,567,890.000000000001"
