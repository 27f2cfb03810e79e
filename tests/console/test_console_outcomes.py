"""Outcomes in the console: what waits for a decision, deciding with a preview, and what is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.console.living import Living
from tests.console.served import Visitor

NOW = datetime.now(UTC)


def claimed(living: Living, key: str, days_ago: int = 0, **more: Any) -> str:
    reached = f"{NOW - timedelta(days=days_ago, minutes=5):%Y-%m-%dT%H:%M:%SZ}"
    asked = {"customer": "acme", "type": "ticket.solved", "key": key, "occurred_at": reached}
    return living.ask("POST", "/api/v1/outcomes", {**asked, **more})["id"]


def test_a_page_on_the_first_day_says_what_to_do(finance: Visitor, living: Living) -> None:
    page = finance.get("/console/outcomes?tab=claimed").text
    assert "Claim a result here" in page
    assert "Nothing to settle" in page


def test_a_result_is_claimed_by_a_form_that_shows_first_what_it_would_be(
    finance: Visitor, living: Living
) -> None:
    asked = {"customer": "acme", "type": "ticket.solved", "key": "<4711>", "window_days": "10"}
    asked |= {"occurred_at": f"{NOW - timedelta(hours=1):%Y-%m-%dT%H:%M}", "data": '{"minutes": 3}'}
    tried = finance.post("/console/outcomes", form=asked).text
    assert "<strong>&lt;4711&gt;</strong>" in tried
    assert living.ask("GET", "/api/v1/outcomes")["items"] == []
    assert finance.post("/console/outcomes", form={**asked, "sure": "yes"}).status == 303
    (outcome,) = living.ask("GET", "/api/v1/outcomes")["items"]
    assert (outcome["window_days"], outcome["data"]) == (10, {"minutes": 3})
    for wrong, said in (
        ({"customer": "nobody"}, "There is no customer"),
        ({"data": "{"}, "Not readable"),
        ({"occurred_at": "2999-01-01T00:00"}, "It was not reached yet"),
    ):
        assert said in finance.post("/console/outcomes", form={**asked, "key": "x", **wrong}).text


def test_a_decision_is_shown_first_and_carried_out_on_a_yes(finance: Visitor, living: Living) -> None:
    id = claimed(living, "decided")
    path = f"/console/outcomes/{id}"
    tried = finance.get(f"{path}?do=accept").text
    assert "A usage event is written" in tried
    assert finance.post(path, form={"do": "accept"}).status == 303
    assert "on the bill of" in finance.get(path).text
    assert "Say why it is contested" in finance.get(f"{path}?do=contest").text
    finance.post(path, form={"do": "contest", "reason": "came back"})
    listed = finance.get("/console/outcomes").text
    assert '<a href="/console/outcomes?tab=contested" aria-current="page">' in listed
    assert "came back" in listed
    finance.post(path, form={"do": "reverse", "reason": "agreed"})
    page = finance.get(path).text
    assert "given back by the next document" in page
    assert 'id="decide"' not in page, "nothing follows what is reversed"
    assert finance.get("/console/outcomes/out_none").status == 404


def test_what_is_over_is_settled_by_one_button(finance: Visitor, living: Living) -> None:
    lapsed, kept = claimed(living, "lapsed", 40), claimed(living, "kept", 40)
    living.ask("POST", "/api/v1/outcomes/{id}/confirm", {}, id=kept)
    page = finance.get("/console/outcomes").text
    assert "Settle 2 outcomes" in page
    assert finance.post("/console/outcomes/settle").status == 303
    found = [living.ask("GET", "/api/v1/outcomes/{id}", id=one)["status"] for one in (lapsed, kept)]
    assert found == ["reversed", "accepted"]


def test_an_outcome_says_what_it_is_worth_before_and_after_it_counts(
    finance: Visitor, living: Living
) -> None:
    id = claimed(living, "worth", type="llm.request", data={"tokens": 2000, "model": "o3"})
    page = finance.get(f"/console/outcomes/{id}").text
    assert "<strong>$3.00</strong>" in page
    assert "by Tokens, 1.50 USD per 1,000; once it is accepted" in page
    assert "$3.00 by Tokens" in finance.get(f"/console/outcomes/{id}?do=accept").text
    finance.post(f"/console/outcomes/{id}", form={"do": "accept"})
    assert "<strong>$3.00</strong>" in finance.get(f"/console/outcomes/{id}").text
    unpaid = claimed(living, "unpaid")
    assert "no price that the customer pays counts it" in finance.get(f"/console/outcomes/{unpaid}").text
