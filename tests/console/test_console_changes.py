"""Corrections and backfills in the console: from the reason to the commit, and back."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.backfill import events_of, range_of
from steelyard.kernel import InvalidInput
from tests.console.living import Living
from tests.console.served import Visitor

LOST = [
    {"id": f"lost-{n}", "source": "collector", "type": "llm.request", "subject": "acme",
     "time": "2026-10-06T14:00:00Z", "data": {"tokens": 1000, "model": "o3"}}
    for n in range(3)
]  # fmt: skip


@pytest.fixture
def backfill(finance: Visitor) -> str:
    """The address of an open backfill."""
    opened = finance.post("/console/changes/backfills", form={"reason": "Tuesday was lost"})
    assert opened.status == 303
    return opened.headers["location"].partition("?")[0]


def tokens(living: Living) -> Decimal:
    living.workspace.catch_up(10)
    answer = living.ask("GET", "/api/v1/meters/{slug}/query", slug="tokens")
    return sum((Decimal(row["quantity"]) for row in answer["data"]), Decimal(0))


def hidden(page: str, name: str) -> str:
    return page.split(f'name="{name}" value="')[1].split('"')[0]


def test_a_backfill_brings_events_in_at_its_commit_and_a_revert_undoes_it(
    finance: Visitor, living: Living, backfill: str
) -> None:
    before = tokens(living)
    lines = "\n".join(json.dumps(event) for event in LOST)
    added = finance.post(f"{backfill}/events", form={"events": lines})
    assert "3 added" in finance.get(added.headers["location"]).text
    page = finance.get(backfill).text
    assert "What the commit changes" in page
    assert ">3,000</td>" in page
    assert "$4.50" in page, "3,000 tokens at 1.50 a thousand"
    assert tokens(living) == before, "nothing counts before the commit"
    sure = {"reason": "checked", "upto": hidden(page, "upto"), "version": hidden(page, "version")}
    assert finance.post(f"{backfill}/commit", form=sure).status == 303
    assert tokens(living) == before + 3000
    committed = finance.get(backfill).text
    assert "What a revert would change" in committed
    assert "committed</span>" in committed
    assert finance.post(f"{backfill}/revert", form={"reason": "twice"}).status == 303
    assert tokens(living) == before
    assert "It is reverted" in finance.get(backfill).text


def test_a_range_is_set_aside_whole(finance: Visitor, living: Living, backfill: str) -> None:
    before = tokens(living)
    span = {"from": "2026-10-03T00:00", "to": "2026-10-04T00:00", "customer": "bolt", "types": "llm.request"}
    assert finance.post(f"{backfill}/ranges", form=span).status == 303
    page = finance.get(backfill).text
    assert "What it sets aside" in page
    sure = {"reason": "wrong", "upto": hidden(page, "upto"), "version": hidden(page, "version")}
    finance.post(f"{backfill}/commit", form=sure)
    assert tokens(living) < before
    finance.post(f"{backfill}/revert", form={"reason": "no"})
    assert tokens(living) == before


def test_a_commit_does_no_more_than_its_preview_showed(finance: Visitor, backfill: str) -> None:
    finance.post(f"{backfill}/events", form={"events": json.dumps([LOST[0] | {"id": "later-1"}])})
    page = finance.get(backfill).text
    sure = {"reason": "checked", "upto": hidden(page, "upto"), "version": hidden(page, "version")}
    finance.post(f"{backfill}/events", form={"events": json.dumps([LOST[0] | {"id": "later-2"}])})
    refused = finance.post(f"{backfill}/commit", form=sure)
    assert refused.status == 409
    assert finance.post(f"{backfill}/abandon", form={"reason": "start anew"}).status == 303
    assert "It is abandoned" in finance.get(backfill).text


def test_what_cannot_be_read_is_refused_with_its_line(finance: Visitor, backfill: str) -> None:
    answer = finance.post(f"{backfill}/events", form={"events": '{"id": "1", "type": "t"}\n{oops'})
    assert answer.status == 400
    assert "ine 2 is not readable" in answer.text
    bad = finance.post(f"{backfill}/events", form={"events": json.dumps({"id": "", "type": "t"})})
    assert bad.status in (303, 422)
    assert finance.post(f"{backfill}/burn", form={}).status == 400
    assert finance.get("/console/changes/backfills/bf_nothing").status == 404


def test_the_list_has_backfills_and_corrections(finance: Visitor, living: Living, backfill: str) -> None:
    void = {"action": "void", "source": "living", "id": "req-7", "reason": "a test of ours"}
    living.ask("POST", "/api/v1/events/corrections", void)
    living.workspace.catch_up(10)
    page = finance.get("/console/changes").text
    assert f'href="{backfill}"' in page
    assert "a test of ours" in page
    assert "req-7" in page


def test_without_a_reason_nothing_is_opened(finance: Visitor, living: Living) -> None:
    before = len(living.ask("GET", "/api/v1/backfills")["items"])
    assert finance.post("/console/changes/backfills", form={"reason": " "}).status == 422
    assert len(living.ask("GET", "/api/v1/backfills")["items"]) == before


def test_forms_become_what_the_api_takes() -> None:
    form = Form(pairs=(("from", "2026-10-01T00:00"), ("to", "2026-10-02T00:00"), ("types", "a, b,")))
    assert range_of(form) == {
        "from": "2026-10-01T00:00:00Z",
        "to": "2026-10-02T00:00:00Z",
        "event_types": ["a", "b"],
    }
    assert events_of(' [{"id": "1"}]') == [{"id": "1"}]
    with pytest.raises(InvalidInput, match="line 1"):
        events_of("{")
