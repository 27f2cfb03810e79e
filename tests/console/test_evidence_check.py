"""Evidence checked in a real Chromium: what holds is ticked, what was tampered with is named, offline too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from steelyard.billing import Document
from steelyard.billing.evidence import build
from steelyard.billing.retroactive import moved_months, revising
from steelyard.catalog import CatalogVersion
from steelyard.contracts import ChangeAction, Subscription, SubscriptionChange
from steelyard.entrypoints.bootstrap import WORKSPACE_FILE, open_workspace
from steelyard.entrypoints.console.api_answers import ApiAnswers
from steelyard.kernel import Period, instant
from steelyard.metering import Attributed, BackfillAction, Backfilled, Range
from steelyard.record import Kind
from steelyard.record.planned import saving, together
from tests.billing_catalog import catalog
from tests.billing_world import World, payload_of_event
from tests.console.looking import RULES, Looking
from tests.console.served import Served

pytestmark = pytest.mark.browser

DECEMBER = instant("2026-12-02T09:00:00Z")


class Billed:
    """A console over a workspace in which October was billed, changed, and adjusted with November."""

    def __init__(self, folder: Path) -> None:
        world = World(folder)
        self.files = fill(world)
        self.vkey = world.vkey
        world.close()
        about = {"name": "Aurelia", "origin": "steelyard.local/test", "created": "2026-09-01T00:00:00Z"}
        (folder / WORKSPACE_FILE).write_text(json.dumps(about))
        self.workspace = open_workspace(folder)
        self.served = Served(ApiAnswers(self.workspace))

    def stop(self) -> None:
        self.served.stop()
        self.workspace.close()


def fill(world: World) -> dict[str, tuple[Document, bytes]]:
    """A customer with usage of each plain aggregation; the documents by month, with their evidence."""
    world.publish(with_all_aggregations(catalog()))
    world.customer("acme", name="Acme Robotics", tax="19")
    world.subscribe("acme", "team", quantities={"seats": "2"})
    world.subscribe("acme", "counter")
    world.subscribe("acme", "levels")
    written = world.use("acme", [llm(n, "2026-10-12", 700_000 + n) for n in range(4)])
    world.use("acme", [sale("s1", "2026-10-13", "3", "0.333")])
    world.use("acme", [level(n, "2026-10-14", value) for n, value in enumerate(["1.5", "7.25", "2"])])
    world.bill()
    world.correct("acme", "void", written.indexes[1])
    world.correct("acme", "amend", written.indexes[0], llm(0, "2026-10-12", 5))
    world.use("acme", [sale("late", "2026-10-30", "10", "0.333"), llm(9, "2026-11-05", 1_500_000)])
    world.use("acme", [level(n, "2026-11-14", value) for n, value in enumerate(["4", "1e1", "0.1"], 5)])
    world.bill("2026-11", at=DECEMBER)
    world.use("acme", [sale("later", "2026-11-30", "1", "5")])
    with_every_change(world)
    with_something_erased(world)
    with_terms_that_changed(world)
    world.fold()
    return {
        month if document.customer == "acme" else f"{document.customer} {month}": (
            document,
            build(document, state=world.state, usage=world.usage, reader=world.reader),
        )
        for month in ("2026-10", "2026-11")
        for document in world.documents(month)
    }


def with_every_change(world: World) -> None:
    """A customer whose usage was held and released, attributed, and replaced by a backfill."""
    world.customer("bolt")
    world.subscribe("bolt", "counter")
    sales = [sale(f"b{n}", "2026-10-13", str(n), "0.5") for n in range(4)]
    first, second, *_ = world.use("bolt", sales).indexes
    world.correct("bolt", "hold", first)
    world.correct("bolt", "hold", second)
    world.bill()
    world.correct("bolt", "release", second)
    event = Raw(payload_of_event("bolt", sale("found", "2026-10-15", "100", "0.5")))
    named = {"source": "test", "id": "found", "by": "finance", "reason": "it is theirs"}
    world.change("bolt", Attributed(of=0, leaf="", after=0, event=event, **named))
    about: dict[str, Any] = {"id": "bf_1", "by": "finance", "reason": "a better file"}
    world.change("bolt", Backfilled(action=BackfillAction.OPEN, **about))
    world.use("bolt", [{**sale("b9", "2026-10-13", "7", "0.5"), "backfill": "bf_1"}])
    whole = Range(customer="bolt", period=Period.month(2026, 10, "UTC"))
    later = {"deprecate": (whole,), "upto": second + 1}
    world.change("bolt", Backfilled(action=BackfillAction.COMMIT, **about, **later))
    world.bill("2026-11", at=DECEMBER)


def with_something_erased(world: World) -> None:
    world.customer("cask")
    world.subscribe("cask", "counter")
    written = world.use("cask", [sale(f"c{n}", "2026-10-13", "1", "0.5") for n in range(3)])
    world.bill()
    world.erase("cask", written.indexes[:1])


def with_terms_that_changed(world: World) -> None:
    """A customer whose pin ended in October, and for whom other terms were agreed once that was billed."""
    (pinned,) = [one.id for one in world.state.find(CatalogVersion)]
    world.publish(with_all_aggregations(catalog(token_price="7")))
    world.customer("dune")
    until = instant("2026-10-17T00:00:00Z")
    seats = {"seats": "2"}
    one = world.subscribe("dune", "team", quantities=seats, catalog=pinned, catalog_until=until)
    days = ("2026-10-12", "2026-10-20", "2026-11-05")
    world.use(
        "dune", [{**llm(n, day, 3_000_000), "id": f"d{n}", "model": "big"} for n, day in enumerate(days)]
    )
    world.bill()
    more = SubscriptionChange(
        id="chg_1", effective_from=until, action=ChangeAction.AMEND, by="ada", recorded_at=DECEMBER,
        quantities={"seats": Decimal(6)}, add=("small",),
    )  # fmt: skip
    changed = replace(one, changes=(more,))
    moved = moved_months(world.books, subscriptions=[changed])
    row = world.state.version(Subscription, one.id)
    revision = revising(moved, at=DECEMBER, by="ada", reason="late", entropy=bytes(10))
    write = together([saving(Kind.SUBSCRIPTION, "dune", changed, one.id, row), revision])
    assert write is not None
    world.writer.submit(write).result()
    world.use("dune", [{**llm(9, "2026-10-21", 1_000_000), "id": "d9"}])
    world.bill("2026-11", at=DECEMBER)


def llm(number: int, day: str, tokens: int) -> dict[str, Any]:
    model = ("big", "small")[number % 2]
    head = {"type": "llm", "id": f"l{number}", "time": f"{day}T10:00:00Z"}
    return {**head, "tokens": tokens, "model": model, "user": f"ü{number % 2}"}


def sale(id: str, day: str, pieces: str, price: str) -> dict[str, Any]:
    return {"type": "sale", "id": id, "time": f"{day}T10:00:00Z", "pieces": pieces, "price": price}


def level(number: int, day: str, value: str) -> dict[str, Any]:
    return {"type": "level", "id": f"v{number}", "time": f"{day}T0{number}:00:00Z", "n": value}


def with_all_aggregations(values: dict[str, Any]) -> dict[str, Any]:
    """The catalog with a plan that charges the count, highest, lowest, latest and average of levels."""
    kept = {"owner": "Ada", "definition": "As agreed."}
    values["event_types"].append({"name": "level", "class": "billable", "description": "d"})
    rates = values["rate_cards"][0]["rates"]
    for aggregation in ("count", "max", "min", "latest", "average"):
        meter = {"event_types": ["level"], "aggregation": aggregation}
        meter |= {} if aggregation == "count" else {"value": "$.n"}
        values["metrics"].append(
            {**kept, "key": aggregation, "name": aggregation.title(), "unit": "points", "meter": meter}
        )
        rate = {**kept, "key": f"level_{aggregation}", "name": f"Level {aggregation}", "model": "per_unit"}
        rates.append({**rate, "metric": aggregation, "unit_amount": "0.70"})
    items = [{"price": rate["key"]} for rate in rates if rate["key"].startswith("level_")]
    plan = {**kept, "key": "levels", "name": "Levels", "product": "levels", "currency": "USD", "items": items}
    values["products"].append({**kept, "key": "levels", "name": "Levels"})
    values["plans"].append(plan)
    return values


@pytest.fixture(scope="module")
def billed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Billed]:
    found = Billed(tmp_path_factory.mktemp("evidence"))
    yield found
    found.stop()


def checked(page: Any) -> tuple[str, list[str], list[str]]:
    """The verdict, what holds, and what fails or is left open, in the words of the page."""
    page.wait_for_selector("[data-verdict]", timeout=20_000)
    verdict = page.get_attribute("[data-evidence-result]", "data-verdict")
    good = page.locator(".checks li.ok").all_inner_texts()
    other = page.locator(".checks li:not(.ok)").all_inner_texts()
    return verdict, good, other


@pytest.mark.parametrize("month", ["2026-10", "2026-11"])
def test_every_line_is_measured_again_from_the_fetched_file(month: str, chromium: Any, billed: Billed):
    document, _ = billed.files[month]
    with Looking(chromium, billed.served) as looking:
        page = looking.open(f"/console/invoices/{document.id}")
        page.click("[data-evidence-fetch]")
        verdict, good, other = checked(page)
        assert (verdict, other, looking.complaints) == ("ok", [], [])
        measured = [text for text in good if "measured again" in text]
        assert len(measured) == len([line for line in document.lines if line.metric])
        assert any("is unbroken" in text for text in good)
        assert any("is signed by this key" in text for text in good)


@pytest.mark.parametrize("month", ["2026-10", "2026-11"])
def test_a_month_of_two_catalogs_and_of_terms_agreed_later_is_measured_again(
    month: str, chromium: Any, billed: Billed
):
    document, _ = billed.files[f"dune {month}"]
    with Looking(chromium, billed.served) as looking:
        page = looking.open(f"/console/invoices/{document.id}")
        page.click("[data-evidence-fetch]")
        verdict, good, other = checked(page)
        assert (verdict, other, looking.complaints) == ("ok", [], [])
        assert len([text for text in good if "measured again" in text]) == len(
            [line for line in document.lines if line.metric]
        )


def test_the_page_tells_what_changed_and_what_was_adjusted(chromium: Any, billed: Billed):
    october, november = billed.files["2026-10"][0], billed.files["2026-11"][0]
    with Looking(chromium, billed.served) as looking:
        page = looking.open(f"/console/invoices/{november.id}")
        assert "Changed since billed: +1 event." in page.inner_text(".notice")
        assert f"Adjustment of October 2026, billed on {october.number}" in page.inner_text(".lines")
        page = looking.open(f"/console/invoices/{october.id}")
        assert page.inner_text(".notice") == f"Adjusted by {november.number}."


def tampered(data: bytes) -> dict[str, bytes]:
    """The file with a bit flipped in each of its parts, with an event left out, and with another amount."""
    parts = {name: data.index(f'"{name}":'.encode()) + 40 for name in ("checkpoint", "document", "section")}
    found = {name: flipped(data, place) for name, place in parts.items()}
    evidence = json.loads(data)
    entries = evidence["section"]["entries"]
    del entries[1]
    found["left out"] = (
        json.dumps(evidence, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    ).encode()
    found["amount"] = data.replace(b"1500000", b"1500001")
    return found


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def test_a_file_from_disk_is_checked_without_a_network_and_tampering_is_named(chromium: Any, billed: Billed):
    _, data = billed.files["2026-11"]
    with Looking(chromium, billed.served) as looking:
        page = looking.open("/console/check")
        page.context.set_offline(True)
        choose(page, data)
        assert checked(page)[0] == "ok"
        for name, changed in tampered(data).items():
            choose(page, changed)
            verdict, _, other = checked(page)
            assert (name, verdict, len(other)) == (name, "bad", 1), other


def test_it_applies_every_kind_of_change(chromium: Any, billed: Billed):
    with Looking(chromium, billed.served) as looking:
        page = looking.open("/console/check")
        for name in ("bolt 2026-10", "bolt 2026-11"):
            choose(page, billed.files[name][1])
            verdict, good, other = checked(page)
            assert (name, verdict, other) == (name, "ok", [])
            assert sum("measured again" in text for text in good) == 1


def test_what_was_erased_is_left_open_and_said(chromium: Any, billed: Billed):
    with Looking(chromium, billed.served) as looking:
        page = looking.open("/console/check")
        choose(page, billed.files["cask 2026-10"][1])
        verdict, _, other = checked(page)
        assert verdict == "ok"
        assert "1 entry was erased, as the record tells" in other[0]
        assert "not measured here (events were erased)" in other[1]
        assert "What can be checked in a browser holds" in page.inner_text(".check-result .verdict")


def choose(page: Any, data: bytes) -> None:
    page.evaluate("delete document.querySelector('[data-evidence-result]').dataset.verdict")
    page.set_input_files(
        "[data-evidence-file]", {"name": "e.json", "mimeType": "application/json", "buffer": data}
    )


def test_another_key_proves_nothing(chromium: Any, billed: Billed):
    _, data = billed.files["2026-10"]
    with Looking(chromium, billed.served) as looking:
        page = looking.open("/console/check")
        page.fill(
            "[data-evidence-key]",
            "steelyard.local/test+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        )
        choose(page, data)
        verdict, good, other = checked(page)
        assert (verdict, good, len(other)) == ("bad", [], 1)


def test_it_checks_nothing_it_cannot_read(chromium: Any, billed: Billed):
    with Looking(chromium, billed.served) as looking:
        page = looking.open("/console/check")
        for data in (b"", b"{}", b"\xff", b"[" * 100_000, b'{"format":"steelyard.evidence/1"}'):
            choose(page, data)
            verdict, good, _ = checked(page)
            assert (verdict, good) == ("bad", [])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_a_checked_document(theme: str, chromium: Any, billed: Billed):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    document, _ = billed.files["2026-11"]
    with Looking(chromium, billed.served, color_scheme=theme) as looking:
        page = looking.open(f"/console/invoices/{document.id}")
        page.click("[data-evidence-fetch]")
        checked(page)
        results = axe.run(page, options=RULES)
        assert results.violations_count == 0, results.generate_report()
        results = axe.run(looking.open("/console/check"), options=RULES)
        assert results.violations_count == 0, results.generate_report()
