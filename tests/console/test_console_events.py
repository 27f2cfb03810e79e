"""Events in the console: what became of each, what meters read from it, and its receipt."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from steelyard.entrypoints.console.verdicts import VERDICTS
from steelyard.metering import EventStatus
from tests.console.living import Living
from tests.console.served import Visitor


def index_of(living: Living, **wanted: str) -> int:
    found = living.ask("GET", "/api/v1/events")["items"]
    return next(row["index"] for row in found if all(row[name] == text for name, text in wanted.items()))


def test_every_status_has_a_verdict_in_words() -> None:
    assert {status.value for status in EventStatus} <= set(VERDICTS)
    assert all(verdict.text and verdict.meaning for verdict in VERDICTS.values())


@pytest.mark.parametrize(
    ("status", "badge"), [("unattributed", "nobody&#39;s yet"), ("attributed", "counted")]
)
def test_events_are_shown_by_what_became_of_them(status: str, badge: str, finance: Visitor) -> None:
    page = finance.get(f"/console/events?status={status}&type=llm.request").text
    rows = page[page.index('<tbody id="event-rows">') : page.index("</tbody>")]
    assert rows.count("<tr>") > 10
    assert rows.count("<tr>") == rows.count(badge)


def test_older_events_keep_the_filters(finance: Visitor) -> None:
    page = finance.get("/console/events?type=llm.request").text
    older = page.split('<a class="button" href="?cursor=')[1].split('"')[0]
    assert older.endswith("&amp;type=llm.request")
    again = finance.get(f"/console/events?cursor={older.replace('&amp;', '&')}").text
    assert "page.rendered" not in again
    assert "Newest" in again
    assert "data-live" not in again, "only the newest events move"


def test_the_rows_alone_are_no_whole_page(finance: Visitor) -> None:
    rows = finance.get("/console/events/rows?type=llm.request").text
    assert rows.lstrip().startswith("<tbody")
    assert "<html" not in rows


def test_an_event_says_what_meters_read_and_proves_its_place(finance: Visitor, living: Living) -> None:
    index = index_of(living, type="llm.request", id="req-239")
    page = finance.get(f"/console/events/{index}").text
    assert "req-239" in page
    assert '339<span class="unit"> tokens</span>' in page
    assert "The walk ends at the root" in page
    assert f'href="/console/record/proof/{index}"' in page


def test_an_event_that_no_meter_reads_leads_to_a_definition(finance: Visitor, living: Living) -> None:
    living.send([{"id": "lonely-1", "source": "t", "type": "lonely.thing", "subject": "acme"}])
    page = finance.get(f"/console/events/{index_of(living, type='lonely.thing')}").text
    assert "/console/meters/new?type=lonely.thing" in page


def test_an_entry_that_is_no_event_is_refused_in_words(finance: Visitor) -> None:
    answer = finance.get("/console/events/0")
    assert answer.status == 404
    assert "is no usage event" in answer.text


def test_an_event_is_amended_after_a_preview_and_keeps_its_history(finance: Visitor, living: Living) -> None:
    data = {"tokens": 5000, "model": "o3"}
    sent = {"id": "typo", "source": "t", "type": "llm.request", "subject": "acme", "data": data}
    living.send([sent | {"time": "2026-09-20T10:00:00Z"}])
    index = index_of(living, id="typo")
    form = {
        "do": "amend",
        "reason": "a zero too many",
        "subject": "acme",
        "data": '{"tokens": 500, "model": "o3"}',
    }
    preview = finance.get(f"/console/events/{index}?{urlencode(form)}").text
    assert "Yes, amend it" in preview
    assert "Tokens" in preview or "tokens" in preview
    assert living.ask("GET", "/api/v1/events/{index}", index=str(index))["event"]["data"]["tokens"] == 5000
    moved = finance.post(f"/console/events/{index}/correct", form=form)
    assert moved.status == 303
    now = moved.headers["location"].removesuffix("#history")
    assert now != f"/console/events/{index}"
    shown = finance.get(now).text
    assert '500<span class="unit"> tokens</span>' in shown
    assert "a zero too many" in shown
    assert "Came in" in shown
    assert "a later one" in finance.get(f"/console/events/{index}").text


def test_an_event_is_held_released_and_voided_with_reasons(finance: Visitor, living: Living) -> None:
    living.send(
        [
            {
                "id": "odd",
                "source": "t",
                "type": "llm.request",
                "subject": "bolt",
                "data": {"tokens": 9, "model": "o3"},
            }
        ]
    )
    index = index_of(living, id="odd")
    for action, badge in (("hold", "held"), ("release", "counted"), ("void", "voided")):
        assert (
            finance.post(f"/console/events/{index}/correct", form={"do": action, "reason": "because"}).status
            == 303
        )
        living.workspace.catch_up(10)
        page = finance.get(f"/console/events/{index}").text
        assert f">{badge}</span>" in page
    assert "Change how it counts" not in page, "a void is for ever"


def test_a_correction_without_a_reason_is_refused_in_words(finance: Visitor, living: Living) -> None:
    index = index_of(living, id="req-238")
    preview = finance.get(f"/console/events/{index}?do=void&reason=").text
    assert 'role="alert"' in preview
    assert finance.post(f"/console/events/{index}/correct", form={"do": "void", "reason": ""}).status == 422
    assert finance.post(f"/console/events/{index}/correct", form={"do": "burn", "reason": "x"}).status == 400
    broken = finance.get(
        f"/console/events/{index}?" + urlencode({"do": "amend", "reason": "x", "data": "{"})
    ).text
    assert "not readable as JSON" in broken
