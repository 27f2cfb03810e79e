"""Every template is a metric that a catalog takes as it is, once somebody owns it."""

from __future__ import annotations

import pytest

from steelyard.catalog import Catalog, Source, validate
from steelyard.catalog.metric_templates import TEMPLATES, MetricTemplate, template
from steelyard.kernel import NotFound


@pytest.mark.parametrize("one", TEMPLATES, ids=lambda one: one.key)
def test_a_catalog_takes_it(one: MetricTemplate) -> None:
    metric = one.metric(owner="product@example.com")
    found = validate(Source(values={"event_types": [{"name": one.event_type}], "metrics": [metric]}))
    assert isinstance(found, Catalog), found
    assert found.metrics[one.key].unit == one.unit
    assert one.advice
    assert one.outcome


def test_the_six_candidates_of_the_playbook_come_first() -> None:
    assert [one.from_playbook for one in TEMPLATES] == [True] * 6 + [False] * 4
    assert [one.key for one in TEMPLATES if not one.from_playbook] == [
        "tokens",
        "calls",
        "compute-hours",
        "jobs",
    ]


def test_the_blanks_are_filled_in() -> None:
    metric = template("compute-hours").metric(owner="o", event_type="vm.ran", value="$.s / 60", key="minutes")
    assert metric["key"] == "minutes"
    assert (metric["meter"]["event_types"], metric["meter"]["value"]) == (["vm.ran"], "$.s / 60")


def test_an_unknown_template_names_the_known_ones() -> None:
    with pytest.raises(NotFound, match="workflows-executed"):
        template("vibes")


def test_an_outcome_is_another_metric() -> None:
    def problems(outcome: str) -> list[str]:
        metric = template("jobs").metric(owner="o") | {"outcome": outcome}
        other = template("calls").metric(owner="o")
        types = [{"name": "job.finished"}, {"name": "api.call"}]
        found = validate(Source(values={"event_types": types, "metrics": [metric, other]}))
        return [] if isinstance(found, Catalog) else [one.code for one in found]

    assert problems("calls") == []
    assert problems("jobs") == ["own_outcome"]
    assert problems("cals") == ["unknown_metric"]
