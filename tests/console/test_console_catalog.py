"""The catalog in the console: each release, what it changed, and what another catalog would change."""

from __future__ import annotations

from tests.console.living import Living
from tests.console.served import Visitor


def test_the_page_shows_every_release_and_what_would_change(finance: Visitor, living: Living) -> None:
    page = finance.get("/console/catalog").text
    newest = living.ask("GET", "/api/v1/catalog/log")["items"][0]
    assert newest["published_by"] in page
    assert f'href="/console/catalog?release={newest["number"]}"' in page
    assert "What release" in finance.get(f"/console/catalog?release={newest['number']}").text
    assert finance.get("/console/catalog?release=999").status == 404
