"""A change is looked at on its review date, until somebody says what its success measure shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.conftest import CATALOG
from tests.api.local import Local
from tests.api.test_catalog_governance import CHANGE, publish

TEXT = (CATALOG / "catalog.yaml").read_text()
SOON = f"{datetime.now(UTC) + timedelta(days=5):%Y-%m-%d}"
LATER = f"{datetime.now(UTC) + timedelta(days=40):%Y-%m-%dT00:00:00Z}"
PATH = "/api/v1/catalog/releases/2/outcome"


@pytest.fixture
def shop(local: Local) -> Local:
    """The second release changed a fee, and says when somebody looks at what came of it."""
    publish(local, TEXT)
    publish(local, TEXT.replace("amount: 49}", "amount: 50}"), CHANGE.replace("2099-01-01", SOON))
    return local


def due(local: Local, days: int = 14) -> list[Any]:
    items = local.done("GET", f"/api/v1/catalog/changes?within_days={days}")["items"]
    return [one["number"] for one in items]


def test_a_change_is_due_around_its_review_date(shop: Local) -> None:
    assert (due(shop, 0), due(shop, 14)) == ([], [2])
    (one, _) = shop.done("GET", "/api/v1/catalog/log")["items"]
    assert one["change"]["success_measure"] == "Net revenue after three months."
    assert one["due_at"].startswith(SOON)


def test_a_verdict_ends_it_and_stands_beside_the_release(shop: Local) -> None:
    dry = shop.done("POST", PATH, {"verdict": "keep", "finding": "Six percent.", "dry_run": True})
    assert (dry["outcome"]["verdict"], due(shop)) == ("keep", [2])
    shop.done("POST", PATH, {"verdict": "keep", "finding": "Six percent."})
    assert due(shop) == []
    found = shop.done("GET", "/api/v1/catalog/log")["items"][0]["outcome"]
    assert (found["finding"], found["by"]) == ("Six percent.", "owner")


def test_what_is_unclear_is_looked_at_again(shop: Local) -> None:
    refused = shop.ask("POST", PATH, {"verdict": "unclear", "finding": "Too early."})
    assert (refused.status, refused.json["errors"][0]["code"]) == (422, "date_missing")
    shop.done("POST", PATH, {"verdict": "unclear", "finding": "Too early.", "again_at": LATER})
    assert (due(shop, 14), due(shop, 60)) == ([], [2])


def test_what_cannot_be_looked_at_is_refused(shop: Local) -> None:
    body = {"verdict": "keep", "finding": "x"}
    for number, status, code in ((1, 409, "no_change_document"), (9, 404, "unknown_release")):
        answer = shop.ask("POST", f"/api/v1/catalog/releases/{number}/outcome", body)
        assert (answer.status, answer.json["code"]) == (status, code)
