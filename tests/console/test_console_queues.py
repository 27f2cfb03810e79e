"""Queues in the console: what waits for a person, and what a person does about it."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.queue_waiting import replay_of, rule_of
from tests.console.living import Living
from tests.console.served import Visitor

GROUP = {
    "tab": "unattributed",
    "open": "1",
    "type": "llm.request",
    "source": "living",
    "subject": "unknown-1",
}
TO_ACME = GROUP | {"do": "replay", "customer": "acme", "reason": "the old name"}


@pytest.fixture(scope="module")
def busy(living: Living) -> Living:
    """The workspace with something in every queue."""
    living.send(
        [{"id": "", "type": "llm.request"}, {"id": "r1", "type": "llm.request", "data": {"tokens": "many"}}]
    )
    living.ask("POST", "/api/v1/billing/runs", {"period": "2026-09"})
    living.ask("POST", "/api/v1/billing/runs", {"period": "2026-10"})
    late = {"source": "late", "type": "llm.request", "subject": "bolt", "time": "2026-10-30T10:00:00Z"}
    living.send([late | {"id": "late-1", "data": {"tokens": 100_000, "model": "o3"}}])
    held = {"action": "hold", "source": "living", "id": "req-238", "reason": "odd"}
    living.ask("POST", "/api/v1/events/corrections", held)
    living.workspace.catch_up(10)
    return living


def depths(page: str) -> dict[str, str]:
    tabs = page[page.index('<nav class="tabs"') :].split("</nav>")[0]
    parts = tabs.split("<a ")[1:]
    return {part.split("tab=")[1].split('"')[0]: part.split('">')[-1].split("<")[0] for part in parts}


def test_every_queue_has_its_depth_on_every_tab(finance: Visitor, busy: Living) -> None:
    waiting = busy.ask("GET", "/api/v1/attribution/queue")["unattributed"]
    for tab in ("unattributed", "quarantined", "rejected", "unusual", "late"):
        page = finance.get(f"/console/queues?tab={tab}")
        assert page.status == 200
        assert depths(page.text) == {
            "unattributed": str(waiting), "quarantined": "0", "rejected": "2", "unusual": "1", "late": "1",
        }  # fmt: skip


def test_without_a_tab_the_first_queue_in_which_something_waits_is_shown(
    finance: Visitor, busy: Living
) -> None:
    assert busy.ask("GET", "/api/v1/attribution/queue")["unattributed"]
    page = finance.get("/console/queues").text
    assert 'tab=unattributed" aria-current="page"' in page
    assert finance.get("/console/queues?tab=nothing").status == 400


def test_refused_events_say_why_and_what_to_do(finance: Visitor, busy: Living) -> None:
    codes = {row["code"] for row in busy.ask("GET", "/api/v1/events/rejected")["items"]}
    page = finance.get("/console/queues?tab=rejected").text
    for code in codes:
        assert f"code={code}" in page
        assert finance.get(f"/console/queues?tab=rejected&code={code}").text.count("What came") == 1
    assert "Send a plain number" in page


def test_late_usage_says_what_the_next_invoice_adjusts(finance: Visitor, busy: Living) -> None:
    rows = {row["customer"]: row for row in busy.ask("GET", "/api/v1/billing/changes")["items"]}
    assert (rows["bolt"]["added"], rows["bolt"]["ended"], rows["bolt"]["period_name"]) == (1, 1, "2026-10")
    page = finance.get("/console/queues?tab=late").text
    assert rows["bolt"]["document"] in page
    assert "$149.49" in page, "100,000 tokens more and 338 fewer, at 1.50 a thousand"


def test_a_held_event_leads_to_its_release(finance: Visitor, busy: Living) -> None:
    index = busy.ask("GET", "/api/v1/events")["items"]
    page = finance.get("/console/queues?tab=unusual").text
    assert index
    assert "?do=release#change" in page


def test_a_group_is_brought_to_its_customer_after_a_preview_with_a_rule(
    finance: Visitor, living: Living
) -> None:
    chosen = finance.get(f"/console/queues?{urlencode(GROUP)}").text
    assert "Whose are they?" in chosen
    preview = finance.get(f"/console/queues?{urlencode(TO_ACME | {'rule': 'subject'})}").text
    assert "Yes, do it" in preview
    waiting = living.ask("GET", "/api/v1/attribution/queue")["unattributed"]
    assert living.ask("GET", "/api/v1/attribution/rules")["items"] == [], "a preview makes no rule"
    moved = finance.post("/console/queues/replay", form=TO_ACME | {"rule": "subject"})
    assert moved.status == 303
    assert "4 brought to their customer" in finance.get(moved.headers["location"]).text
    living.workspace.catch_up(10)
    assert living.ask("GET", "/api/v1/attribution/queue")["unattributed"] == waiting - 4
    rule = living.ask("GET", "/api/v1/attribution/rules")["items"][0]
    assert (rule["subject"], rule["customer"], rule["reason"]) == ("unknown-1", "acme", "the old name")
    assert finance.post("/console/queues/rules/retire", form={"id": rule["id"]}).status == 303
    assert living.ask("GET", "/api/v1/attribution/rules")["items"] == []


def test_a_customer_that_does_not_exist_is_refused_in_words(finance: Visitor, living: Living) -> None:
    wrong = TO_ACME | {"customer": "nobody-at-all"}
    page = finance.get(f"/console/queues?{urlencode(wrong)}").text
    assert 'role="alert"' in page
    assert "Yes, do it" not in page
    assert finance.post("/console/queues/replay", form=wrong).status in (404, 422)


def test_what_a_form_means_for_the_api() -> None:
    form = Form(pairs=tuple((TO_ACME | {"rule": "prefix", "prefix": "unk"}).items()))
    assert replay_of(form, dry_run=True)["subject"] == "unknown-1"
    rule = rule_of(form, dry_run=False)
    assert rule is not None
    assert (rule["subject_prefix"], "subject" in rule) == ("unk", False)
    everything = replay_of(Form(pairs=(("tab", "quarantined"), ("accept", "1"))), dry_run=False)
    assert (everything["quarantined"], everything["accept"], "type" in everything) == (True, True, False)


def test_empty_queues_say_what_would_wait_there(finance: Visitor) -> None:
    assert "Nothing is in quarantine" in finance.get("/console/queues?tab=quarantined").text
