"""The pages about usage in a real Chromium: accessible, within the policy, narrow, and without scripts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.living import Living
from tests.console.looking import RULES, Looking
from tests.console.served import Served

pytestmark = pytest.mark.browser

OCTOBER = "period=custom&from=2026-10-01&to=2026-10-31"
DEFINED = "name=P&key=p&unit=pages&owner=a%40b.c&definition=D.&aggregation=sum&value_path=%24.pages"
GROUP = "tab=unattributed&open=1&type=llm.request&source=living&subject=unknown-1"
PAGES = {
    "meters": "/console/meters",
    "meter": f"/console/meters/tokens?{OCTOBER}",
    "grouped": f"/console/meters/tokens?{OCTOBER}&group=model&customer=acme&where=model:o3,gpt-5",
    "lines": f"/console/meters/seats?{OCTOBER}",
    "types": "/console/meters/new",
    "define": f"/console/meters/new?type=page.rendered&{DEFINED}",
    "mistakes": "/console/meters/new?type=page.rendered&name=P&key=p&aggregation=sum&value_path=pages",
    "events": "/console/events",
    "unattributed": "/console/events?status=unattributed&type=llm.request",
    "event": "/console/events/30",
    "correction": "/console/events/30?do=amend&reason=x&data=%7B%22tokens%22%3A+5%7D",
    "queue": "/console/queues?tab=unattributed",
    "group": f"/console/queues?{GROUP}",
    "replay": f"/console/queues?{GROUP}&do=replay&customer=acme&reason=x",
    "quarantined": "/console/queues?tab=quarantined",
    "rejected": "/console/queues?tab=rejected",
    "unusual": "/console/queues?tab=unusual",
    "late": "/console/queues?tab=late",
    "changes": "/console/changes",
    "backfill": "BACKFILL",
    "health": "/console/health",
    "metrics": "/console/metrics?period=2026-10&try=jobs&type=llm.request&outcome=tokens",
    "impact": "/console/impact?way=percent&key=list&percent=-8&period=2026-10",
    "reconciliation": "/console/reconciliation",
    "type": "/console/health/types/llm.request?derive=1",
}


# A page is the same document in every look, so each look asks what can differ from the others in it.
LOOKS: dict[str, tuple[str, int, dict[str, Any]]] = {
    "light": ("light", 1440, RULES),
    "dark": ("dark", 1440, {"runOnly": ["color-contrast", "link-in-text-block"]}),
    "narrow": ("light", 390, {"runOnly": ["target-size", "scrollable-region-focusable", "color-contrast"]}),
}


@pytest.fixture(scope="module")
def served(living: Living) -> Served:
    """The living workspace's console, with something on every page."""
    late = {"source": "late", "type": "llm.request", "subject": "bolt", "time": "2026-10-30T10:00:00Z"}
    hold = {"action": "hold", "source": "living", "id": "req-238", "reason": "odd"}
    void = {"action": "void", "source": "living", "id": "req-7", "reason": "a test of ours"}
    living.ask("POST", "/api/v1/billing/runs", {"period": "2026-10"})
    living.send(
        [{"id": "", "type": "llm.request"}, late | {"id": "1", "data": {"tokens": 9000, "model": "o3"}}]
    )
    for body in (hold, void):
        living.ask("POST", "/api/v1/events/corrections", body)
    opened = living.ask("POST", "/api/v1/backfills", {"reason": "Tuesday was lost"})
    lost = late | {"id": "2", "data": {"tokens": 5000, "model": "o3"}}
    living.ask("POST", "/api/v1/backfills/{id}/events", {"events": [lost]}, id=opened["id"])
    day = {"from": "2026-10-03T00:00:00Z", "to": "2026-10-04T00:00:00Z"}
    living.ask("POST", "/api/v1/backfills/{id}/ranges", {"ranges": [day]}, id=opened["id"])
    living.ask("POST", "/api/v1/reconciliations", {})
    living.workspace.catch_up(10)
    PAGES["backfill"] = f"/console/changes/backfills/{opened['id']}"
    return living.served


@pytest.mark.parametrize("look", list(LOOKS))
def test_axe_finds_nothing_and_nothing_scrolls_sideways(look: str, chromium: Any, served: Served) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    theme, width, rules = LOOKS[look]
    found: dict[str, str] = {}
    with Looking(chromium, served, color_scheme=theme, viewport={"width": width, "height": 900}) as looking:
        for name, path in PAGES.items():
            page = looking.open(path)
            page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
            results = axe.run(page, options=rules)
            if results.violations_count:
                found[name] = results.generate_report()
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found[f"{name} is too wide"] = str(page.evaluate("document.documentElement.scrollWidth"))
        assert looking.complaints == []
    assert not found, "\n".join(f"{where}\n{report}" for where, report in found.items())


def test_charts_are_drawn_from_their_tables(chromium: Any, served: Served) -> None:
    with Looking(chromium, served) as looking:
        page = looking.open(PAGES["grouped"])
        page.locator("figure[data-chart=stack] .chart-box svg").wait_for()
        page.locator("figure[data-chart]").hover()
        page = looking.open(PAGES["lines"])
        page.locator("figure[data-chart=lines] .chart-box svg").wait_for()
        assert looking.complaints == []


def test_a_question_is_asked_without_scripts(chromium: Any, served: Served) -> None:
    with Looking(chromium, served, java_script_enabled=False) as looking:
        page = looking.open("/console/meters")
        page.get_by_role("link", name="Tokens").click()
        page.get_by_label("Period").select_option("custom")
        page.get_by_label("From").fill("2026-10-01")
        page.get_by_label("To, included").fill("2026-10-31")
        page.get_by_label("By").select_option("model")
        page.get_by_role("button", name="Show").click()
        assert page.get_by_role("table", name="Tokens by model", exact=True).locator("tbody tr").count() == 3
        assert page.locator("figure[data-chart=stack] rect").count() > 31
        page.get_by_role("link", name="o3").click()
        assert page.locator("#quantity-table tbody tr").count() == 31


def test_fields_that_do_not_matter_are_put_away(chromium: Any, served: Served) -> None:
    with Looking(chromium, served) as looking:
        page = looking.open("/console/meters/new?type=page.rendered")
        assert not page.get_by_label("read at").is_visible()
        page.get_by_label("The quantity is").select_option("sum")
        assert page.get_by_label("read at").is_visible()
        page = looking.open("/console/meters/tokens?period=last-month")
        assert not page.get_by_label("To, included").is_visible()


def test_new_events_appear_until_paused(chromium: Any, living: Living) -> None:
    with Looking(chromium, living.served) as looking:
        page = looking.open("/console/events")
        living.send([{"id": "fresh-1", "source": "browser", "type": "just.now", "subject": "acme"}])
        page.get_by_text("just.now").first.wait_for(timeout=8_000)
        page.get_by_role("button", name="Live").click()
        assert page.get_by_role("button", name="Paused").is_visible()
        assert looking.complaints == []
