"""What a running server does by itself: credit is topped up, alerts of commitments are told once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from steelyard.entrypoints.duties import do_duties
from tests.api.local import Local
from tests.api.test_api_commitments import catalog, ok, subscribed, used

NOW = datetime(2026, 10, 20, tzinfo=UTC)


@pytest.fixture
def api(tmp_path: Any) -> Iterator[Local]:
    found = Local(tmp_path / "workspace")
    ok(found.ask("POST", "/api/v1/catalog/versions", {"catalog": catalog()}))
    yield found
    assert found.ask("POST", "/api/v1/record/verify").json["ok"]
    found.close()


def alerts(api: Local, query: str = "") -> list[tuple[str, str, str]]:
    found = ok(api.ask("GET", f"/api/v1/commitments/alerts{query}"))["items"]
    return sorted((one["customer"], one["kind"], one["amount"]) for one in found)


def test_an_alert_is_told_once_however_often_the_server_looks(api: Local) -> None:
    id = subscribed(api, "acme")
    body = {"key": "c1", "amount": "500", "start": "2026-10-01T00:00:00Z", "burst": "100"}
    ok(api.ask("POST", f"/api/v1/subscriptions/{id}/commitments", body))
    used(api, "acme", 570)
    assert do_duties(api.workspace, NOW) == []
    used(api, "acme", 12)
    assert do_duties(api.workspace, NOW) == ["1 alerts of commitments"]
    assert do_duties(api.workspace, NOW) == []
    assert alerts(api) == [("acme", "burst", "82")]
    # The run finds what has come since, and says again nothing that was said.
    used(api, "acme", 31)
    ok(api.ask("POST", "/api/v1/billing/runs", {"period": "2026-10"}))
    assert alerts(api, "?period=2026-10&customer=acme") == [("acme", "above", "13"), ("acme", "burst", "82")]
    assert alerts(api, "?period=2026-11") == []


def test_a_commitment_of_a_contract_is_listed_and_told_of_as_well(api: Local) -> None:
    subscribed(api, "acme")
    agreed = {"key": "pool", "amount": "100", "start": "2026-10-01T00:00:00Z"}
    body = {"customer": "acme", "name": "Acme", "start": "2026-10-01T00:00:00Z", "commitments": [agreed]}
    contract = ok(api.ask("POST", "/api/v1/contracts", body))["id"]
    used(api, "acme", 130)
    assert do_duties(api.workspace, NOW) == ["1 alerts of commitments"]
    (told,) = ok(api.ask("GET", "/api/v1/commitments/alerts"))["items"]
    assert (told["holder"], told["commitment"], told["amount"]) == (contract, "pool", "30")
    assert told["text"] == "commitment pool: 30.00 USD lies above the commitment"
    (listed,) = ok(api.ask("GET", "/api/v1/commitments?period=2026-10"))["items"]
    assert listed["standing"]["overage"] == "30"


def test_a_customer_confined_to_itself_sees_its_own_alerts_alone(api: Local) -> None:
    for name in ("acme", "beta"):
        id = subscribed(api, name)
        body = {"key": "c1", "amount": "10", "start": "2026-10-01T00:00:00Z"}
        ok(api.ask("POST", f"/api/v1/subscriptions/{id}/commitments", body))
        used(api, name, 20)
    assert do_duties(api.workspace, NOW) == ["2 alerts of commitments"]
    made = ok(
        api.ask("POST", "/api/v1/keys", {"name": "acme", "scopes": ["contracts:read"], "customer": "acme"})
    )
    answer = api.ask("GET", "/api/v1/commitments/alerts", key=made["secret"])
    assert [one["customer"] for one in answer.json["items"]] == ["acme"]


def test_credit_is_topped_up_by_a_running_server(api: Local) -> None:
    subscribed(api, "acme")
    rule = {"customer": "acme", "name": "More", "unit": "USD", "threshold": "50", "amount": "40"}
    ok(api.ask("POST", "/api/v1/credits/top-ups", rule))
    assert do_duties(api.workspace, NOW) == ["1 lots of credit topped up"]
    assert do_duties(api.workspace, NOW) == []
    lots = ok(api.ask("GET", "/api/v1/credits/lots?customer=acme"))["items"]
    assert [one["origin"] for one in lots] == ["top_up"]
