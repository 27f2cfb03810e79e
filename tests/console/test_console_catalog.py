"""The catalog in the console: edited, shown with money, agreed to, published, gone back, looked back at."""

from __future__ import annotations

import html
from typing import Any

import pytest

from steelyard.access import Role
from steelyard.entrypoints.console.sessions import COOKIE
from tests.api.staff import person, token
from tests.console.living import CATALOG, Living
from tests.console.looking import RULES, Looking
from tests.console.served import Visitor

OURS = {"sec-fetch-site": "same-origin"}
NOTED = CATALOG.replace("rate_cards:", "# agreed with Zoë\nrate_cards:")
GOVERNANCE = "governance: {executive: eve@acme.example, increase_percent: 15}\n"
SAID = {
    "hypothesis": "Teams would pay more.",
    "expected_effect": "Five percent.",
    "trade_off": "Some leave.",
    "success_measure": "Net revenue.",
    "review_date": "2099-01-01",
}


@pytest.fixture(scope="module")
def shop(living: Living) -> Living:
    """The living workspace, governed: Pam sells, Fin counts, Eve decides, Gus only reads."""
    files = [{"name": "all.yaml", "text": NOTED + GOVERNANCE}]
    living.ask("POST", "/api/v1/catalog/versions", {"files": files, "note": "governed from now on"})
    people = {"pam": Role.PRODUCT, "fin": Role.FINANCE, "eve": Role.EXECUTIVE, "gus": Role.GUEST}
    for name, role in people.items():
        person(living.workspace, name, role)
    return living


def comes_in(living: Living, name: str) -> Visitor:
    """Somebody who is signed in by name."""
    visitor = Visitor(living.served)
    visitor.cookies[COOKIE] = token(living.workspace, f"person_{name}")
    return visitor


def text_of(living: Living) -> str:
    found = living.ask("GET", "/api/v1/catalog/versions/{id}/source", id="live")
    return found["files"][0]["text"]


def form_with(text: str, **fields: str) -> dict[str, Any]:
    return {"file": "all.yaml", "text": text, **fields}


def test_the_page_shows_what_is_live_and_every_release(shop: Living, finance: Visitor) -> None:
    page = finance.get("/console/catalog").text
    newest = shop.ask("GET", "/api/v1/catalog/log")["items"][0]
    assert f'href="/console/catalog/releases/{newest["number"]}"' in page
    assert "Platform fee, Tokens" in page
    assert "What it changed" in finance.get(f"/console/catalog/releases/{newest['number']}").text
    assert finance.get("/console/catalog/releases/999").status == 404


def test_numbers_are_edited_where_they_stand(shop: Living) -> None:
    pam = comes_in(shop, "pam")
    page = pam.get("/console/catalog/edit").text
    assert 'value="49"' in page
    name = page.split('name="n:')[1].split('"')[0]
    seen = pam.post(
        "/console/catalog/preview", OURS, form_with(text_of(shop), **{f"n:{name}": "49.50", "note": ""})
    )
    assert "49 → 49.5" in seen.text
    assert "amount: 49.50" in seen.text
    assert "agreed with Zoë" in seen.text


def test_every_mistake_is_told_with_its_line(shop: Living) -> None:
    wrong = text_of(shop).replace("model: flat", "model: flut").replace("price: token-price", "price: tokn")
    page = comes_in(shop, "pam").post("/console/catalog/preview", OURS, form_with(wrong)).text
    assert "2 reasons why this cannot be published" in page
    assert "all.yaml, line" in page
    assert "/console/catalog/publish" not in page


def test_a_sensitive_change_without_a_reason_is_asked_for_it_where_it_is_sent(shop: Living) -> None:
    pam = comes_in(shop, "pam")
    dearer = text_of(shop).replace("amount: 49}", "amount: 89}")
    preview = pam.post("/console/catalog/preview", OURS, form_with(dearer)).text
    assert "Ask finance and executive" in preview
    for name in ("hypothesis", "expected_effect", "trade_off", "success_measure"):
        assert f'<input id="{name}" name="{name}" maxlength="2000" required' in preview
    refused = pam.post("/console/catalog/publish", OURS, form_with(dearer, note="it rises"))
    assert "Nothing was published: " in refused.text
    assert "a sensitive change says its hypothesis" in refused.text
    assert 'value="it rises"' in refused.text
    assert "amount: 89}" in refused.text
    assert "amount: 89}" not in text_of(shop)


def test_a_sensitive_change_says_why_is_agreed_to_and_published(shop: Living) -> None:
    pam = comes_in(shop, "pam")
    dearer = text_of(shop).replace("amount: 49}", "amount: 79}")
    preview = pam.post("/console/catalog/preview", OURS, form_with(dearer, **SAID)).text
    assert "Ask finance and executive" in preview
    assert "Who wins and who loses" in preview
    sent = pam.post("/console/catalog/publish", OURS, form_with(dearer, **SAID, note="the fee rises"))
    assert sent.status == 303
    where = sent.headers["location"]
    assert "done=waiting" in where
    waiting = pam.get(where).text
    assert "Nothing is published yet" in waiting
    assert "Teams would pay more." in waiting
    id = where.rsplit("/", 1)[1].split("?")[0]
    one = shop.ask("GET", "/api/v1/catalog/proposals/{id}", id=id)
    for name in ("fin", "eve"):
        visitor = comes_in(shop, name)
        answer = {"answer": "agree", "reason": "seen", "digest": one["id"]}
        assert visitor.post(f"/console/reviews/{one['review']}", OURS, answer).status == 303
    done = pam.post(f"/console/catalog/proposals/{id}", OURS, {})
    assert done.headers["location"] == "/console/catalog?done=published"
    assert "amount: 79}" in text_of(shop)
    number = shop.ask("GET", "/api/v1/catalog/log")["items"][0]["number"]
    release = pam.get(f"/console/catalog/releases/{number}").text
    assert "Net revenue." in release
    looked = {"verdict": "keep", "finding": "Six percent more."}
    assert pam.post(f"/console/catalog/releases/{number}", OURS, looked).status == 303
    assert "Six percent more." in pam.get(f"/console/catalog/releases/{number}").text


