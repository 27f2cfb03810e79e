"""Credit, discounts and corrections above a limit wait for the consent of another person, and spend it."""

from __future__ import annotations

from typing import Any

import pytest

from steelyard.access import ConsentUse, Deed, Review, Role
from steelyard.ledger import CreditLot
from tests.api.local import Local
from tests.api.staff import person, token

CATALOG = """
governance:
  consent_roles: [executive]
  credits_above: {USD: "100", other: "5"}
  discounts_above: {USD: "10"}
  corrections_above: {calls: "1", USD: "3"}
event_types: [{name: call, class: billable}]
metrics:
  - {key: calls, name: Calls, owner: p, definition: Calls., unit: calls,
     meter: {event_types: [call], aggregation: sum, value: $.n}}
products: [{key: api, name: API, owner: p, definition: The API.}]
rate_cards:
  - key: list
    name: List
    owner: p
    definition: List prices.
    currency: USD
    rates:
      - {key: calls, name: Calls, metric: calls, model: per_unit, unit_amount: "2", owner: p, definition: A.}
      - {key: fee, name: Fee, model: flat, amount: "100", owner: p, definition: A.}
plans:
  - {key: pro, name: Pro, owner: p, definition: A., product: api, currency: USD,
     items: [{price: calls}, {price: fee}]}
discounts:
  - {key: small, name: Small, owner: p, definition: A., form: percent, percent: 5}
  - {key: large, name: Large, owner: p, definition: A., form: percent, percent: 50}
"""


@pytest.fixture
def shop(local: Local) -> Local:
    local.publish(CATALOG)
    for key in ("acme", "bolt"):
        local.customer(key)
    begun = {"customer": "acme", "plan": "pro", "start": "2026-01-01T00:00:00Z"}
    local.done("POST", "/api/v1/subscriptions", begun)
    events = [
        {"id": id, "source": "test", "type": "call", "subject": "acme", "time": time, "data": {"n": n}}
        for id, n, time in (("one", 1, "2026-10-05T12:00:00Z"), ("many", 9, "2026-10-06T12:00:00Z"))
    ]
    assert local.ask("POST", "/api/v1/events", events).status == 204
    for name, role in (("fin", Role.FINANCE), ("eve", Role.EXECUTIVE), ("rex", Role.REVENUE_OPERATIONS)):
        person(local.workspace, name, role)
    return local


def lot(amount: str, **more: Any) -> dict[str, Any]:
    return {"customer": "acme", "name": "Sorry", "unit": "USD", "amount": amount, "reason": "outage", **more}


def key(shop: Local, name: str) -> str:
    return token(shop.workspace, f"person_{name}")


def waiting(shop: Local) -> Review:
    [review] = [one for one in shop.workspace.state.find(Review) if not one.answers]
    return review


def answer(shop: Local, review: Review, *, agreed: bool = True, name: str = "eve") -> int:
    body = {"agreed": agreed, "reason": "seen", "digest": review.digest}
    return shop.ask("POST", f"/api/v1/reviews/{review.id}/answers", body, key=key(shop, name)).status


def lots(shop: Local) -> int:
    return len(shop.workspace.state.find(CreditLot))


def test_credit_up_to_the_limit_is_granted_at_once(shop: Local) -> None:
    assert shop.ask("POST", "/api/v1/credits/lots", lot("100"), key=key(shop, "fin")).status == 201
    assert shop.workspace.state.find(Review) == []


def test_credit_above_it_waits_and_is_granted_once(shop: Local) -> None:
    fin = key(shop, "fin")
    refused = shop.ask("POST", "/api/v1/credits/lots", lot("100.01"), key=fin)
    assert (refused.status, refused.json["code"]) == (409, "consent_needed")
    review = waiting(shop)
    assert review.id in refused.json["detail"]
    assert (review.requested_by, review.reason) == ("person_fin", "outage")
    assert "amount: 100.01" in review.shown
    assert lots(shop) == 0
    assert shop.ask("POST", "/api/v1/credits/lots", lot("100.01"), key=fin).json["code"] == "consent_needed"
    assert len(shop.workspace.state.find(Review)) == 1
    assert answer(shop, review) == 201
    assert shop.ask("POST", "/api/v1/credits/lots", lot("100.01"), key=fin).status == 201
    assert lots(shop) == 1
    [use] = shop.workspace.state.find(ConsentUse)
    assert (use.review, use.by, use.did) == (review.id, "person_fin", "credits.grant")
    again = shop.ask("POST", "/api/v1/credits/lots", lot("100.01"), key=fin)
    assert again.json["code"] == "consent_needed"
    assert (lots(shop), len(shop.workspace.state.find(Review))) == (1, 2)
    assert shop.done("POST", "/api/v1/record/verify")["ok"] is True


def test_nothing_else_slips_under_an_agreement(shop: Local) -> None:
    fin = key(shop, "fin")
    shop.ask("POST", "/api/v1/credits/lots", lot("200"), key=fin)
    assert answer(shop, waiting(shop)) == 201
    for other in (lot("201"), lot("200", customer="bolt"), lot("200", reason="a friend")):
        assert shop.ask("POST", "/api/v1/credits/lots", other, key=fin).json["code"] == "consent_needed"
    assert lots(shop) == 0


