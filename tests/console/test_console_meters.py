"""Meters in the console: the list, any question to one, and a new one from what events carry."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from steelyard.adapters.files import read_catalog_text
from steelyard.catalog import Catalog, validate
from steelyard.entrypoints.console.definition_text import metric_source, metric_yaml
from steelyard.entrypoints.console.fields import fields_of
from steelyard.entrypoints.console.forms import Form, form_of
from steelyard.entrypoints.console.meter_words import meter_in_words
from steelyard.entrypoints.console.pages.meter_file import rows_of
from steelyard.entrypoints.console.pages.meter_query import question_of
from steelyard.kernel import InvalidInput
from steelyard.kernel.canonical import to_builtins
from tests.console.living import CATALOG, Living
from tests.console.served import Visitor

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
OCTOBER = "period=custom&from=2026-10-01&to=2026-10-31"


def twins(person: Visitor, path: str) -> dict[str, object]:
    joined = f"{path}{'&' if '?' in path else '?'}format=json"
    return json.loads(person.get(joined).content)


def test_the_list_has_every_meter_with_its_month_and_its_prices(finance: Visitor) -> None:
    page = finance.get("/console/meters?period=2026-10").text
    whole = sum(100 + n for n in range(240))
    assert f"{whole:,}" in page
    assert 'href="/console/meters/tokens"' in page
    assert "3 customers" in page, "an average of several customers is no figure"
    assert "no price" in page


def test_without_a_month_the_page_is_about_that_of_the_newest_event(finance: Visitor, living: Living) -> None:
    newest = living.ask("GET", "/api/v1/events")["items"][0]["time"][:7]
    assert f'href="/console/meters?period={newest}"' not in finance.get("/console/meters").text
    assert f"/meters/tokens/query?from={newest}-01" in finance.get("/console/meters").text


def test_a_question_is_answered_as_chart_table_call_and_file(finance: Visitor) -> None:
    path = f"/console/meters/tokens?{OCTOBER}&window=DAY"
    page = finance.get(path).text
    answers = twins(finance, path)
    windowed = next(answer for name, answer in answers.items() if "windowSize=DAY" in name)
    days = {row["windowStart"][:10]: row["quantity"] for row in windowed["data"]}  # type: ignore[index]
    assert page.count('<time datetime="2026-10-') >= 31
    for quantity in days.values():
        assert f'<data value="{quantity}">' in page
    assert "curl &#39;http://127.0.0.1:" in page
    file = finance.get(f"/console/meters/tokens.csv?{OCTOBER}&window=DAY")
    assert file.headers["content-disposition"] == 'attachment; filename="tokens.csv"'
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert {row["window_start"][:10]: row["quantity"] for row in rows} == days


def test_groups_are_ranked_and_lead_to_each_alone(finance: Visitor) -> None:
    page = finance.get(f"/console/meters/tokens?{OCTOBER}&group=model").text
    by_model = {
        name: sum(100 + n for n in range(240) if n % 3 == at)
        for at, name in enumerate(("gpt-5", "gpt-5-mini", "o3"))
    }
    places = [
        page.index(f"{by_model[name]:,}") for name in sorted(by_model, key=lambda name: -by_model[name])
    ]
    assert places == sorted(places)
    assert "where=model%3Ao3" in page
    alone = finance.get(f"/console/meters/tokens?{OCTOBER}&where=model:o3").text
    assert f'<strong class="ink">{by_model["o3"]:,}</strong>' in alone


def test_several_customers_or_subjects_add_up_where_sums_do(finance: Visitor) -> None:
    alone = {
        name: sum(100 + n for n in range(240) if n % 3 == at and n % 12)
        for at, name in enumerate(("acme", "bolt", "coil"))
    }
    for name in ("customer", "subject"):
        page = finance.get(f"/console/meters/tokens?{OCTOBER}&window=MONTH&{name}=bolt,coil").text
        assert f'<data value="{alone["bolt"] + alone["coil"]}">' in page


def test_usage_is_shown_as_it_was_known_on_a_day(finance: Visitor) -> None:
    page = finance.get(f"/console/meters/tokens?{OCTOBER}&as_of=2026-11-01").text
    assert '<strong class="ink">0</strong>' in page, "nothing was recorded by then"
    assert "as known at the start of" in page
    assert finance.get(f"/console/meters/tokens?{OCTOBER}&as_of=yesterday").status == 400


def test_what_cannot_be_joined_is_shown_customer_by_customer(finance: Visitor) -> None:
    page = finance.get(f"/console/meters/seats?{OCTOBER}").text
    assert "Each customer is shown alone" in page
    assert all(customer in page for customer in ("acme", "bolt", "coil"))


REFUSED = [
    "window=YEAR",
    "period=never",
    "period=custom&from=2026-13-01",
    "period=custom&from=2026-10-02&to=2026-10-01",
    "period=custom&from=2000-01-01&to=2026-01-01&window=HOUR",
    "tz=Nowhere/City",
    f"{OCTOBER}&window=DAY&group=no-such-dimension",
]


@pytest.mark.parametrize("query", REFUSED)
def test_a_question_that_cannot_be_asked_is_refused_in_words(query: str, finance: Visitor) -> None:
    answer = finance.get(f"/console/meters/tokens?{query}")
    assert 400 <= answer.status < 500
    assert "problem-detail" in answer.text


def test_a_meter_that_does_not_exist_is_said_to_be_missing(finance: Visitor) -> None:
    assert finance.get("/console/meters/nothing").status in (400, 404)
    assert "there is no meter" in finance.get("/console/meters/nothing").text.lower()


def test_days_begin_at_midnight_of_the_time_zone() -> None:
    asked = Form(pairs=(("period", "last-month"), ("tz", "Europe/Berlin"), ("window", "DAY")))
    question = question_of(asked, NOW)
    labels = question.labels()
    assert next(iter(labels)).startswith("2026-09-30T22:00:00")
    assert next(iter(labels.values())) == "2026-10-01"
    assert len(labels) == 31
    assert (question.first_day, question.last_day) == ("2026-10-01", "2026-10-31")


def test_a_spreadsheet_takes_no_group_for_a_formula() -> None:
    row = {"windowStart": "a", "windowEnd": "b", "customer": None, "subject": "=1+1", "groupBy": {"@x": "-2"}}
    text = rows_of({"data": [row | {"quantity": "-5"}]}, "tokens")
    assert list(csv.reader(io.StringIO(text)))[1] == ["a", "b", "'=1+1", "'-2", "-5", "tokens"]


def test_the_yaml_of_a_metric_reads_back_as_the_same_metric(living: Living) -> None:
    shown = living.ask("GET", "/api/v1/catalog/versions/{id}", id="live")["catalog"]
    types = "event_types: [{name: llm.request}, {name: seat.taken}]\n"
    original = validate(read_catalog_text({"all.yaml": CATALOG}))
    assert isinstance(original, Catalog)
    for key, metric in original.metrics.items():
        text = types + metric_yaml(metric_source(shown["metrics"][key]))
        again = validate(read_catalog_text({"one.yaml": text}))
        assert isinstance(again, Catalog), again
        assert again.metrics[key] == metric


METERS = (
    'aggregation: percentile, value: $.ms, percentile: "99.9"',
    "aggregation: time_weighted_sum, value: $.n, time_unit: days, group_by: {site: $.site}",
    "aggregation: windowed, value: $.n, window: {size: HOUR, inner: max, outer: average}",
    "aggregation: unique, value: $.user, approximate: true",
    "aggregation: sum, value: $.bytes / 1024, group_by: {big: {path: $.big, type: boolean}}",
    'aggregation: sum, value: $.n, filters: [{path: $.n, op: gt, values: "5"}, {path: $.m, values: x}]',
)
EVERY_KIND = "event_types: [{name: t}]\nmetrics:\n" + "".join(
    f"  - {{key: m{n}, name: M, owner: o, definition: d, unit: u, meter: {{event_types: t, {meter}}}}}\n"
    for n, meter in enumerate(METERS)
)


def test_the_yaml_of_every_kind_of_metric_reads_back() -> None:
    original = validate(read_catalog_text({"all.yaml": EVERY_KIND}))
    assert isinstance(original, Catalog), original
    for key, metric in original.metrics.items():
        text = metric_yaml(metric_source(to_builtins(metric)))
        again = validate(read_catalog_text({"one.yaml": "event_types: [{name: t}]\n" + text}))
        assert isinstance(again, Catalog), (text, again)
        assert again.metrics[key] == metric, text
        assert meter_in_words(to_builtins(metric)["meter"])


def test_a_formula_keeps_its_text_and_nothing_that_follows_from_it() -> None:
    meter = 'meter: {aggregation: formula, formula: "m4 / max(m5, 1)"}'
    text = EVERY_KIND + f"  - {{key: f, name: F, owner: o, definition: d, unit: x, {meter}}}\n"
    original = validate(read_catalog_text({"all.yaml": text}))
    assert isinstance(original, Catalog), original
    shown = metric_source(to_builtins(original.metrics["f"]))
    assert shown["meter"] == {"aggregation": "formula", "formula": "m4 / max(m5, 1)"}


@pytest.mark.parametrize(
    ("options", "quantity"),
    [
        ({"aggregation": "percentile", "percentile": "50", "value_path": "$.pages"}, "4"),
        (
            {
                "aggregation": "windowed",
                "inner": "max",
                "size": "DAY",
                "outer": "sum",
                "value_path": "$.pages",
            },
            "8",
        ),
        ({"aggregation": "windowed", "inner": "count", "size": "HOUR", "outer": "max"}, "8"),
    ],
)
def test_every_aggregation_can_be_tried_out(options: dict[str, str], quantity: str, finance: Visitor) -> None:
    about = {
        "key": "pg",
        "name": "Pg",
        "unit": "pages",
        "owner": "o",
        "definition": "d",
        "type": "page.rendered",
    }
    page = finance.get(f"/console/meters/new?{urlencode(about | options)}").text
    assert f'<td class="num">{quantity}</td>' in page
    assert "Publish version" in page


def test_fields_are_read_from_what_events_carry() -> None:
    events = [{"data": {"n": 1, "who": {"team": "a"}, "odd name": 1}}, {"data": {"n": "2.5"}}, {"data": None}]
    seen = {field.path: field for field in fields_of(events)}
    assert (seen["$.n"].numbers, seen["$.n"].share, seen["$.n"].examples) == (True, 66, ("1", "2.5"))
    assert (seen["$.who.team"].numbers, seen["$.who.team"].share) == (False, 33)
    assert len(seen) == 2, "what no path can name is left out"


def test_the_choice_of_types_begins_with_what_nobody_reads(finance: Visitor) -> None:
    page = finance.get("/console/meters/new").text
    assert page.index("page.rendered") < page.index("llm.request")
    assert "8 events, no meter" in page


def test_a_meter_is_tried_out_then_published_and_counts_past_events(finance: Visitor) -> None:
    choice = finance.get("/console/meters/new?type=page.rendered").text
    assert "$.pages" in choice
    assert "$.kind" in choice
    form = {
        "type": "page.rendered", "key": "pages", "name": "Pages", "unit": "pages", "owner": "me@example.com",
        "definition": "Rendered pages.", "aggregation": "sum", "value_path": "$.pages", "dimension": "$.kind",
        "filter_path": "$.pages", "filter_op": "gt", "filter_values": "2",
    }  # fmt: skip
    tried = finance.get(f"/console/meters/new?{urlencode(form)}").text
    assert "6 of 8 events count" in tried
    assert f"{sum(range(3, 9))}" in tried
    assert "+ metric pages" in tried
    assert "+ event type page.rendered" in tried
    assert "name: Pages" in tried
    moved = finance.post("/console/meters/new", form=form | {"note": "for the printers"})
    assert (moved.status, moved.headers["location"]) == (303, "/console/meters/pages")
    shown = finance.get(f"/console/meters/pages?{OCTOBER}").text
    assert '<strong class="ink">33</strong>' in shown


def test_a_definition_with_mistakes_says_each_at_its_field(finance: Visitor) -> None:
    page = finance.get(
        "/console/meters/new?type=llm.request&name=X&key=x&aggregation=sum&value_path=tokens"
    ).text
    assert 'id="value_path-error"' in page
    assert "is not a path" in page
    assert 'id="unit-error">Please fill this in' in page
    assert "Publish version" not in page


def test_publishing_what_is_wrong_publishes_nothing(finance: Visitor, living: Living) -> None:
    before = living.ask("GET", "/api/v1/meters")
    answer = finance.post(
        "/console/meters/new", form={"type": "llm.request", "key": "x", "aggregation": "sum"}
    )
    assert answer.status == 422
    assert living.ask("GET", "/api/v1/meters") == before


def test_a_form_that_is_too_large_is_refused(finance: Visitor) -> None:
    assert finance.post("/console/meters/new", form={"key": "x" * 300_000}).status == 400
    with pytest.raises(InvalidInput):
        form_of("&".join(f"a{n}=1" for n in range(2000)))