def test_going_back_is_shown_before_it_is_done(shop: Living) -> None:
    pam = comes_in(shop, "pam")
    before = shop.ask("GET", "/api/v1/catalog/log")["items"][1]
    page = pam.get(f"/console/catalog/releases/{before['number']}?back=1").text
    assert "Go back to release" in page
    body = {"version": before["version"], "note": "a mistake"}
    done = pam.post("/console/catalog/rollback", OURS, body)
    assert done.headers["location"] == "/console/catalog?done=published"
    assert shop.ask("GET", "/api/v1/catalog/log")["items"][0]["note"] == "a mistake"


def test_who_only_reads_changes_nothing(shop: Living) -> None:
    gus = comes_in(shop, "gus")
    number = shop.ask("GET", "/api/v1/catalog/log")["items"][0]["number"]
    assert gus.get("/console/catalog").status == 200
    for path, form in (
        ("/console/catalog/publish", form_with(text_of(shop).replace("49", "48"), note="x")),
        ("/console/catalog/rollback", {"version": "1", "note": "x"}),
        ("/console/migrations", {"name": "n", "reason": "r", "on": "2099-01-01"}),
    ):
        assert gus.post(path, OURS, form).status == 403
    assert shop.ask("GET", "/api/v1/catalog/log")["items"][0]["number"] == number


def test_a_migration_is_previewed_announced_compared_and_taken_back(shop: Living) -> None:
    pam = comes_in(shop, "pam")
    owner = Visitor(shop.served).sign_in()
    said = ", ".join(f"{name}: {value}" for name, value in SAID.items())
    new = f"change: {{{said}, rollout: {{to: new}}}}\n"
    cheaper = text_of(shop).replace("amount: 49}", "amount: 48}")
    files = [{"name": "all.yaml", "text": cheaper}, {"name": "why.yaml", "text": new}]
    shop.ask("POST", "/api/v1/catalog/versions", {"files": files})
    asked = "name=One+list&reason=simple&to=live&on=2099-01-01&dual=2099-06-01"
    preview = owner.get(f"/console/migrations?{asked}").text
    assert "3 customers would move" in preview
    assert "acme for example: <q>From 1 January 2099 on your subscription has other prices." in preview
    form = {"name": "One list", "reason": "simple", "to": "live", "on": "2099-01-01", "dual": "2099-06-01"}
    where = owner.post("/console/migrations", OURS, form).headers["location"].split("?")[0]
    page = owner.get(f"{where}?period=2026-10").text
    assert page.count("side by side") == 3
    both = owner.get(f"{where}/acme?period=2026-10").text
    assert "not due" in both
    pdf = owner.get(f"{where}/acme.pdf?period=2026-10&side=new")
    assert (pdf.status, pdf.content[:4]) == (200, b"%PDF")
    notice = next(one for one in shop.ask("GET", "/api/v1/notices")["items"] if one["customer"] == "acme")
    assert notice["text"] in html.unescape(page)
    noted = {"notice": notice["id"], "step": "told", "how": "mail"}
    assert owner.post(f"{where}/notices", OURS, noted).status == 303
    assert "They know" in owner.get(where).text
    assert owner.post(f"{where}/notices", OURS, noted | {"step": "acknowledged"}).status == 303
    assert "acknowledged" in owner.get(where).text
    assert "never moves" in owner.get(f"{where}?reverse=1").text
    assert owner.post(where, OURS, {"reason": "no"}).status == 303
    assert "reversed" in owner.get(where).text
    assert pam.get("/console/migrations").status == 200


LOOKS: dict[str, tuple[str, int, dict[str, Any]]] = {
    "light": ("light", 1440, RULES),
    "dark": ("dark", 1440, {"runOnly": ["color-contrast", "link-in-text-block"]}),
    "narrow": ("light", 390, {"runOnly": ["target-size", "scrollable-region-focusable", "color-contrast"]}),
}


@pytest.mark.browser
@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(look: str, chromium: Any, shop: Living) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    scheme, width, rules = LOOKS[look]
    settings: dict[str, Any] = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    migration = shop.ask("GET", "/api/v1/migrations")["items"][0]["id"]
    proposal = shop.ask("GET", "/api/v1/catalog/proposals")["items"][0]["id"]
    pages = (
        "/console/catalog",
        "/console/catalog/edit?view=files",
        "/console/catalog/releases/1",
        "/console/catalog/releases/1?back=1",
        f"/console/catalog/proposals/{proposal}",
        "/console/migrations",
        f"/console/migrations/{migration}?period=2026-10",
        f"/console/migrations/{migration}/acme?period=2026-10",
        "/console/catalog/edit",
        "PREVIEW",
    )
    with Looking(chromium, shop.served, **settings) as looking:
        for path in pages:
            page = looking.page
            if path == "PREVIEW":
                page.fill("input[name^='n:'] >> nth=0", "50")
                page.click("button:has-text('See what would change')")
                page.wait_for_selector("h1:has-text('What would change')")
            else:
                page = looking.open(path)
            said = axe.run(page, options=rules)
            assert not said.response["violations"], (path, said.generate_report())
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert looking.complaints == []
