"""Outcomes over HTTP: claimed, decided by both sides, billed once, and given back when they are reversed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from steelyard.billing.evidence import verify
from tests.api.conftest import Server, steelyard
from tests.api.local import Local

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "outcomes.md"
PLAN = """
products:
  - {key: agents, name: Agents, owner: a@example.com, definition: Agents that solve tickets.}
plans:
  - {key: results, name: Results, owner: a@example.com, definition: Pay for results., product: agents,
     currency: EUR, items: [{price: per-ticket}, {price: gain-share}]}
"""


def catalog() -> list[dict[str, str]]:
    """The catalog that the documentation shows, and a plan of its prices."""
    shown = re.search(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert shown is not None
    return [{"name": "outcomes.yaml", "text": shown[1]}, {"name": "plan.yaml", "text": PLAN}]


def set_up(ask: Any) -> None:
    for path, body in (
        ("/api/v1/catalog/versions", {"files": catalog(), "note": "first"}),
        ("/api/v1/customers", {"key": "acme", "name": "Acme", "currency": "EUR"}),
        ("/api/v1/subscriptions", {"customer": "acme", "plan": "results", "start": "2026-01-01T00:00:00Z"}),
    ):
        answer = ask("POST", path, body)
        assert answer.status < 300, answer.content


@pytest.fixture
def shop(local: Local) -> Iterator[Local]:
    set_up(local.ask)
    yield local
    assert done(local, "/api/v1/record/verify")["ok"]


def done(local: Local, path: str, body: Any = None, method: str = "POST") -> Any:
    answer = local.ask(method, path, {} if body is None and method == "POST" else body)
    assert answer.status < 300, answer.content
    return answer.json


def claim(local: Local, key: str = "4711", **more: Any) -> Any:
    asked = {
        "customer": "acme",
        "type": "ticket.solved",
        "key": key,
        "occurred_at": "2026-10-20T12:00:00Z",
        "window_days": 3660,
    }
    return done(local, "/api/v1/outcomes", {**asked, **more})


def decide(local: Local, outcome: Any, action: str, reason: str = "because") -> Any:
    return done(local, f"/api/v1/outcomes/{outcome['id']}/{action}", {"reason": reason})


def owed(local: Local, period: str = "2026-10") -> str:
    return done(local, f"/api/v1/customers/acme/preview?period={period}", method="GET")["total"]


def test_an_accepted_outcome_is_a_usage_event_and_is_billed(shop: Local) -> None:
    claimed = claim(shop)
    assert (claimed["status"], owed(shop)) == ("claimed", "0")
    decide(shop, claimed, "confirm")
    assert owed(shop) == "0"
    accepted = decide(shop, claimed, "accept")
    assert (accepted["status"], accepted["has_event"], owed(shop)) == ("accepted", True, "0.99")
    event = f"/api/v1/events/history?id={claimed['id']}&source=steelyard:outcomes"
    assert done(shop, event, method="GET")["counts"]
    assert [step["action"] for step in accepted["steps"]] == ["claim", "confirm", "accept"]


def test_outcomes_are_listed_by_type(shop: Local) -> None:
    made = claim(shop)
    for type, found in (("ticket.solved", [made["id"]]), ("saving.measured", [])):
        items = done(shop, f"/api/v1/outcomes?type={type}&customer=acme", method="GET")["items"]
        assert [one["id"] for one in items] == found


def test_one_result_is_never_paid_twice(shop: Local) -> None:
    first = claim(shop)
    decide(shop, first, "accept")
    assert claim(shop)["id"] == first["id"]
    assert shop.ask("POST", f"/api/v1/outcomes/{first['id']}/accept", {}).json["code"] == "outcome_status"
    other = {"customer": "acme", "type": "ticket.solved", "key": "4711", "window_days": 5}
    refused = shop.ask("POST", "/api/v1/outcomes", {**other, "occurred_at": "2026-10-21T12:00:00Z"})
    assert (refused.status, refused.json["code"]) == (409, "already_claimed")
    assert owed(shop) == "0.99"


def test_a_reversal_after_billing_gives_the_money_back(shop: Local) -> None:
    kept, reversed_ = claim(shop, "1"), claim(shop, "2")
    decide(shop, kept, "accept")
    decide(shop, reversed_, "accept")
    done(shop, "/api/v1/billing/runs", {"period": "2026-10"})
    assert decide(shop, reversed_, "reverse")["status"] == "reversed"
    done(shop, "/api/v1/billing/runs", {"period": "2026-09"})
    (head,) = done(shop, "/api/v1/invoices?customer=acme&period=2026-09", method="GET")["items"]
    assert (head["kind"], head["total"]) == ("credit_note", "0.99")
    key = shop.ask("GET", "/record/key").content.decode().strip()
    verdict = verify(shop.ask("GET", f"/api/v1/invoices/{head['id']}/evidence").content, key)
    assert verdict.ok, verdict.problems
    refused = shop.ask("POST", f"/api/v1/outcomes/{reversed_['id']}/accept", {"reason": "again"})
    assert (refused.status, refused.json["code"]) == (409, "outcome_status")


def test_a_reversal_after_billing_gives_credit_back_to_its_lot_on_a_running_server(fresh: Server) -> None:
    set_up(fresh.ask)
    lot = {"customer": "acme", "name": "Prepaid", "unit": "EUR", "amount": "10", "cost_basis": "1"}
    lot |= {"reason": "paid by wire", "effective_at": "2026-09-01T00:00:00Z"}
    id = fresh.ask("POST", "/api/v1/credits/lots", lot).json["id"]
    asked = {"customer": "acme", "type": "ticket.solved", "key": "7", "window_days": 3000}
    asked |= {"occurred_at": "2026-10-20T12:00:00Z"}
    outcome = fresh.ask("POST", "/api/v1/outcomes", asked).json["id"]
    assert fresh.ask("POST", f"/api/v1/outcomes/{outcome}/accept", {}).status == 200
    assert fresh.ask("POST", "/api/v1/billing/runs", {"period": "2026-10"}).status == 201
    assert fresh.ask("GET", f"/api/v1/credits/lots/{id}").json["balance"] == "9.01"
    gone = fresh.ask("POST", f"/api/v1/outcomes/{outcome}/reverse", {"reason": "it came back"})
    assert gone.json["status"] == "reversed"
    assert fresh.ask("POST", "/api/v1/billing/runs", {"period": "2026-09"}).status == 201
    assert fresh.ask("GET", f"/api/v1/credits/lots/{id}").json["balance"] == "10"
    documents = fresh.ask("GET", "/api/v1/invoices?customer=acme").json["items"]
    assert [one["total"] for one in documents] == ["0", "0"]


def test_what_is_contested_is_held_until_somebody_decides(shop: Local) -> None:
    outcome = claim(shop)
    decide(shop, outcome, "accept")
    decide(shop, outcome, "contest", "it came back")
    assert owed(shop) == "0"
    decide(shop, outcome, "accept", "another ticket")
    assert owed(shop) == "0.99"
    decide(shop, outcome, "contest", "no")
    decide(shop, outcome, "reverse", "agreed")
    assert owed(shop) == "0"


def test_a_gain_share_is_a_part_of_the_saving_up_to_its_cap(shop: Local) -> None:
    first = claim(shop, "q3", type="saving.measured", data={"saving": "1234.50"})
    decide(shop, first, "accept")
    assert owed(shop) == "246.9"
    second = claim(shop, "q4", type="saving.measured", data={"saving": "9000"})
    decide(shop, second, "accept")
    assert owed(shop) == "1000"


def test_data_that_no_meter_can_read_are_not_accepted(shop: Local) -> None:
    outcome = claim(shop, "q3", type="saving.measured", data={"saving": "much"})
    refused = shop.ask("POST", f"/api/v1/outcomes/{outcome['id']}/accept", {})
    assert (refused.status, refused.json["code"]) == (422, "invalid_outcome")
    assert [one["code"] for one in refused.json["errors"]] == ["event_refused"]
    assert not done(shop, f"/api/v1/outcomes/{outcome['id']}", method="GET")["has_event"]


def test_the_window_bounds_what_is_attributed_and_what_is_contested(shop: Local) -> None:
    asked = {
        "customer": "acme",
        "type": "ticket.solved",
        "key": "late",
        "acted_at": "2026-10-01T00:00:00Z",
        "occurred_at": "2026-10-20T12:00:00Z",
        "window_days": 7,
    }
    refused = shop.ask("POST", "/api/v1/outcomes", asked)
    assert [one["code"] for one in refused.json["errors"]] == ["outside_window"]
    outcome = claim(shop, "old", window_days=7)
    decide(shop, outcome, "accept")
    for action in ("contest", "reverse"):
        late = shop.ask("POST", f"/api/v1/outcomes/{outcome['id']}/{action}", {"reason": "late"})
        assert (late.status, late.json["code"]) == (409, "window_closed")


def test_what_nobody_contested_settles_by_itself_once(shop: Local) -> None:
    confirmed = claim(shop, "1", window_days=7)
    claim(shop, "2", window_days=7)
    waiting = claim(shop, "3")
    decide(shop, confirmed, "confirm")
    tried = done(shop, "/api/v1/outcomes/settle", {"dry_run": True})
    settled = done(shop, "/api/v1/outcomes/settle")
    assert sorted(one["status"] for one in settled["outcomes"]) == ["accepted", "reversed"]
    assert len(tried["outcomes"]) == 2
    assert done(shop, "/api/v1/outcomes/settle")["outcomes"] == []
    assert done(shop, f"/api/v1/outcomes/{waiting['id']}", method="GET")["status"] == "claimed"
    assert owed(shop) == "0.99"


def test_a_customer_s_key_confirms_and_contests_its_own_outcomes_alone(shop: Local) -> None:
    done(shop, "/api/v1/customers", {"key": "bolt", "name": "Bolt", "currency": "EUR"})
    mine, theirs = claim(shop), claim(shop, "b", customer="bolt")
    made = {"name": "acme", "scopes": ["usage:read", "usage:write"], "customer": "acme"}
    key = done(shop, "/api/v1/keys", made)["secret"]
    path = "/api/v1/outcomes"
    assert [one["id"] for one in shop.ask("GET", path, key=key).json["items"]] == [mine["id"]]
    assert shop.ask("POST", f"{path}/{theirs['id']}/confirm", {}, key=key).status == 404
    assert shop.ask("POST", f"{path}/{mine['id']}/contest", {}, key=key).status == 422
    said = shop.ask("POST", f"{path}/{mine['id']}/contest", {"reason": "not solved"}, key=key)
    assert (said.status, said.json["status"]) == (200, "contested")
    assert shop.ask("POST", f"{path}/{mine['id']}/accept", {"reason": "x"}, key=key).status == 403


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"customer": "nobody"}, "unknown_customer"),
        ({"key": "  "}, "bad_text"),
        ({"type": "a\nb"}, "bad_text"),
        ({"occurred_at": "2999-01-01T00:00:00Z"}, "time_in_future"),
    ],
)
def test_a_claim_that_cannot_be_is_refused(shop: Local, terms: dict[str, Any], code: str) -> None:
    asked = {
        "customer": "acme",
        "type": "ticket.solved",
        "key": "k",
        "occurred_at": "2026-10-20T12:00:00Z",
    }
    refused = shop.ask("POST", "/api/v1/outcomes", {**asked, **terms})
    assert refused.status == 422
    assert [one["code"] for one in refused.json["errors"]] == [code]


def test_many_who_accept_at_once_pay_once_on_a_running_server(fresh: Server) -> None:
    set_up(fresh.ask)
    claimed = steelyard(
        *("outcomes", "claim", "acme", "ticket.solved", "7", "--occurred-at", "2026-10-20T12:00:00Z"),
        *("--window-days", "3000", "--dir", str(fresh.folder)),
    )
    assert claimed.returncode == 0, claimed.stderr
    (outcome,) = fresh.client().outcomes.list(customer="acme")["items"]
    path = f"/api/v1/outcomes/{outcome['id']}"

    def accept(_: int) -> int:
        return fresh.ask("POST", f"{path}/accept", {}).status

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(accept, range(8)))
    assert statuses == [200] + [409] * 7
    assert fresh.ask("GET", "/api/v1/customers/acme/preview?period=2026-10").json["total"] == "0.99"
    gone = steelyard("outcomes", "reverse", outcome["id"], "--reason", "no", "--dir", str(fresh.folder))
    assert gone.returncode == 0
    assert b"is reversed" in gone.stdout
    assert fresh.ask("GET", "/api/v1/customers/acme/preview?period=2026-10").json["total"] == "0"
