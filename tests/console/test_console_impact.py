"""The page of an impact: asked by a form, answered by the API, drawn from its own table."""

from __future__ import annotations

import json
from decimal import Decimal
from urllib.parse import quote

import pytest

from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.impact import body_of, cards_of, spread_chart, written_prices
from steelyard.kernel import InvalidInput
from tests.console.living import Living
from tests.console.served import Visitor

RAISED = "/console/impact?way=percent&key=fee&percent=10&period=2026-10"


def test_the_first_look_says_what_to_do(finance: Visitor) -> None:
    page = finance.get("/console/impact").text
    assert "Nothing is compared yet" in page
    assert '<option value="fee"' in page
    assert '<option value="list"' in page


def test_an_answer_shows_sums_spread_and_every_loser(finance: Visitor) -> None:
    page = finance.get(RAISED).text
    answer = json.loads(finance.get(RAISED + "&format=json").content)["POST /api/v1/impact"]
    assert answer["totals"][0]["losers"] == 3
    for one in answer["customers"]:
        assert one["name"] in page
        assert Decimal(one["difference"]) == Decimal("4.90")
    assert "+4.90" in page
    assert page.count('<data value="3">') == 1
    assert "/api/v1/impact" in page


def test_a_price_written_anew_and_a_version_are_compared_too(finance: Visitor) -> None:
    price = quote('{"model": "flat", "amount": "1"}')
    assert "−48.00" in finance.get(f"/console/impact?way=price&one=fee&price={price}&period=2026-10").text
    assert "Nobody&#39;s bill would change" in (
        finance.get("/console/impact?way=version&version=1&period=2026-10").text.replace("'", "&#39;")
    )


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("way=price&one=fee&price=%7B", "not readable as JSON"),
        ("way=price&one=fee&price=%7B%22model%22:%22magic%22%7D", "fee"),
        ("way=percent&key=nothing&percent=5", "no price"),
        ("way=percent&key=fee&percent=-200", "more than all"),
    ],
)
def test_what_cannot_be_asked_is_said_on_the_page(finance: Visitor, query: str, said: str) -> None:
    page = finance.get(f"/console/impact?period=2026-10&{query}")
    assert page.status == 200
    assert 'role="alert"' in page.text
    assert said in page.text


def test_a_month_that_is_none_is_refused(finance: Visitor) -> None:
    assert finance.get("/console/impact?period=2026-13").status == 400


def test_a_month_without_subscriptions_says_so(finance: Visitor) -> None:
    page = finance.get("/console/impact?way=percent&key=fee&percent=5&period=2025-01").text
    assert "Nobody had a subscription" in page


def test_the_progress_is_the_apis(finance: Visitor) -> None:
    assert json.loads(finance.get("/console/impact/progress").content) == {"done": 0, "total": 0}


def test_every_price_is_written_as_the_api_reads_it(living: Living) -> None:
    catalog = living.ask("GET", "/api/v1/catalog/versions/{id}", id="live")["catalog"]
    written = written_prices(catalog)
    assert set(written) == {"fee", "token-price"}
    prices = {key: json.loads(text) for key, text in written.items()}
    found = living.ask("POST", "/api/v1/impact", {"prices": prices, "period": "2026-10"})
    assert found["changes"] == []


def test_cards_hold_their_families() -> None:
    price = {"card": "c", "kind": "price", "family": "f", "name": "F"}
    (card,) = cards_of({"cards": {"c": {"name": "C"}}, "prices": {"f:1": price, "f:2": price}})
    assert (card["name"], card["families"]) == ("C", {"f": {"name": "F", "count": 2}})


def test_ends_without_customers_are_cut_off_the_chart() -> None:
    texts = ("below −50 %", "−5 to −1 %", "−1 to 0 %", "no change", "0 to +1 %", "paid nothing before")
    counts = {"−5 to −1 %": (2, "-4"), "no change": (1, "0")}
    buckets = []
    for text in texts:
        customers, difference = counts.get(text, (0, "0"))
        buckets.append({"text": text, "customers": customers, "difference": difference})
    chart = spread_chart({"buckets": buckets})
    assert chart.labels == ("−5 to −1 %", "−1 to 0 %", "no change")
    assert {one.name: one.values for one in chart.series} == {
        "less": (2, 0, 0),
        "more": (0, 0, 0),
        "same": (0, 0, 1),
    }


def test_a_form_without_a_question_asks_nothing() -> None:
    assert body_of(Form(pairs=(("way", "percent"), ("key", "fee")))) is None
    with pytest.raises(InvalidInput):
        body_of(Form(pairs=(("way", "percent"), ("key", "fee"), ("percent", "five"))))
