"""Credit over HTTP: granted, drawn on by documents, given back, topped up, moved, ended; and proven."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import Server, catalog_files, steelyard
from tests.api.credit_shop import UNITS, bill, furnish, lines, postings
from tests.api.local import Local


@pytest.fixture
def shop(local: Local) -> Iterator[Local]:
    """A workspace in which Acme owes 49 + 30 + 148.50 USD and 20 % tax for October."""
    furnish(local)
    assert local.ask("POST", "/api/v1/events", [call(number) for number in range(10)]).status == 204
    yield local
    assert done(local, "POST", "/api/v1/record/verify", {})["ok"]


def call(number: int) -> dict[str, Any]:
    return {
        "id": f"e{number}",
        "source": "test",
        "type": "llm.completion",
        "subject": "acme",
        "time": "2026-10-05T00:00:00Z",
        "data": {"tokens": 10_000, "model": "m1"},
    }


done = Local.done


def grant(local: Local, **terms: Any) -> Any:
    lot = {
        "customer": "acme",
        "name": "Credit",
        "unit": "USD",
        "amount": "60",
        "reason": "a test",
        "effective_at": "2026-10-01T00:00:00Z",
    }
    return done(local, "POST", "/api/v1/credits/lots", {**lot, **terms})


def credit_lines(document: Any) -> list[tuple[str, str]]:
    return lines(document, "credit")


def posted(local: Local, about: str) -> dict[str, str]:
    (found,) = postings(local, about)
    return found


def left(local: Local, lot: Any) -> str:
    return done(local, "GET", f"/api/v1/credits/lots/{lot['id']}")["balance"]


def test_lots_pay_lines_before_tax_in_the_published_order_and_say_so(shop: Local) -> None:
    late = grant(shop, name="Last", amount="500", priority=200)
    bought = grant(shop, name="Bought", amount="100", cost_basis="0.9")
    soon = grant(shop, name="Soon", amount="20", expires_at="2027-01-01T00:00:00Z")
    first = grant(shop, name="First", priority=1, scope={"groups": ["core"]})

    drafted = done(shop, "GET", "/api/v1/customers/acme/preview?period=2026-10")
    invoice = bill(shop, "2026-10")
    assert credit_lines(drafted) == credit_lines(invoice)
    assert credit_lines(invoice) == [("First", "-60"), ("Soon", "-20"), ("Bought", "-100"), ("Last", "-47.5")]
    assert (invoice["subtotal"], invoice["tax"], invoice["total"]) == ("0", "0", "0")
    (told,) = [line for line in invoice["lines"] if line["title"] == "Soon"]
    held = "20.00 USD to be used, 0.00 left"
    assert [step["text"] for step in told["steps"]] == [
        f"2. in the order of drawing: priority 100, expires {soon['expires_at']}; {held}",
        "19.00 USD of line 2 (Seats)",
        "1.00 USD of line 3 (Tokens)",
    ]
    assert [(one["line"], one["amount"]) for one in told["draws"]] == [("2", "19"), ("3", "1")]
    assert [left(shop, lot) for lot in (first, soon, bought, late)] == ["0", "0", "0", "452.5"]
    moved = posted(shop, invoice["id"])
    assert (moved["customer_credit"], moved["credits_granted"]) == ("90", "137.5")
    assert moved["revenue:overage"] == "-148.5"
    assert posted(shop, bought["id"]) == {"receivable": "90", "customer_credit": "-90"}
    (grown, drawn) = done(shop, "GET", f"/api/v1/credits/lots/{late['id']}/draws")["items"]
    assert grown["text"] == "500 USD granted: a test"
    assert drawn["text"].startswith(f"47.5 USD paid on {invoice['number']}")


def test_billing_again_draws_nothing_more(shop: Local) -> None:
    lot = grant(shop)
    bill(shop, "2026-10")
    again = done(shop, "POST", "/api/v1/billing/runs", {"period": "2026-10"})
    assert (again["status"], left(shop, lot)) == ("unchanged", "0")
    assert done(shop, "GET", f"/api/v1/credits/lots/{lot['id']}")["draws"][0]["units"] == "60"


def test_what_is_owed_no_more_goes_back_to_its_lot(shop: Local) -> None:
    free = grant(shop, priority=1)
    bought = grant(shop, name="Bought", amount="100", cost_basis="0.9")
    assert bill(shop, "2026-10")["total"] == "81"
    for number in range(10):
        body = {"action": "void", "id": f"e{number}", "source": "test", "reason": "never happened"}
        done(shop, "POST", "/api/v1/events/corrections", body)

    # September: its own 79, October's 148.50 back, of which a lot had paid 81; tax on both.
    document = bill(shop, "2026-09")
    assert (document["subtotal"], document["tax"], document["total"]) == ("11.5", "2.3", "13.8")
    (back,) = [line for line in document["lines"] if line["group"] == "credit"]
    assert (back["title"], back["amount"], back["quantity"]) == ("Bought", "81", "-81")
    assert (left(shop, free), left(shop, bought)) == ("0", "81")
    assert posted(shop, document["id"])["customer_credit"] == "-72.9"
    said = done(shop, "GET", f"/api/v1/credits/lots/{bought['id']}/draws")["items"][-1]
    assert said["text"].startswith(f"81 USD given back by {document['number']}")


def test_a_lot_that_paid_what_is_gone_gets_all_of_it_back(shop: Local) -> None:
    lot = grant(shop, amount="1000", scope={"metrics": ["tokens"]})
    assert credit_lines(bill(shop, "2026-10")) == [("Credit", "-148.5")]
    for number in range(10):
        body = {"action": "void", "id": f"e{number}", "source": "test", "reason": "never happened"}
        done(shop, "POST", "/api/v1/events/corrections", body)
    document = bill(shop, "2026-09")
    assert (credit_lines(document), document["total"]) == ([("Credit", "148.5")], "94.8")
    assert left(shop, lot) == "1000"


def test_usage_that_comes_late_is_paid_by_credit_on_the_next_document(shop: Local) -> None:
    lot = grant(shop, amount="1000", effective_at="2026-09-01T00:00:00Z")
    assert bill(shop, "2026-10")["total"] == "0"
    assert shop.ask("POST", "/api/v1/events", [call(10)]).status == 204
    document = bill(shop, "2026-09")
    assert (credit_lines(document), document["total"]) == ([("Credit", "-94")], "0")
    assert left(shop, lot) == "678.5"


def test_credit_units_pay_at_their_exchange_rate(shop: Local) -> None:
    lot = grant(shop, unit="points", amount="1000", cost_basis="0.01")
    invoice = bill(shop, "2026-10")
    (line,) = [line for line in invoice["lines"] if line["group"] == "credit"]
    assert (line["amount"], line["quantity"], line["unit"]) == ("-20", "1000", "points")
    assert "1 points pays 0.02 USD" in line["steps"][0]["text"]
    assert (left(shop, lot), posted(shop, invoice["id"])["customer_credit"]) == ("0", "10")


POINT_PRICES = """
prices:
  - {key: point-calls, name: Calls in points, owner: p@example.com, definition: Three points each.,
     currency: USD, metric: requests, model: per_unit, unit_amount: 3, credit_unit: points}
