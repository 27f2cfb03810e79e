"""Health, event types and reconciliation in the console."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from steelyard.entrypoints.console.pages.event_type import shares_of_fields
from steelyard.entrypoints.console.pages.health import parts_of
from tests.console.living import Living
from tests.console.served import Visitor


def test_health_says_what_to_look_at_meter_by_meter(finance: Visitor, living: Living) -> None:
    usage = living.ask("GET", "/api/v1/health/usage")
    page = finance.get("/console/health").text
    assert usage["concerns"]
    for text in usage["concerns"]:
        assert text in page
    for meter in usage["meters"]:
        assert f'href="/console/meters/{meter["slug"]}"' in page
        for text in meter["concerns"]:
            assert text in page
    assert "page.rendered" in page, "a type that no price rests on"


def test_a_meters_own_page_says_how_it_is(finance: Visitor, living: Living) -> None:
    meter = living.ask("GET", "/api/v1/meters/{slug}/health", slug="tokens")
    page = finance.get("/console/meters/tokens").text
    section = page[page.index('id="health"') :]
    for text in meter["concerns"]:
        assert text in section
    assert 'href="/console/meters/tokens#health"' in finance.get("/console/meters").text


def test_the_parts_of_the_bar_are_the_whole(living: Living) -> None:
    parts = parts_of(living.ask("GET", "/api/v1/health/usage"))
    assert sum(part.events for part in parts) == living.ask("GET", "/api/v1/health/usage")["events"]
    assert 990 <= sum(part.width for part in parts) <= 1000


def test_an_event_type_shows_its_fields_and_makes_a_schema(finance: Visitor, living: Living) -> None:
    now = datetime.now(UTC).isoformat()
    sent = {"type": "llm.request", "subject": "acme", "time": now}
    living.send([sent | {"id": f"t{n}", "data": {"tokens": n, "new": "x"}} for n in range(20)])
    page = finance.get("/console/health/types/llm.request").text
    assert "data.tokens" in page or "$.tokens" in page
    assert "A model answered." in page
    derived = finance.get("/console/health/types/llm.request?derive=1").text
    assert "on_mismatch: tag" in derived
    assert finance.get("/console/health/types/no.such.type").status == 404


def test_shares_of_fields_say_nothing_where_nothing_was_looked_at() -> None:
    full = {
        "fields": [{"field": "a", "types": {"integer": 3}}],
        "fields_before": [],
        "looked_at": 6,
        "looked_at_before": 0,
    }
    assert shares_of_fields(full) == [{"field": "a", "now": 50, "before": None, "types": ["integer"]}]


def test_record_and_usage_store_are_compared_from_the_page(finance: Visitor, living: Living) -> None:
    assert "Nothing was compared yet" in finance.get("/console/reconciliation").text
    moved = finance.post("/console/reconciliation")
    assert moved.status == 303
    page = finance.get(moved.headers["location"]).text
    result = living.ask("GET", "/api/v1/reconciliations")["items"][0]
    assert result["ok"]
    assert "All agree" in page
    assert f"{result['events']:,}" in page
    assert "there is none" in page, "this workspace has no feed"


@pytest.mark.parametrize(
    "path", ["/console/health", "/console/reconciliation", "/console/queues", "/console/changes"]
)
def test_each_page_names_the_answers_it_was_made_from(path: str, finance: Visitor) -> None:
    page = finance.get(path).text
    assert "GET /api/v1/" in page
    assert finance.get(f"{path}?format=json").headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "path", ["/console/reconciliation", "/console/queues/replay", "/console/changes/backfills"]
)
def test_a_form_of_another_site_does_nothing(path: str, finance: Visitor) -> None:
    assert finance.post(path, headers={"sec-fetch-site": "cross-site"}).status == 403
