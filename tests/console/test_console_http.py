"""The console as a browser's request sees it: sign-in, headers, files, failures."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from steelyard.entrypoints.console.app import COOKIE
from steelyard.entrypoints.console.render import asset
from steelyard.entrypoints.console.responses import CONTENT_SECURITY_POLICY
from steelyard.entrypoints.console.sessions import Sessions
from tests.console.preview import FileAnswers
from tests.console.served import Served, Visitor

PAGES = [
    "/console",
    "/console/customers",
    "/console/customers/northwind-robotics",
    "/console/customers/northwind-robotics?period=2026-10&metric=seats",
    "/console/events",
    "/console/events?status=unmatched&type=llm.completion",
    "/console/invoices",
    "/console/invoices?period=2026-10&kind=invoice",
    "/console/invoices/inv_01k9x2v0m4",
    "/console/invoices/inv_01k9x2v0m4?line=ln_09",
    "/console/invoices/inv_01k9x2v0m4?line=ln_01",
    "/console/invoices/inv_01k9x2v0m4?line=ln_04&event=48",
    "/console/record",
    "/console/record?before=28590",
    "/console/record/entries",
]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there_for_a_person_and_for_nobody_else(path: str, visitor: Visitor) -> None:
    refused = visitor.get(path)
    assert refused.status == 401
    assert "steelyard serve" in refused.text
    shown = visitor.sign_in().get(path)
    assert shown.status == 200
    assert shown.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert shown.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", PAGES)
def test_no_page_carries_an_inline_script_or_style(path: str, person: Visitor) -> None:
    text = person.get(path).text
    assert " style=" not in text
    assert "<style" not in text
    assert "<script>" not in text
    assert not [word for word in (" onclick=", " onload=", " hx-on", "javascript:") if word in text]


def test_a_link_signs_in_once(visitor: Visitor) -> None:
    link = visitor.served.sign_in_path()
    first = visitor.get(link)
    cookie = first.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    visitor.cookies.clear()
    second = visitor.get(link)
    assert second.status == 401
    assert "used already" in second.text
    assert visitor.get("/console").status == 401


def test_links_and_sessions_end() -> None:
    now = [datetime(2026, 11, 21, tzinfo=UTC)]
    sessions = Sessions(clock=lambda: now[0])
    late = sessions.link()
    secret = sessions.redeem(sessions.link())
    assert secret is not None
    now[0] += timedelta(hours=13)
    assert sessions.principal(secret) is None
    now[0] += timedelta(hours=12)
    assert sessions.redeem(late) is None


def test_signing_out_ends_the_session_itself(person: Visitor) -> None:
    secret = person.cookies[COOKIE]
    person.post("/console/sign-out")
    assert person.served.sessions.principal(secret) is None


def test_a_form_of_another_site_does_nothing(person: Visitor) -> None:
    refused = person.post("/console/record/verify", headers={"sec-fetch-site": "cross-site"})
    assert refused.status == 403
    assert person.post("/console/record/verify", headers={"sec-fetch-site": "same-origin"}).status == 200


def test_verifying_answers_in_words(person: Visitor) -> None:
    answer = person.post("/console/record/verify")
    assert answer.status == 200
    assert "The record is sound" in answer.text


def test_each_page_names_its_twins_and_gives_their_answers(person: Visitor) -> None:
    page = person.get("/console")
    assert "GET /api/v1/overview" in page.text
    twins = json.loads(person.get("/console?format=json").content)
    assert twins["/api/v1/overview"]["events"]["period"] == 28_185


def test_downloads_have_their_names_and_types(person: Visitor) -> None:
    pdf = person.get("/console/invoices/inv_01k9x2v0m4.pdf")
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    evidence = person.get("/console/invoices/inv_01k9x2v0m4/evidence")
    assert evidence.headers["content-disposition"] == 'attachment; filename="INV-2026-000001.evidence.json"'
    assert evidence.content == b'{"format" : "as it is"}\n', "proof must not be written anew"
    proof = person.get("/console/record/proof/41")
    assert proof.text.startswith("c2sp.org/tlog-proof@v1\n")


@pytest.mark.parametrize(
    "path", ["/console/nothing", "/console/customers/nobody", "/console/invoices/inv_none"]
)
def test_what_is_not_there_says_so_and_where_to_look(path: str, person: Visitor) -> None:
    answer = person.get(path)
    assert answer.status == 404
    assert "There is nothing here" in answer.text
    assert "/console/customers" in answer.text


def test_a_month_that_is_none_is_refused_in_words(person: Visitor) -> None:
    answer = person.get("/console/events?period=soon")
    assert answer.status == 400
    assert "soon" in answer.text


def test_a_fault_of_ours_shows_nothing_of_its_inside(broken_console: Served) -> None:
    answer = Visitor(broken_console).sign_in().get("/console")
    assert answer.status == 500
    assert "Something broke on our side" in answer.text
    assert "the store is gone" not in answer.text


@pytest.mark.parametrize("path", ["/console", "/console/customers", "/console/events", "/console/invoices"])
def test_an_empty_workspace_says_what_to_do_next(path: str, empty_console: Served) -> None:
    text = Visitor(empty_console).sign_in().get(path).text
    assert "yet" in text
    assert "steelyard " in text or "curl" in text


def test_what_came_in_is_shown_as_text_never_as_markup() -> None:
    class Hostile(FileAnswers):
        def answer(self, method: str, path: str, names: Any, query: Any) -> Any:
            answer = super().answer(method, path, names, query)
            if path == "/api/v1/events":
                answer["items"][0] |= {"type": "<script>alert(1)</script>", "subject": '"><img src=x>'}
            return answer

    served = Served(Hostile())
    text = Visitor(served).sign_in().get("/console/events").text
    served.stop()
    assert "<script>alert" not in text
    assert "<img" not in text


def test_static_files_are_kept_by_their_hash(visitor: Visitor) -> None:
    first = visitor.get(asset("console.css"))
    assert first.status == 200
    assert first.headers["content-type"].startswith("text/css")
    assert "immutable" in first.headers["cache-control"]
    unversioned = visitor.get("/console/static/console.css")
    assert unversioned.headers["cache-control"] == "public, no-cache"
    again = visitor.get("/console/static/console.css", headers={"if-none-match": first.headers["etag"]})
    assert (again.status, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["../app.py", "%2e%2e/app.py", "..%2fapp.py", "vendor", "nothing.css", ""])
def test_nothing_but_static_files_is_served(name: str, visitor: Visitor) -> None:
    answer = visitor.get(f"/console/static/{name}")
    assert answer.status in (401, 404)
    assert "import" not in answer.text