products:
  - {key: side, name: Side, owner: p@example.com, definition: Beside the platform.}
plans:
  - {key: points-plan, name: In points, owner: p@example.com, definition: Calls in points., product: side,
     currency: USD, items: [{price: point-calls}]}
"""


def test_a_price_in_credit_units_is_exchanged_and_paid_unit_for_unit(shop: Local) -> None:
    texts = (("units.yaml", UNITS), ("points.yaml", POINT_PRICES))
    files = [*catalog_files(), *({"name": name, "text": text} for name, text in texts)]
    done(shop, "POST", "/api/v1/catalog/versions", {"files": files, "note": "points"})
    plan = {"customer": "acme", "plan": "points-plan", "start": "2026-01-01T00:00:00Z"}
    done(shop, "POST", "/api/v1/subscriptions", plan)
    lot = grant(shop, unit="points", amount="100", scope={"prices": ["point-calls"]})
    invoice = bill(shop, "2026-10")
    (line,) = [line for line in invoice["lines"] if line["price_key"] == "point-calls"]
    assert (line["amount"], line["quantity"]) == ("0.6", "10")
    assert [step["text"] for step in line["steps"]][-1] == "30.00 points × 0.02 = 0.60"
    assert left(shop, lot) == "70"


def test_a_lot_filled_every_month_pays_each_month_from_its_own_filling(shop: Local) -> None:
    lot = grant(
        shop,
        amount="30",
        effective_at="2026-09-01T00:00:00Z",
        recurrence={"interval": "P1M", "anchor": "2026-09-01T00:00:00Z"},
        roll_over={"maximum": "10"},
    )
    assert credit_lines(bill(shop, "2026-10")) == [("Credit", "-40")]
    # September is billed after October, whose filling rests on what September left over.
    assert credit_lines(bill(shop, "2026-09")) == [("Credit", "-20")]
    texts = [one["text"] for one in done(shop, "GET", f"/api/v1/credits/lots/{lot['id']}/draws")["items"]]
    assert "filled again to 40 USD, 10 of it rolled over" in texts


def test_a_lot_that_expires_within_the_month_pays_for_the_days_before(shop: Local) -> None:
    grant(shop, amount="1000", expires_at="2026-10-11T00:00:00Z", scope={"prices": ["platform-fee"]})
    assert credit_lines(bill(shop, "2026-10")) == [("Credit", "-15.8")]


def test_an_ended_lot_pays_nothing_more_and_what_was_paid_for_it_is_owed_back(shop: Local) -> None:
    lot = grant(shop, amount="100", cost_basis="1")
    ended = done(shop, "POST", f"/api/v1/credits/lots/{lot['id']}/void", {"reason": "a mistake"})
    assert (ended["status"], ended["balance"]) == ("ended", "0")
    entries = done(shop, "GET", f"/api/v1/journal?about={lot['id']}")["items"]
    assert len(entries) == 2
    again = shop.ask("POST", f"/api/v1/credits/lots/{lot['id']}/void", {"reason": "once more"})
    assert (again.status, again.json["code"]) == (409, "already_ended")
    assert credit_lines(bill(shop, "2026-10")) == []


def test_a_part_of_a_lot_moves_to_another_customer(shop: Local) -> None:
    lot = grant(shop, amount="100", cost_basis="1", expires_at="2027-01-01T00:00:00Z")
    asked = {"to": "bolt", "amount": "40", "reason": "same group"}
    moved = done(shop, "POST", f"/api/v1/credits/lots/{lot['id']}/transfer", asked)
    assert (moved["customer"], moved["amount"], moved["expires_at"]) == ("bolt", "40", lot["expires_at"])
    assert (left(shop, lot), left(shop, moved)) == ("60", "40")
    too_much = shop.ask("POST", f"/api/v1/credits/lots/{lot['id']}/transfer", {**asked, "amount": "60.01"})
    assert (too_much.status, too_much.json["code"]) == (409, "not_enough_credit")
    said = done(shop, "GET", "/api/v1/credits/balance?customer=acme")["units"][0]
    assert said["balance"] == "60"


def test_credit_is_topped_up_once_below_its_threshold(shop: Local) -> None:
    rule = {
        "customer": "acme",
        "name": "Refill",
        "unit": "USD",
        "threshold": "20",
        "amount": "50",
        "cost_basis": "1",
    }
    made = done(shop, "POST", "/api/v1/credits/top-ups", rule)
    tried = done(shop, "POST", "/api/v1/credits/top-ups/run", {"customer": "acme", "dry_run": True})
    topped = done(shop, "POST", "/api/v1/credits/top-ups/run", {"customer": "acme"})
    assert [lot["amount"] for lot in tried["lots"]] == [lot["amount"] for lot in topped["lots"]] != []
    (lot,) = topped["lots"]
    assert (lot["origin"], lot["origin_id"]) == ("top_up", made["id"])
    for _ in range(3):
        assert done(shop, "POST", "/api/v1/credits/top-ups/run", {"customer": "acme"})["lots"] == []
    done(shop, "POST", f"/api/v1/credits/top-ups/{made['id']}/remove")
    done(shop, "POST", f"/api/v1/credits/lots/{lot['id']}/void", {"reason": "test"})
    assert done(shop, "POST", "/api/v1/credits/top-ups/run", {})["lots"] == []


def test_the_balance_says_what_is_used_and_not_billed_yet(shop: Local) -> None:
    grant(shop, amount="1000", effective_at="2026-01-01T00:00:00Z")
    (unit,) = done(shop, "GET", "/api/v1/credits/balance?customer=acme")["units"]
    assert unit["balance"] == "1000"
    assert Decimal(unit["pending"]) > 0
    assert Decimal(unit["balance"]) - Decimal(unit["pending"]) == Decimal(unit["left"])
    assert [one["total"] for one in unit["movements"]] == ["1000"]


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"unit": "EUR"}, "unknown_unit"),
        ({"unit": "nothing"}, "unknown_unit"),
        ({"amount": "0"}, "bad_amount"),
        ({"amount": "-5"}, "bad_amount"),
        ({"amount": "0.0000000000001"}, "bad_amount"),
        ({"amount": "1e30"}, "invalid_value"),
        ({"cost_basis": "-1"}, "bad_amount"),
        ({"customer": "nobody"}, "unknown_customer"),
        ({"expires_at": "2026-09-01T00:00:00Z"}, "empty_period"),
        ({"roll_over": {"maximum": "5"}}, "no_recurrence"),
        ({"scope": {"metrics": ["nothing"]}}, "unknown_scope"),
        ({"scope": {"groups": ["tax"]}}, "unknown_scope"),
        (
            {"cost_basis": "1", "recurrence": {"interval": "P1M", "anchor": "2026-01-01T00:00:00Z"}},
            "recurring_cost",
        ),
    ],
)
def test_a_lot_that_cannot_be_is_refused_and_nothing_written(
    shop: Local, terms: dict[str, Any], code: str
) -> None:
    asked = {"customer": "acme", "name": "Credit", "unit": "USD", "amount": "60", "reason": "x"}
    asked["effective_at"] = "2026-10-01T00:00:00Z"
    size = shop.workspace.reader.size
    refused = shop.ask("POST", "/api/v1/credits/lots", {**asked, **terms})
    assert refused.status == 422
    assert code in {one["code"] for one in refused.json["errors"]}
    assert shop.workspace.reader.size == size


def test_a_dry_run_writes_nothing_and_a_repeated_request_grants_once(shop: Local) -> None:
    size = shop.workspace.reader.size
    assert grant(shop, dry_run=True)["balance"] == "60"
    assert shop.workspace.reader.size == size
    asked = {"customer": "acme", "name": "Once", "unit": "USD", "amount": "60", "reason": "x"}
    one = done(shop, "POST", "/api/v1/credits/lots", asked, idempotency_key="k1")
    two = done(shop, "POST", "/api/v1/credits/lots", asked, idempotency_key="k1")
    assert one == two
    assert len(done(shop, "GET", "/api/v1/credits/lots?customer=acme")["items"]) == 1


def test_a_customer_s_key_sees_its_own_credit_alone(shop: Local) -> None:
    mine, theirs = grant(shop), grant(shop, customer="bolt")
    made = {"name": "acme", "scopes": ["billing:read"], "customer": "acme"}
    key = done(shop, "POST", "/api/v1/keys", made)["secret"]
    listed = shop.ask("GET", "/api/v1/credits/lots", key=key).json["items"]
    assert [lot["id"] for lot in listed] == [mine["id"]]
    assert shop.ask("GET", f"/api/v1/credits/lots/{theirs['id']}", key=key).status == 404
    assert shop.ask("GET", "/api/v1/credits/balance?customer=bolt", key=key).status == 404


def test_credit_by_the_command_line_on_a_running_server(fresh: Server, tmp_path: Path) -> None:
    where = ("--dir", str(fresh.folder))
    fresh.client().customers.create(key="acme", name="Acme", currency="EUR")
    made = steelyard("credit", "grant", "acme", "25", "EUR", "--name", "Gift", "--reason", "thanks", *where)
    assert made.returncode == 0, made.stderr
    assert (
        b"25 EUR held, 0 used and not billed yet, 25 left"
        in steelyard("credit", "balance", "acme", *where).stdout
    )
    (lot,) = fresh.client().credits.lots(customer="acme")["items"]
    assert b"25 EUR granted: thanks" in steelyard("credit", "draws", lot["id"], *where).stdout
    ended = steelyard("credit", "void", lot["id"], "--reason", "over", *where)
    assert ended.returncode == 0
    assert steelyard("credit", "void", lot["id"], "--reason", "over", *where).returncode == 5
    assert tmp_path.exists()