def test_who_asks_does_not_agree_and_a_refusal_stays(shop: Local) -> None:
    person(shop.workspace, "fin", Role.FINANCE, Role.EXECUTIVE)
    fin = key(shop, "fin")
    shop.ask("POST", "/api/v1/credits/lots", lot("200"), key=fin)
    review = waiting(shop)
    assert answer(shop, review, name="fin") == 403
    assert answer(shop, review, agreed=False) == 201
    closed = shop.ask("POST", "/api/v1/credits/lots", lot("200"), key=fin)
    assert (closed.status, closed.json["code"]) == (409, "review_closed")
    assert lots(shop) == 0


def test_a_key_asks_as_the_person_who_made_it(shop: Local) -> None:
    person(shop.workspace, "eve", Role.EXECUTIVE, Role.OWNER)
    made = {"name": "ops", "scopes": ["billing:write"]}
    secret = shop.done("POST", "/api/v1/keys", made, key=key(shop, "eve"))["secret"]
    shop.ask("POST", "/api/v1/credits/lots", lot("200"), key=secret)
    assert answer(shop, waiting(shop)) == 403


def test_a_dry_run_asks_nobody_and_what_cannot_be_done_is_refused_first(shop: Local) -> None:
    fin = key(shop, "fin")
    assert shop.ask("POST", "/api/v1/credits/lots", lot("200", dry_run=True), key=fin).status == 201
    unknown = shop.ask("POST", "/api/v1/credits/lots", lot("200", customer="nobody"), key=fin)
    assert unknown.json["code"] not in ("consent_needed", "internal")
    assert shop.workspace.state.find(Review) == []


def test_other_units_have_their_limit_and_asking_leaves_a_deed_of_its_own(shop: Local) -> None:
    shop.ask("POST", "/api/v1/credits/lots", lot("6", unit="EUR"), key=key(shop, "fin"))
    deeds = [one.did for one in shop.workspace.state.find(Deed, by="person_fin")]
    assert deeds == ["reviews.ask"] or lots(shop) == 0


def test_a_discount_above_the_limit_waits(shop: Local) -> None:
    subscription = shop.done("GET", "/api/v1/subscriptions")["items"][0]["id"]
    path, rex = f"/api/v1/subscriptions/{subscription}/discounts", key(shop, "rex")
    small = shop.ask("POST", path, {"discount": "small"}, key=rex)
    assert small.status == 200, small.content
    body = {"discount": "large", "start": "2099-01-01T00:00:00Z"}
    refused = shop.ask("POST", path, body, key=rex)
    assert refused.json["code"] == "consent_needed", refused.content
    assert answer(shop, waiting(shop)) == 201
    assert shop.ask("POST", path, body, key=rex).status == 200


def test_a_correction_above_the_limit_waits(shop: Local) -> None:
    rex, path = key(shop, "rex"), "/api/v1/events/corrections"
    void = {"action": "void", "source": "test", "reason": "wrong"}
    assert shop.workspace.catch_up(10)
    assert shop.ask("POST", path, void | {"id": "one"}, key=rex).status == 200
    refused = shop.ask("POST", path, void | {"id": "many"}, key=rex)
    assert refused.json["code"] == "consent_needed"
    assert "9 calls" in refused.json["detail"]
    assert answer(shop, waiting(shop)) == 201
    assert shop.ask("POST", path, void | {"id": "many"}, key=rex).status == 200


def test_a_backfill_is_agreed_to_with_its_content(shop: Local) -> None:
    rex = key(shop, "rex")
    id = shop.done("POST", "/api/v1/backfills", {"reason": "lost"}, key=rex)["id"]
    event = {"source": "late", "type": "call", "subject": "acme", "time": "2026-10-07T12:00:00Z"}
    for number in range(2):
        events = {"events": [event | {"id": f"l{number}", "data": {"n": 5}}]}
        assert shop.done("POST", f"/api/v1/backfills/{id}/events", events, key=rex)["added"] == 1
        refused = shop.ask("POST", f"/api/v1/backfills/{id}/commit", {"reason": "lost"}, key=rex)
        assert refused.json["code"] == "consent_needed", refused.content
        assert answer(shop, waiting(shop)) == 201
    assert len(shop.workspace.state.find(Review)) == 2
    assert shop.ask("POST", f"/api/v1/backfills/{id}/commit", {"reason": "lost"}, key=rex).status == 200


@pytest.mark.parametrize("wrong", ["consent_roles: []", "credits_above: {USD: -1}", "credits_above: 5"])
def test_limits_that_make_no_sense_are_refused(shop: Local, wrong: str) -> None:
    text = CATALOG.replace("consent_roles: [executive]", wrong).replace(
        '  credits_above: {USD: "100", other: "5"}\n' if "credits" in wrong else "\0", ""
    )
    asked = {"files": [{"name": "c.yaml", "text": text}], "dry_run": True}
    refused = shop.ask("POST", "/api/v1/catalog/versions", asked)
    assert refused.status == 422
    assert all(one["field"].startswith("governance.") for one in refused.json["errors"]), refused.json
