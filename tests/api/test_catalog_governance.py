"""Governance over HTTP: guard rails, risk in words, four eyes on exactly what was shown, nothing in part."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from steelyard.access import Review, Role
from steelyard.record import WORKSPACE_CHAIN, Kind
from steelyard.record.planned import saving
from tests.api.conftest import CATALOG
from tests.api.local import Local
from tests.api.staff import person, token

GOVERNANCE = "governance: {executive: eve@acme.example, increase_percent: 15}\n"
TEXT = (CATALOG / "catalog.yaml").read_text() + GOVERNANCE
CHEAPER = TEXT.replace("unit_amount: 10}", "unit_amount: 9.99}")
MEDIUM = TEXT.replace("amount: 49}", "amount: 55}")
HIGH = TEXT.replace("amount: 49}", "amount: 99}")
CHANGE = """change:
  hypothesis: The fee is below what a team would pay.
  expected_effect: Five percent more revenue.
  trade_off: A few small teams leave.
  success_measure: Net revenue after three months.
  review_date: 2099-01-01
"""


@pytest.fixture
def shop(local: Local) -> Local:
    """A governed workspace in which a product manager, finance and two executives work."""
    assert publish(local, TEXT)["status"] == "published"
    for name, role in (("pam", "product"), ("fin", "finance"), ("eve", "executive"), ("max", "executive")):
        person(local.workspace, name, Role(role))
    for key in ("acme", "bolt"):
        local.customer(key)
        body = {
            "customer": key,
            "plan": "team",
            "start": "2026-01-01T00:00:00Z",
            "quantities": {"seats": "3"},
        }
        assert local.ask("POST", "/api/v1/subscriptions", body).status == 201
    return local


def files(*texts: str) -> dict[str, Any]:
    return {"files": [{"name": f"{n}.yaml", "text": text} for n, text in enumerate(texts)]}


def publish(local: Local, *texts: str, key: str | None = None, status: int = 201, **fields: Any) -> Any:
    answer = local.ask("POST", "/api/v1/catalog/versions", {**files(*texts), **fields}, key=key)
    assert answer.status == status, answer.json
    return answer.json


def answer(local: Local, name: str, review: str, *, agreed: bool = True, digest: str = "") -> Any:
    key = signed_in(local, name)
    shown = local.ask("GET", f"/api/v1/reviews/{review}", key=key).json
    body = {"agreed": agreed, "reason": "seen", "digest": digest or shown["digest"]}
    return local.ask("POST", f"/api/v1/reviews/{review}/answers", body, key=key)


def signed_in(local: Local, name: str) -> str:
    return token(local.workspace, f"person_{name}")


def live(local: Local) -> int:
    return local.ask("GET", "/api/v1/catalog/versions/live").json["number"]


def test_a_change_of_low_risk_is_published_at_once(shop: Local) -> None:
    done = publish(shop, CHEAPER, key=signed_in(shop, "pam"))
    assert (done["status"], done["risk"]["level"]) == ("published", "low")
    log = shop.ask("GET", "/api/v1/catalog/log").json["items"][0]
    assert log["published_by"] == "Pam"


def test_a_high_risk_waits_for_finance_and_the_named_executive_and_no_other(shop: Local) -> None:
    pam = signed_in(shop, "pam")
    waiting = publish(shop, HIGH, CHANGE, key=pam)
    assert waiting["status"] == "waiting"
    assert waiting["risk"]["level"] == "high"
    assert any("raises the bill of 2 customers" in reason for reason in waiting["risk"]["reasons"])
    assert waiting["waits_for"]["requires"] == ["finance", "executive"]
    assert live(shop) == 1
    review = waiting["waits_for"]["review"]
    assert answer(shop, "max", review).status == 403
    assert answer(shop, "fin", review).status == 201
    assert publish(shop, HIGH, CHANGE, key=pam)["waits_for"]["unmet"] == ["executive"]
    assert answer(shop, "eve", review).status == 201
    done = publish(shop, HIGH, CHANGE, key=pam)
    assert (done["status"], done["review"]) == ("published", review)
    newest = shop.ask("GET", "/api/v1/catalog/log").json["items"][0]
    assert (newest["review"], newest["published_by"]) == (review, "Pam")


def test_the_review_shows_what_changes_why_and_for_how_much_money(shop: Local) -> None:
    waiting = publish(shop, HIGH, CHANGE)["waits_for"]
    shown = shop.ask("GET", f"/api/v1/reviews/{waiting['review']}").json
    assert "amount 49 → 99 (+102 %), in plan team" in shown["shown"]
    assert "Hypothesis: The fee is below what a team would pay." in shown["shown"]
    assert "158" in shown["shown"]
    assert "258" in shown["shown"]
    proposal = shop.ask("GET", f"/api/v1/catalog/proposals/{waiting['proposal']}").json
    assert shown["digest"] == proposal["id"]
    assert "\n".join(proposal["shown"]) == shown["shown"]


def test_agreement_to_one_content_agrees_to_no_other(shop: Local) -> None:
    review = publish(shop, HIGH, CHANGE)["waits_for"]["review"]
    answer(shop, "fin", review)
    answer(shop, "eve", review)
    other = publish(shop, HIGH.replace("amount: 99}", "amount: 199}"), CHANGE)
    assert other["status"] == "waiting"
    assert other["waits_for"]["review"] != review
    assert live(shop) == 1


def test_agreement_is_of_no_use_once_something_else_is_live(shop: Local) -> None:
    waiting = publish(shop, HIGH, CHANGE)["waits_for"]
    answer(shop, "fin", waiting["review"])
    answer(shop, "eve", waiting["review"])
    assert publish(shop, CHEAPER)["status"] == "published"
    path = f"/api/v1/catalog/proposals/{waiting['proposal']}/publish"
    stale = shop.ask("POST", path, {})
    assert (stale.status, stale.json["code"]) == (409, "proposal_stale")
    assert publish(shop, HIGH, CHANGE)["status"] == "waiting"


def test_who_proposes_never_agrees_and_a_refusal_refuses(shop: Local) -> None:
    fin = signed_in(shop, "fin")
    refused = publish(shop, MEDIUM, CHANGE, key=fin, status=403)
    assert refused["code"] == "forbidden"
    waiting = publish(shop, MEDIUM, CHANGE, key=signed_in(shop, "pam"))
    assert waiting["waits_for"]["requires"] == ["finance"]
    review = waiting["waits_for"]["review"]
    assert answer(shop, "pam", review).status == 403
    assert answer(shop, "fin", review, agreed=False).status == 201
    again = publish(shop, MEDIUM, CHANGE, key=signed_in(shop, "pam"))
    assert again["status"] == "waiting"
    assert again["waits_for"]["review"] != review


def test_what_was_agreed_to_is_published_by_its_proposal(shop: Local) -> None:
    waiting = publish(shop, MEDIUM, CHANGE)["waits_for"]
    path = f"/api/v1/catalog/proposals/{waiting['proposal']}/publish"
    assert shop.ask("POST", path, {}).json["status"] == "waiting"
    answer(shop, "fin", waiting["review"])
    assert shop.ask("POST", path, {}).json["status"] == "published"
    assert shop.ask("POST", path, {}).json["status"] == "unchanged"
    (item,) = shop.ask("GET", "/api/v1/catalog/proposals").json["items"]
    assert (item["status"], item["stale"]) == ("agreed", True)


def test_a_sensitive_change_says_why_before_anybody_is_asked(shop: Local) -> None:
    refused = publish(shop, HIGH, status=422)
    assert (refused["code"], refused["errors"][0]["code"]) == ("guard_rails", "change_missing")
    late = CHANGE.replace("2099", "2020")
    assert publish(shop, HIGH, late, status=422)["errors"][0]["code"] == "review_date_past"
    assert shop.ask("GET", "/api/v1/reviews").json["items"] == []


def test_the_governance_that_is_live_judges_a_change_of_itself(shop: Local) -> None:
    for other in ("", "governance: {high: [executive], increase_percent: 1000}\n"):
        waiting = publish(shop, TEXT.replace(GOVERNANCE, other), CHANGE)
        assert waiting["status"] == "waiting"
        assert waiting["waits_for"]["requires"] == ["finance", "executive"]


def test_going_back_to_the_version_right_before_is_free_and_further_back_is_not(shop: Local) -> None:
    review = publish(shop, HIGH, CHANGE)["waits_for"]["review"]
    answer(shop, "fin", review)
    answer(shop, "eve", review)
    publish(shop, HIGH, CHANGE)
    publish(shop, HIGH.replace("unit_amount: 10}", "unit_amount: 9.99}"))
    assert live(shop) == 3
    far = shop.ask("POST", "/api/v1/catalog/rollback", {"version": "1"}).json
    assert far["status"] == "waiting"
    near = shop.ask("POST", "/api/v1/catalog/rollback", {"version": "2"}).json
    assert near["status"] == "published"


def test_the_plan_says_who_must_agree_and_asks_nobody(shop: Local) -> None:
    plan = shop.ask("POST", "/api/v1/catalog/plan", files(HIGH, CHANGE)).json
    assert plan["needs"] == ["finance", "executive"]
    assert plan["risk"]["level"] == "high"
    assert plan["rollout"] == "everyone who follows the live catalog"
    assert [(one["follows"], one["customers"], one["old"], one["new"]) for one in plan["follows"]] == [
        ("live", 2, "158", "258")
    ]
    assert shop.ask("GET", "/api/v1/reviews").json["items"] == []
    dry = publish(shop, HIGH, CHANGE, dry_run=True)
    assert (dry["status"], dry["waits_for"]) == ("previewed", None)
    assert shop.ask("GET", "/api/v1/reviews").json["items"] == []


def test_a_plan_that_somebody_follows_cannot_go(shop: Local) -> None:
    without = TEXT[: TEXT.index("plans:")] + GOVERNANCE
    refused = publish(shop, without, CHANGE, status=422)
    codes = [one["code"] for one in refused["errors"]]
    assert refused["code"] == "guard_rails"
    assert "plan_in_use" in codes
    assert "cannot_be_billed" in codes
    assert live(shop) == 1


def at_once(*work: Callable[[], Any]) -> list[Any]:
    """What each gives, all begun at the same moment."""
    barrier = threading.Barrier(len(work))

    def begun(one: Callable[[], Any]) -> Any:
        barrier.wait()
        return one()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(begun, work))


def test_of_a_yes_and_a_no_at_the_same_moment_one_counts_and_the_other_is_told(shop: Local) -> None:
    person(shop.workspace, "fay", Role.FINANCE)
    review = publish(shop, MEDIUM, CHANGE)["waits_for"]["review"]
    yes, no = at_once(lambda: answer(shop, "fin", review), lambda: answer(shop, "fay", review, agreed=False))
    assert sorted([yes.status, no.status]) == [201, 409]
    shown = shop.ask("GET", f"/api/v1/reviews/{review}").json
    assert (len(shown["answers"]), shown["status"]) == (1, "agreed" if yes.status == 201 else "refused")
    assert live(shop) == 1, "an answer publishes nothing by itself"


def test_an_agreement_is_published_once_by_however_many_at_the_same_moment(shop: Local) -> None:
    waiting = publish(shop, MEDIUM, CHANGE)["waits_for"]
    assert answer(shop, "fin", waiting["review"]).status == 201
    path = f"/api/v1/catalog/proposals/{waiting['proposal']}/publish"
    answers = at_once(*[lambda: shop.ask("POST", path, {})] * 4)
    said = [one.json.get("status") if one.status < 300 else one.json["code"] for one in answers]
    assert said.count("published") == 1
    assert set(said) <= {"published", "unchanged", "changed_meanwhile"}
    assert live(shop) == 2


def test_who_agrees_when_the_time_is_over_agrees_to_nothing(shop: Local) -> None:
    review = publish(shop, MEDIUM, CHANGE)["waits_for"]["review"]
    kept = shop.workspace.state.get(Review, review)
    assert kept is not None
    version = shop.workspace.state.version(Review, review)
    over = replace(kept, expires_at=datetime.now(UTC) - timedelta(microseconds=1))
    shop.workspace.writer.submit(saving(Kind.APPROVAL, WORKSPACE_CHAIN, over, review, version)).result()
    late = answer(shop, "fin", review)
    assert (late.status, late.json["code"]) == (409, "review_closed")
    again = publish(shop, MEDIUM, CHANGE)
    assert again["status"] == "waiting"
    assert again["waits_for"]["review"] != review, "time refused; it takes another request"
    assert live(shop) == 1
