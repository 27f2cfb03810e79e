"""The catalog as code over HTTP: planned, tested, published, gone back, and every release in the log."""

from __future__ import annotations

from typing import Any

from steelyard.catalog import Release
from tests.api.conftest import CATALOG
from tests.api.local import Local

TEXT = (CATALOG / "catalog.yaml").read_text()
DEARER = TEXT.replace("amount: 49}", "amount: 59}")
FAILING = "tests:\n  - {name: a fee, plan: team, quantities: {seats: 1}, expect: {total: 1}}\n"


def files(*texts: str) -> dict[str, Any]:
    return {"files": [{"name": f"{n}.yaml", "text": text} for n, text in enumerate(texts)]}


def publish(local: Local, *texts: str, note: str = "", status: int = 201) -> Any:
    answer = local.ask("POST", "/api/v1/catalog/versions", {**files(*texts), "note": note})
    assert answer.status == status, answer.json
    return answer.json


def test_every_release_is_in_the_log_with_who_what_when_and_why(local: Local) -> None:
    first = publish(local, TEXT, note="first")["version"]["id"]
    second = publish(local, DEARER, note="dearer")["version"]["id"]
    local.ask("POST", "/api/v1/catalog/rollback", {"version": "1", "note": "too dear"})
    items = local.ask("GET", "/api/v1/catalog/log").json["items"]
    told = [(one["number"], one["version"], one["previous"], one["action"], one["note"]) for one in items]
    assert told == [
        (3, first, second, "rolled_back", "too dear"),
        (2, second, first, "published", "dearer"),
        (1, first, "", "published", "first"),
    ]
    assert {one["published_by"] for one in items} == {"owner"}
    assert [one["live"] for one in items] == [True, False, False]
    page = local.ask("GET", "/api/v1/catalog/log?limit=2").json
    rest = local.ask("GET", f"/api/v1/catalog/log?limit=2&cursor={page['next']}").json
    assert [one["number"] for one in rest["items"]] == [1]
    assert local.workspace.state.count(Release) == 3


def test_an_earlier_release_is_found_by_its_number_after_its_content_was_gone_back_to(local: Local) -> None:
    first = publish(local, TEXT)["version"]["id"]
    publish(local, DEARER)
    local.ask("POST", "/api/v1/catalog/rollback", {"version": "1"})
    assert local.ask("GET", "/api/v1/catalog/versions/1").json["id"] == first
    assert local.ask("GET", "/api/v1/catalog/versions/3").json["id"] == first
    assert local.ask("GET", "/api/v1/catalog/versions/4").status == 404
    (change,) = local.ask("GET", "/api/v1/catalog/diff?after=2").json["changes"]
    assert change["text"] == ("~ price platform-fee “Platform fee”: amount 49 → 59 (+20.4 %), in plan team")


def test_what_was_live_at_a_moment_is_shown(local: Local) -> None:
    publish(local, TEXT)
    between = local.ask("GET", "/api/v1/catalog/log").json["items"][0]["published_at"]
    publish(local, DEARER)
    assert local.ask("GET", f"/api/v1/catalog/versions/live?at={between}").json["number"] == 1
    assert local.ask("GET", "/api/v1/catalog/versions/live").json["number"] == 2
    assert local.ask("GET", "/api/v1/catalog/versions/live?at=2020-01-01T00:00:00Z").status == 404
    assert local.ask("GET", f"/api/v1/catalog/versions/1?at={between}").status == 400


def test_a_plan_shows_changes_followers_and_tests_and_writes_nothing(local: Local) -> None:
    publish(local, TEXT)
    local.customer("acme")
    body = {"customer": "acme", "plan": "team", "start": "2026-01-01T00:00:00Z", "quantities": {"seats": "1"}}
    assert local.ask("POST", "/api/v1/subscriptions", body).status == 201
    size = local.workspace.reader.size
    plan = local.ask("POST", "/api/v1/catalog/plan", files(DEARER, FAILING)).json
    assert plan["valid"]
    assert plan["changed"]
    assert [(one["key"], one["percent"], one["plans"]) for one in plan["changes"]] == [
        ("platform-fee", "20.4", ["team"])
    ]
    assert plan["subscriptions"] == [{"plan": "team", "live": 1, "pinned": 0}]
    assert (plan["tests"]["passed"], plan["tests"]["failed"]) == (0, 1)
    assert plan["tests"]["tests"][0]["differences"] == ["total: expected 1.00, got 69.00"]
    assert local.workspace.reader.size == size


def test_a_catalog_whose_tests_fail_is_not_published(local: Local) -> None:
    publish(local, TEXT)
    size = local.workspace.reader.size
    refused = publish(local, DEARER, FAILING, status=422)
    assert refused["code"] == "tests_failed"
    assert [one["code"] for one in refused["errors"]] == ["test_failed"]
    assert refused["errors"][0]["file"] == "1.yaml"
    assert local.workspace.reader.size == size


def test_going_back_is_refused_with_every_reason_where_meters_are_gone(local: Local) -> None:
    publish(local, TEXT)
    start = TEXT.index("  - key: tokens")
    smaller = TEXT[:start] + TEXT[TEXT.index("features:") :]
    kept = [line for line in smaller.splitlines() if "token-price" not in line]
    publish(local, "\n".join(kept))
    refused = local.ask("POST", "/api/v1/catalog/rollback", {"version": "1"})
    assert refused.status == 422
    assert refused.json["code"] == "rollback_refused"
    assert [one["code"] for one in refused.json["errors"]] == ["metric_gone"]
    assert "plan team" in refused.json["errors"][0]["message"]
    plan = local.ask("POST", "/api/v1/catalog/plan", {"version": "1"}).json
    assert not plan["valid"]
    assert [one["code"] for one in plan["problems"]] == ["metric_gone"]
    assert local.ask("GET", "/api/v1/catalog/versions/live").json["number"] == 2


def test_a_dry_run_of_going_back_changes_nothing(local: Local) -> None:
    publish(local, TEXT)
    publish(local, DEARER)
    answer = local.ask("POST", "/api/v1/catalog/rollback", {"version": "1", "dry_run": True}).json
    assert answer["changed"]
    assert answer["dry_run"]
    assert local.ask("GET", "/api/v1/catalog/versions/live").json["number"] == 2


def test_a_feature_is_checked_against_the_live_catalog_or_files(local: Local) -> None:
    block = "pricing: {feature: sso, plans: [team], price: platform-fee, terms: {model: flat, amount: 49}}"
    unpublished = local.ask("POST", "/api/v1/catalog/features/check", {"specification": block})
    assert unpublished.json["code"] == "no_catalog"
    publish(local, TEXT)
    assert local.ask("POST", "/api/v1/catalog/features/check", {"specification": block}).json["valid"]
    body = {"specification": block, **files(DEARER)}
    verdict = local.ask("POST", "/api/v1/catalog/features/check", body).json
    assert [one["field"] for one in verdict["problems"]] == ["pricing.terms.amount"]


def test_publication_takes_effect_at_once(local: Local) -> None:
    publish(local, TEXT)
    local.customer("acme")
    body = {"customer": "acme", "plan": "team", "start": "2026-01-01T00:00:00Z", "quantities": {"seats": "1"}}
    local.ask("POST", "/api/v1/subscriptions", body)
    publish(local, DEARER)
    preview = local.ask("GET", "/api/v1/customers/acme/preview?period=2026-10").json
    assert preview["subtotal"] == "69"
