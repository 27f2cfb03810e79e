"""Value metrics in the console: compared side by side, a template tried and taken."""

from __future__ import annotations

import json
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from steelyard.entrypoints.console.pages.metrics import score_chart
from tests.console.living import Living
from tests.console.served import Visitor

OCTOBER = "/console/metrics?period=2026-10"


def test_every_metric_stands_with_its_scores_and_reasons(finance: Visitor) -> None:
    page = finance.get(OCTOBER).text
    answer = json.loads(finance.get(OCTOBER + "&format=json").content)
    (scores,) = [found for path, found in answer.items() if path.startswith("/api/v1/metrics/scores")]
    assert {one["key"] for one in scores["items"]} == {"tokens", "requests", "seats"}
    for one in scores["items"]:
        assert one["name"] in page
        for gate in one["gates"]:
            assert f'<data value="{gate["score"]}">' in page
    assert "derive one from its events" in page


def test_one_outcome_is_held_beside_all_others(finance: Visitor) -> None:
    page = finance.get(OCTOBER + "&outcome=tokens").text
    assert "with tokens (rho" in page
    assert '<option value="tokens" selected>' in page


def test_a_template_is_tried_beside_the_published_ones(finance: Visitor) -> None:
    page = finance.get(OCTOBER + "&try=jobs&type=llm.request").text
    assert '<span class="tag tag-small">candidate</span>' in page
    assert "Take it into the catalog" in page


def test_a_template_that_does_not_fit_says_why(finance: Visitor) -> None:
    page = finance.get(OCTOBER + "&try=tokens&value=tokens").text
    assert 'role="alert"' in page
    assert "not a path" in page


def test_taking_a_template_publishes_a_version(finance: Visitor, living: Living) -> None:
    before = living.ask("GET", "/api/v1/catalog/versions/{id}", id="live")["number"]
    form = {"try": "jobs", "type": "llm.request", "outcome": "tokens", "owner": "ops@example.com"}
    seen = finance.post("/console/metrics/take", form=form)
    assert seen.status == 303
    assert parse_qs(urlsplit(seen.headers["location"]).query)["done"] == ["jobs"]
    live = living.ask("GET", "/api/v1/catalog/versions/{id}", id="live")
    assert live["number"] == before + 1
    assert live["catalog"]["metrics"]["jobs"]["outcome"] == "tokens"
    assert "is in the catalog" in finance.get(seen.headers["location"]).text
    assert "owner" not in finance.get(OCTOBER + "&try=jobs").text.split("<h2>Templates")[1]


@pytest.mark.parametrize("form", [{"try": "vibes", "owner": "x"}, {"try": "calls", "outcome": "nothing"}])
def test_what_cannot_be_taken_is_refused(finance: Visitor, form: dict[str, str]) -> None:
    assert finance.post("/console/metrics/take", form=form).status in (404, 422)


def test_a_correlation_against_the_outcome_is_drawn_as_none() -> None:
    item = {
        "name": "A",
        "gates": [{"name": name, "score": "1"} for name in ("measurable", "auditable", "observable")],
        "correlated": {"rho": "-0.5"},
    }
    chart = score_chart([item])
    assert chart.kind == "groups"
    assert [one.values for one in chart.series] == [(1,), (1,), (1,), (Decimal(0),)]
