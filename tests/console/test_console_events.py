"""Events in the console: what became of each, what meters read from it, and its receipt."""

from __future__ import annotations

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
