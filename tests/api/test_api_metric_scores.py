"""Value metrics judged over HTTP: published ones, candidates beside them, and templates to take."""

from __future__ import annotations

from typing import Any

import pytest

from steelyard.catalog.metric_templates import template
from tests.api.conftest import PERIOD, Server

RESOLVED = {
    "key": "resolved",
    "name": "Resolved",
    "owner": "success",
    "definition": "Tickets that were resolved.",
    "unit": "tickets",
    "meter": {"event_types": ["llm.completion"], "aggregation": "count"},
}


def scores(server: Server, **asked: Any) -> dict[str, Any]:
    found = server.client().metrics.scores(period=PERIOD, **asked)
    return {one["key"]: one for one in found["items"]}


def gate(score: Any, name: str) -> dict[str, Any]:
    return next(one for one in score["gates"] if one["name"] == name)


def test_a_published_metric_is_walked_back_to_the_record(billed: Server) -> None:
    tokens = scores(billed, metric=["tokens"])["tokens"]
    assert gate(tokens, "auditable")["passed"], tokens
    assert "32 of a sample of 32" in gate(tokens, "auditable")["checks"][1]["text"]
    customers, days, newest = gate(tokens, "measurable")["checks"]
    assert customers["ok"]
    assert days["text"].startswith("28 of 31 days")
    assert (newest["ok"], newest["text"]) == (False, "the newest event is of 2026-10-28 12:00 UTC")


def test_an_outcome_of_ones_choice_ranks_all_others(billed: Server) -> None:
    found = scores(billed, outcome="tokens")
    assert "tokens" not in found
    assert found
    assert all(one["correlated"]["outcome"] == "tokens" for one in found.values())


def test_a_candidate_that_nobody_published_is_judged_beside(billed: Server) -> None:
    jobs: Any = template("jobs").metric(owner="Ada", event_type="llm.completion")
    client = billed.client()
    found = client.metrics.compare(period=PERIOD, outcome="tokens", metric=["tokens"], candidates=[jobs])
    (one,) = [one for one in found["items"] if not one["published"]]
    assert (one["key"], one["events"]) == ("jobs", 120)
    assert gate(one, "auditable")["passed"]
    assert "jobs" not in client.catalog.show("live")["catalog"]["metrics"]


def test_a_candidate_reads_what_no_meter_read_before(billed: Server) -> None:
    wrong: Any = template("events-processed").metric(
        owner="Ada", event_type="llm.completion", value="$.tokens * 2", key="double"
    )
    found = billed.client().metrics.compare(period=PERIOD, candidates=[wrong])
    (one,) = found["items"]
    assert gate(one, "auditable")["passed"], one


def test_what_nobody_sent_fails_every_gate_in_words(billed: Server) -> None:
    unsent: Any = template("agent-invocations").metric(owner="Ada")
    found = billed.client().metrics.compare(period=PERIOD, candidates=[unsent])
    (one,) = found["items"]
    assert not any(each["passed"] for each in one["gates"])
    assert one["rank"] is None
    assert found["text"] == "0 of 1 pass all gates"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("metric=nothing", 404),
        ("outcome=nothing", 404),
        ("period=2026-13", 400),
        ("period=2199-01", 400),
    ],
)
def test_what_cannot_be_judged_is_refused(billed: Server, asked: str, status: int) -> None:
    assert billed.ask("GET", f"/api/v1/metrics/scores?{asked}").status == status


def test_templates_say_which_are_published(billed: Server) -> None:
    items = billed.client().metrics.templates()["items"]
    assert len(items) == 10
    assert {one["key"]: one["published"] for one in items}["tokens"] is True


def test_a_template_is_taken_with_its_outcome(fresh: Server) -> None:
    client = fresh.client()
    client.meters.create(**RESOLVED)
    taken = template("jobs").metric(owner="Ada")
    refused = fresh.ask("POST", "/api/v1/meters", taken | {"outcome": "nothing"})
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "outcome")
    client.meters.create(**taken, outcome="resolved")
    assert client.catalog.show("live")["catalog"]["metrics"]["jobs"]["outcome"] == "resolved"
    found = client.metrics.scores()
    assert {one["key"]: one["correlated"]["outcome"] for one in found["items"]} == {
        "jobs": "resolved",
        "resolved": "",
    }
