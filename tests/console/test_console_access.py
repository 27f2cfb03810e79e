"""The pages about people and reviews: coming in, inviting, agreeing; and what strangers try at them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from steelyard.access import NewReview, Person, Review, Role, request_review
from steelyard.entrypoints.console.sessions import COOKIE
from steelyard.entrypoints.door import Door
from steelyard.record.planned import Planned
from tests.api.staff import CHEAP, PASSWORD, person, token
from tests.console.living import Living
from tests.console.looking import RULES, Looking
from tests.console.served import Visitor

GUESTS = (
    "/queues",
    "/changes",
    "/outcomes",
    "/catalog",
    "/reconciliation",
    "/customers",
    "/customers/acme",
    "/contracts",
    "/invoices",
    "/credit",
    "/migrations",
)
"""Pages that offer a guest nothing to do; what is tried out on others writes nothing."""
OURS = {"sec-fetch-site": "same-origin"}
SHOWN = "plans.pro.items[0].unit_amount: 10 → 12\n312 customers follow, 41 of them pay more than 20 % more."


@pytest.fixture(scope="module")
def workplace(living: Living) -> Living:
    living.workspace.door = Door(
        living.workspace.state, living.workspace.writer, living.workspace.roster, CHEAP
    )
    person(living.workspace, "paula", Role.PRODUCT)
    person(living.workspace, "fritz", Role.FINANCE)
    person(living.workspace, "elena", Role.EXECUTIVE, deputy="person_fritz")
    person(living.workspace, "gustav", Role.GUEST)
    person(living.workspace, "sam", Role.SALES, customers=("acme",))
    person(living.workspace, "ana", Role.CUSTOMER_ADMIN, customer="acme")
    person(living.workspace, "olga", Role.OWNER, Role.FINANCE, Role.EXECUTIVE)
    return living


def comes_in(living: Living, name: str) -> Visitor:
    """Somebody who is signed in by name."""
    visitor = Visitor(living.served)
    visitor.cookies[COOKIE] = token(living.workspace, f"person_{name}")
    return visitor


def asked(living: Living, digest: str, *requires: Role, **more: Any) -> Review:
    """A review that Paula asks for."""
    given: dict[str, Any] = {"about": "catalog:publish", "digest": digest, "summary": "Pro 10 → 12 EUR"}
    given |= {"by": "person_paula", "reason": "costs rose", "shown": SHOWN, **more}
    planned = request_review(
        living.workspace.state,
        NewReview(**given, requires=requires),
        at=datetime.now(UTC),
        entropy=digest.encode().ljust(10, b"."),
    )
    assert isinstance(planned, Planned), planned
    assert planned.write is not None
    living.workspace.writer.submit(planned.write).result()
    return planned.record


def test_an_invited_person_comes_in_by_the_link_and_later_by_password(workplace: Living) -> None:
    owner = Visitor(workplace.served).sign_in()
    made = owner.post(
        "/console/people", OURS, {"name": "Nora", "email": "nora@acme.example", "roles": ["finance"]}
    )
    link = re.search(r"/console/invitation\?token=iv_[\w-]+", made.text)
    assert link is not None, made.text
    nora = Visitor(workplace.served)
    assert "Choose a password" in nora.get(link[0]).text
    secret = link[0].partition("token=")[2]
    form = {"token": secret, "password": PASSWORD, "again": "another one entirely"}
    assert "differ" in nora.post("/console/invitation", OURS, form).text
    accepted = nora.post("/console/invitation", OURS, form | {"again": PASSWORD})
    assert accepted.status == 200
    assert "Nora" in nora.get("/console/me").text
    replay = Visitor(workplace.served).post("/console/invitation", OURS, form | {"again": PASSWORD})
    assert replay.status == 403
    assert COOKIE not in replay.headers.get("set-cookie", "")
    later = Visitor(workplace.served)
    signed = later.post("/console/sign-in", OURS, {"email": "nora@acme.example", "password": PASSWORD})
    assert signed.status == 200
    assert "httponly" in signed.headers["set-cookie"].lower()
    assert later.get("/console/me").status == 200


def test_a_wrong_password_says_nothing_more_and_opens_nothing(workplace: Living) -> None:
    visitor = Visitor(workplace.served)
    texts = []
    for email in ("nora@acme.example", "nobody@acme.example"):
        refused = visitor.post("/console/sign-in", OURS, {"email": email, "password": "wrong"})
        assert refused.status == 401
        assert COOKIE not in visitor.cookies
        texts.append(refused.text.replace(email, ""))
    assert texts[0] == texts[1]


def test_signing_in_takes_no_session_that_was_planted(workplace: Living) -> None:
    planted = token(workplace.workspace, "person_gustav")
    victim = Visitor(workplace.served)
    victim.cookies[COOKIE] = planted
    victim.get(workplace.served.sign_in_path())
    assert victim.cookies[COOKIE] != planted
    attacker = Visitor(workplace.served)
    attacker.cookies[COOKIE] = planted
    assert attacker.get("/console/me").status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
    ids=str,
)
def test_forms_of_other_sites_do_nothing(workplace: Living, headers: dict[str, str]) -> None:
    review = asked(workplace, f"sha256:csrf{sorted(headers.items())}"[:60], Role.FINANCE)
    fritz = comes_in(workplace, "fritz")
    body = {"answer": "agree", "reason": "x", "digest": review.digest}
    before = len(workplace.workspace.state.find(Person))
    for path, form in (
        (f"/console/reviews/{review.id}", body),
        ("/console/people", {"name": "E", "email": "e@x.example", "roles": ["owner"]}),
        ("/console/me/password", {"current": "a", "password": "b", "again": "b"}),
        ("/console/sign-in", {"email": "nora@acme.example", "password": PASSWORD}),
        ("/console/invitation", {"token": "iv_x", "password": PASSWORD, "again": PASSWORD}),
    ):
        assert fritz.post(path, headers, form).status == 403, path
    assert fritz.post("/console/sign-out", headers).status == 303
    assert fritz.get("/console/me").status == 200
    kept = workplace.workspace.state.get(Review, review.id)
    assert kept is not None
    assert kept.answers == ()
    assert len(workplace.workspace.state.find(Person)) == before


def test_a_review_waits_with_a_badge_and_is_answered_with_a_reason(workplace: Living) -> None:
    review = asked(workplace, "sha256:agree", Role.EXECUTIVE, executive="person_elena")
    elena = comes_in(workplace, "elena")
    assert "wait for you" in elena.get("/console/customers").text
    page = elena.get(f"/console/reviews/{review.id}").text
    assert "312 customers follow" in page
    assert review.digest in page
    form = {"answer": "agree", "reason": "worth it", "digest": review.digest}
    assert elena.post(f"/console/reviews/{review.id}", OURS, form | {"digest": "sha256:other"}).status == 409
    assert elena.post(f"/console/reviews/{review.id}", OURS, form | {"reason": ""}).status == 422
    assert elena.post(f"/console/reviews/{review.id}", OURS, form).status == 303
    after = elena.get(f"/console/reviews/{review.id}").text
    assert "worth it" in after
    assert "agreed" in after
    assert elena.post(f"/console/reviews/{review.id}", OURS, form).status == 409


def test_a_deputy_sees_in_whose_place_they_answer(workplace: Living) -> None:
    review = asked(workplace, "sha256:deputy", Role.EXECUTIVE)
    fritz = comes_in(workplace, "fritz")
    assert "in the place of Elena" in fritz.get(f"/console/reviews/{review.id}").text
    form = {"answer": "refuse", "reason": "not now", "digest": review.digest}
    assert fritz.post(f"/console/reviews/{review.id}", OURS, form).status == 303
    text = fritz.get(f"/console/reviews/{review.id}").text
    assert "refused" in text
    assert "in the place of Elena" in text


@pytest.mark.parametrize("name", ["paula", "gustav", "sam"])
def test_who_is_not_asked_gets_no_buttons_and_no_say(workplace: Living, name: str) -> None:
    review = asked(workplace, f"sha256:no{name}", Role.FINANCE)
    visitor = comes_in(workplace, name)
    assert "Your answer" not in visitor.get(f"/console/reviews/{review.id}").text
    form = {"answer": "agree", "reason": "x", "digest": review.digest}
    assert visitor.post(f"/console/reviews/{review.id}", OURS, form).status == 403


def test_a_guest_reads_every_page_and_changes_nothing(workplace: Living) -> None:
    guest = comes_in(workplace, "gustav")
    for path in ("", "/customers", "/invoices", "/people", "/roles", "/reviews", "/deeds", "/record", "/me"):
        assert guest.get(f"/console{path}").status == 200, path
    assert "Invite somebody" not in guest.get("/console/people").text
    for path in GUESTS:
        page = guest.get(f"/console{path}").text.partition("<main")[2]
        assert 'method="post"' not in page, path
    asked_in = {"name": "E", "email": "e@x.example", "roles": ["guest"]}
    assert guest.post("/console/people", OURS, asked_in).status == 200
    assert not [one for one in workplace.workspace.state.find(Person) if one.email == "e@x.example"]
    assert guest.post("/console/people/person_fritz/leave", OURS).status == 403


def test_whoever_looks_after_some_customers_sees_those_alone(workplace: Living) -> None:
    sam = comes_in(workplace, "sam")
    seen = sam.get("/console/customers").text
    assert "Acme" in seen
    assert "Bolt" not in seen
    assert sam.get("/console/customers/acme").status == 200
    assert sam.get("/console/customers/bolt").status == 404


def test_whoever_may_not_see_the_figures_begins_where_they_may(workplace: Living) -> None:
    person(workplace.workspace, "vera", Role.CUSTOMER_VIEWER, customer="acme")
    for name, place in (("vera", "/console/customers/acme"), ("sam", "/console/customers")):
        visitor = comes_in(workplace, name)
        begun = visitor.get("/console")
        assert (begun.status, begun.headers["location"]) == (303, place)
        assert visitor.get(place).status == 200


def test_a_customers_viewer_sees_their_own_customer_and_no_other(workplace: Living) -> None:
    person(workplace.workspace, "vera", Role.CUSTOMER_VIEWER, customer="acme")
    vera = comes_in(workplace, "vera")
    assert "Bolt" not in vera.get("/console/customers").text
    for path in ("/customers/bolt", "/invoices", "/people", "/deeds", "/catalog", "/reviews"):
        assert vera.get(f"/console{path}").status in (403, 404), path


def test_a_review_says_how_long_it_waits_and_what_its_author_does_then(workplace: Living) -> None:
    about = "credits.grant /api/v1/credits/lots"
    review = asked(workplace, "ask_hint", Role.EXECUTIVE, about=about)
    paula, elena = (
        comes_in(workplace, name).get(f"/console/reviews/{review.id}").text for name in ("paula", "elena")
    )
    assert "6 days left" in paula
    assert "Nothing has happened yet" in paula
    assert "Nothing has happened yet" not in elena


def test_the_last_link_owner_survives_a_restart_of_the_console(workplace: Living) -> None:
    owner = Visitor(workplace.served).sign_in()
    digest_only = workplace.folder.glob("steelyard.sqlite*")
    secret = owner.cookies[COOKIE].encode()
    assert all(secret not in path.read_bytes() for path in digest_only)
    assert owner.get("/console/me").status == 200


PAGES = {
    "people": "/console/people",
    "person": "/console/people/person_elena",
    "roles": "/console/roles",
    "deeds": "/console/deeds",
    "me": "/console/me",
    "reviews": "/console/reviews",
    "review": "REVIEW",
    "invitation": "/console/invitation?token=iv_none",
}
LOOKS: dict[str, tuple[str, int, dict[str, Any]]] = {
    "light": ("light", 1440, RULES),
    "dark": ("dark", 1440, {"runOnly": ["color-contrast", "link-in-text-block"]}),
    "narrow": ("light", 390, {"runOnly": ["target-size", "scrollable-region-focusable", "color-contrast"]}),
}


@pytest.mark.browser
@pytest.mark.parametrize("look", list(LOOKS))
def test_axe_finds_nothing_and_nothing_scrolls_sideways(look: str, chromium: Any, workplace: Living) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    theme, width, rules = LOOKS[look]
    review = asked(workplace, f"sha256:look{look}", Role.FINANCE, Role.EXECUTIVE)
    found: dict[str, str] = {}
    size = {"width": width, "height": 900}
    with Looking(chromium, workplace.served, viewport=size, color_scheme=theme) as looking:
        cookie = {"name": COOKIE, "value": token(workplace.workspace, "person_olga")}
        looking.context.add_cookies([cookie | {"url": workplace.served.address + "/console"}])
        for name, path in PAGES.items():
            page = looking.open(f"/console/reviews/{review.id}" if path == "REVIEW" else path)
            assert "403" not in page.inner_text("main")[:20], name
            said = axe.run(page, options=rules)
            if said.violations_count:
                found[name] = said.generate_report()
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                found[f"{name} scrolls"] = path
        assert not found, "\n".join(f"{name}: {text}" for name, text in found.items())


def test_who_looks_after_some_customers_is_shown_the_way_to_each(workplace: Living) -> None:
    person(workplace.workspace, "sally", Role.SALES, customers=("acme", "bolt"))
    sally = comes_in(workplace, "sally")
    listed = sally.get("/console/customers").text
    assert listed.count(">team</span>") == 2
    assert "Coil" not in listed
    refused = sally.get("/console/contracts")
    assert refused.status == 403
    assert '<a href="/console/contracts?customer=acme">Acme</a>' in refused.text
    assert "coil" not in refused.text.lower()
    assert sally.get("/console/contracts?customer=bolt").status == 200
    assert "you look after" not in sally.get("/console/deeds").text
