"""The console in a real Chromium: readable without scripts, without violations, accessible in both themes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.looking import RULES, Looking
from tests.console.served import Served

pytestmark = pytest.mark.browser

INVOICE = "/console/invoices/inv_01k9x2v0m4"
PAGES = {
    "home": "/console",
    "customers": "/console/customers",
    "customer": "/console/customers/northwind-robotics",
    "events": "/console/events?status=unattributed",
    "invoices": "/console/invoices",
    "invoice": INVOICE,
    "trace": f"{INVOICE}?line=ln_09",
    "record": "/console/record",
    "missing": "/console/nothing",
}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(theme: str, chromium: Any, console: Served) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = {}
    for width, names in ((1440, list(PAGES)), (390, ["customer", "trace"] if theme == "light" else [])):
        with Looking(
            chromium, console, color_scheme=theme, viewport={"width": width, "height": 900}
        ) as looking:
            for name in names:
                page = looking.open(PAGES[name])
                page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
                results = axe.run(page, options=RULES)
                if results.violations_count:
                    found[f"{name} at {width}"] = results.generate_report()
    assert not found, "\n".join(f"{where}\n{report}" for where, report in found.items())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_first_day_and_at_the_door(
    theme: str, chromium: Any, empty_console: Served
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with Looking(chromium, empty_console, color_scheme=theme) as looking:
        paths = [PAGES[name] for name in ("home", "customers", "events", "invoices", "record")]
        for path in [*paths, "/console/sign-in", "/console/sign-in?token=spent"]:
            results = axe.run(looking.open(path), options=RULES)
            assert results.violations_count == 0, f"{path}\n{results.generate_report()}"


def test_no_page_breaks_its_content_security_policy(chromium: Any, console: Served) -> None:
    with Looking(chromium, console) as looking:
        for path in PAGES.values():
            page = looking.open(path)
            chart = page.locator("figure[data-chart]")
            if chart.count():
                chart.locator("svg").first.wait_for()
                chart.hover()
            page.wait_for_timeout(50)
        assert looking.complaints == []


@pytest.mark.parametrize("width", [375, 390, 768, 1024, 1600])
def test_no_page_scrolls_sideways(width: int, chromium: Any, console: Served) -> None:
    with Looking(chromium, console, viewport={"width": width, "height": 844}) as looking:
        wide = {
            name: found
            for name, path in PAGES.items()
            if (found := looking.open(path).evaluate("document.documentElement.scrollWidth")) > width
        }
    assert wide == {}


def test_pages_read_without_scripts(chromium: Any, console: Served) -> None:
    with Looking(chromium, console, java_script_enabled=False) as looking:
        home = looking.open("/console")
        assert home.locator("figure[data-chart] rect").count() == 31, "the server draws the chart"
        assert home.locator("#events-table tbody tr").count() == 31
        invoice = looking.open(INVOICE)
        invoice.get_by_role("link", name="Agent calls").click()
        assert "line=ln_09" in invoice.url
        assert invoice.locator("#trace .verdict.ok").is_visible()
        invoice.get_by_role("link", name="Receipt of entry 55").click()
        assert invoice.get_by_text("Receipt of entry 55", exact=True).is_visible()
        record = looking.open("/console/record")
        record.get_by_role("button", name="Verify the record").click()
        assert record.get_by_text("The record is sound").is_visible()
        assert not record.get_by_role("button", name="Copy").first.is_visible()


def test_a_line_opens_its_trace_in_place(chromium: Any, console: Served) -> None:
    with Looking(chromium, console) as looking:
        page = looking.open(INVOICE)
        page.evaluate("window.untouched = true")
        page.get_by_role("link", name="Agent calls").click()
        page.locator("#trace .verdict.ok").wait_for()
        assert page.evaluate("window.untouched"), "htmx swaps; the page is not loaded again"
        assert "line=ln_09" in page.url
        assert page.evaluate("document.activeElement.id") == "trace-title"
        page.get_by_role("button", name="Compute it in this browser").click()
        page.get_by_text("Computed here: the same root.").wait_for()
        page.get_by_role("link", name="Receipt of entry 62").click()
        page.get_by_text("Receipt of entry 62", exact=True).wait_for()
        page.get_by_role("link", name="Close the trace").click()
        page.get_by_text("From line to proof").wait_for()
        assert looking.complaints == []


def test_a_metric_is_switched_in_place_and_its_chart_drawn_again(chromium: Any, console: Served) -> None:
    with Looking(chromium, console) as looking:
        page = looking.open(PAGES["customer"])
        page.get_by_role("link", name="Output tokens").click()
        page.get_by_role("heading", name="Output tokens per day").wait_for()
        page.locator("figure[data-chart] .chart-box svg").wait_for()
        assert "metric=output-tokens" in page.url
        assert looking.complaints == []


def test_the_record_verifies_and_its_entries_are_live_until_paused(chromium: Any, console: Served) -> None:
    with Looking(chromium, console) as looking:
        page = looking.open(PAGES["record"])
        page.get_by_role("button", name="Verify the record").click()
        page.get_by_text("The record is sound").wait_for()
        with page.expect_response("**/console/record/entries", timeout=8_000):
            pass
        page.get_by_role("button", name="Live").click()
        assert page.get_by_role("button", name="Paused").is_visible()
        assert page.locator("#entries tr").count() == 20
        assert looking.complaints == []


def test_the_theme_can_be_chosen_and_stays(chromium: Any, console: Served) -> None:
    with Looking(chromium, console, color_scheme="light") as looking:
        page = looking.open("/console")
        before = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.get_by_role("button", name="Switch between light and dark").click()
        after = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert before != after
        page = looking.open("/console/record")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == after


def test_the_keyboard_reaches_the_content_first(chromium: Any, console: Served) -> None:
    with Looking(chromium, console) as looking:
        page = looking.open("/console")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_the_first_page_is_there_within_a_second_and_does_not_shift(chromium: Any, console: Served) -> None:
    with Looking(chromium, console) as looking:
        page = looking.open("/console")
        page.wait_for_timeout(300)
        took = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
        shift = page.evaluate(
            """() => new Promise((done) => {
                let sum = 0;
                new PerformanceObserver((list) => {
                    for (const entry of list.getEntries()) sum += entry.value;
                }).observe({ type: "layout-shift", buffered: true });
                setTimeout(() => done(sum), 100);
            })"""
        )
    assert took <= 1000
    assert shift < 0.01
