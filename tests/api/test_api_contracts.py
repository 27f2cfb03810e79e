"""Contracts and dated changes of subscriptions over the interface: made, previewed, billed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.local import Local
from tests.billing_catalog import catalog

START = "2026-09-01T00:00:00Z"
LATER = "2027-03-16T00:00:00Z"


@pytest.fixture
def local(tmp_path: Any) -> Iterator[Local]:
    made = Local(tmp_path / "ws")
    assert ok(made, "POST", "/api/v1/catalog/versions", {"catalog": catalog()})
    ok(made, "POST", "/api/v1/customers", {"key": "acme", "name": "Acme", "currency": "USD"})
    yield made
    made.close()


ok = Local.done


def subscribe(local: Local, **fields: Any) -> str:
    body = {"customer": "acme", "plan": "team", "start": START, "quantities": {"seats": "3"}, **fields}
    return ok(local, "POST", "/api/v1/subscriptions", body)["id"]


def contract(**fields: Any) -> dict[str, Any]:
    return {"customer": "acme", "name": "Acme 2026", "start": START, **fields}


def lines(local: Local, month: str) -> list[tuple[str, str, str]]:
    draft = ok(local, "GET", f"/api/v1/customers/acme/preview?period={month}")
    return [(one["price_key"], one["amount"], one["reason"]) for one in draft["lines"]]


def test_a_contract_is_made_once_and_prices_what_is_billed(local: Local) -> None:
    subscribe(local)
    asked = contract(overrides=[{"price": "seats", "multiplier": "0.8", "reason": "launch partner"}])
    tried = ok(local, "POST", "/api/v1/contracts", {**asked, "dry_run": True})
    assert tried["dry_run"]
    assert ok(local, "GET", "/api/v1/contracts")["items"] == []
    made = ok(local, "POST", "/api/v1/contracts", asked, idempotency_key="one")
    assert ok(local, "POST", "/api/v1/contracts", asked, idempotency_key="one") == made
    assert not ok(local, "POST", "/api/v1/contracts", asked)["changed"]
    assert [one["id"] for one in ok(local, "GET", "/api/v1/contracts?customer=acme")["items"]] == [made["id"]]
    (_, seats) = lines(local, "2026-10")
    assert seats[:2] == ("seats", "48")
    assert "contract Acme 2026 × 0.8 (launch partner)" in seats[2]


def test_every_mistake_of_a_contract_is_told_at_once(local: Local) -> None:
    asked = contract(
        customer="nobody",
        plans=["gold"],
        overrides=[{"price": "seets", "multiplier": "0.8"}, {"price": "seats", "multiplier": "1.2"}],
        locks=[{"price": "none", "effective_from": START, "effective_until": LATER}],
    )
    answer = local.ask("POST", "/api/v1/contracts", asked)
    assert answer.status == 422
    codes = {one["code"] for one in answer.json["errors"]}
    assert codes == {"unknown_customer", "unknown_plan", "unknown_price", "rising_rate"}


def test_a_commitment_is_split_among_customers_by_their_parts(local: Local) -> None:
    ok(local, "POST", "/api/v1/customers", {"key": "north", "name": "North", "currency": "USD"})
    asked = contract(
        sharing="split",
        members=[{"customer": "north", "effective_from": START, "share": "0.4"}],
        commitments=[{"key": "c", "amount": "100", "start": START}],
    )
    assert ok(local, "POST", "/api/v1/contracts", asked)["changed"]
    for customer, part in (("acme", "60"), ("north", "40")):
        begun = {"customer": customer, "plan": "team", "start": START, "quantities": {"seats": "0"}}
        ok(local, "POST", "/api/v1/subscriptions", begun)
        (listed,) = ok(local, "GET", f"/api/v1/commitments?customer={customer}")["items"]
        assert listed["standing"]["committed"] == part


def test_a_shared_commitment_stands_with_the_contract_s_own_customer(local: Local) -> None:
    for key, currency in (("north", "USD"), ("south", "EUR")):
        ok(local, "POST", "/api/v1/customers", {"key": key, "name": key, "currency": currency})
    asked = contract(
        sharing="shared",
        members=[{"customer": key, "effective_from": START} for key in ("north", "south")],
        commitments=[{"key": "c", "amount": "100", "start": START}],
    )
    answer = local.ask("POST", "/api/v1/contracts", asked)
    (refused,) = answer.json["errors"]
    assert (refused["code"], refused["field"]) == ("not_pooled", "members[1].customer")
    assert refused["message"].startswith("south pays in EUR, acme in USD")
    assert ok(local, "POST", "/api/v1/contracts", {**asked, "members": asked["members"][:1]})["changed"]
    for customer in ("acme", "north"):
        begun = {"customer": customer, "plan": "team", "start": START, "quantities": {"seats": "0"}}
        ok(local, "POST", "/api/v1/subscriptions", begun)
    (listed,) = ok(local, "GET", "/api/v1/commitments")["items"]
    assert (listed["customer"], listed["standing"]["committed"]) == ("acme", "100")


def test_a_price_that_is_no_price_is_refused(local: Local) -> None:
    asked = contract(overrides=[{"price": "seats", "model": {"model": "per_unit", "unit_amont": "5"}}])
    answer = local.ask("POST", "/api/v1/contracts", asked)
    assert answer.status == 422
    assert {"unknown_field", "missing_field"} <= {one["code"] for one in answer.json["errors"]}


def test_two_contracts_never_hold_at_the_same_time(local: Local) -> None:
    ok(local, "POST", "/api/v1/contracts", contract(end=LATER))
    answer = local.ask("POST", "/api/v1/contracts", contract(name="Another", start="2026-12-01T00:00:00Z"))
    assert [one["code"] for one in answer.json["errors"]] == ["overlap"]
    ok(local, "POST", "/api/v1/contracts", contract(name="The next", start=LATER))


def test_an_amendment_adds_and_is_numbered(local: Local) -> None:
    subscribe(local)
    made = ok(local, "POST", "/api/v1/contracts", contract())
    path = f"/api/v1/contracts/{made['id']}/amendments"
    more = {"overrides": [{"price": "seats", "multiplier": "0.5", "effective_from": "2026-12-01T00:00:00Z"}]}
    assert local.ask("POST", path, {**more, "reason": " "}).status == 422
    amended = ok(local, "POST", path, {**more, "reason": "second office"})
    (note,) = amended["amendments"]
    assert (note["number"], note["reason"], note["added"]) == (
        1,
        "second office",
        ["seats: × 0.5 since 2026-12-01"],
    )
    assert [amount for key, amount, _ in lines(local, "2026-11") if key == "seats"] == ["60"]
    assert [amount for key, amount, _ in lines(local, "2026-12") if key == "seats"] == ["30"]


def test_a_locked_price_outlives_the_catalog(local: Local) -> None:
    subscribe(local)
    ok(local, "POST", "/api/v1/contracts", contract(
        locks=[{"price": "seats", "effective_from": START, "effective_until": LATER, "reason": "two years"}],
        escalators=[{"first_at": "2026-10-01T00:00:00Z", "percent": "10"}],
    ))  # fmt: skip
    dearer = catalog()
    dearer["rate_cards"][0]["rates"][1]["unit_amount"] = "25"
    ok(local, "POST", "/api/v1/catalog/versions", {"catalog": dearer})
    fee, seats = lines(local, "2026-10")
    assert (fee[1], seats[1]) == ("53.9", "60")
    assert "locked until 2027-03-16 (two years)" in seats[2]


def test_a_change_is_previewed_with_its_prorated_money_and_then_made(local: Local) -> None:
    id = subscribe(local)
    path = f"/api/v1/subscriptions/{id}/changes"
    asked = {"quantities": {"seats": "6"}, "effective_from": "2027-03-17T00:00:00Z", "reason": "new team"}
    tried = ok(local, "POST", path, {**asked, "dry_run": True})
    march, april = tried["months"]
    assert tried["label"] == "more"
    assert (march["period_name"], march["net"]) == ("2027-03", "29.03")  # 3 × 20 × 15/31
    assert (april["net"], april["credit"], april["charge"]) == ("60", "-60", "120")
    assert ok(local, "GET", path)["items"] == []
    made = ok(local, "POST", path, asked)
    assert made["months"] == tried["months"]
    assert ok(local, "GET", path)["items"] == [made["change"]]
    seats = [amount for key, amount, _ in lines(local, "2027-03") if key == "seats"]
    assert seats == ["30.97", "58.06"]


def test_a_change_that_has_not_taken_effect_can_be_withdrawn(local: Local) -> None:
    id = subscribe(local)
    path = f"/api/v1/subscriptions/{id}/changes"
    made = ok(local, "POST", path, {"action": "cancel", "effective_from": LATER})
    assert ok(local, "GET", "/api/v1/subscriptions")["items"][0]["end"] == LATER
    ok(local, "POST", f"{path}/{made['change']['id']}/withdraw")
    (one,) = ok(local, "GET", "/api/v1/subscriptions")["items"]
    assert one["end"] is None
    assert one["changes"][0]["withdrawn"]
    held = ok(local, "POST", path, {"action": "pause", "effective_from": "2026-10-05T00:00:00Z"})
    answer = local.ask("POST", f"{path}/{held['change']['id']}/withdraw")
    assert (answer.status, answer.json["code"]) == (409, "in_effect")


def test_what_cannot_follow_is_refused(local: Local) -> None:
    path = f"/api/v1/subscriptions/{subscribe(local)}/changes"
    for asked, code in (
        ({"action": "resume", "effective_from": LATER}, "not_allowed"),
        ({}, "no_change"),
        ({"action": "pause", "quantities": {"seats": "4"}}, "two_changes"),
        ({"plan": "gold"}, "unknown_plan"),
        ({"quantities": {"sets": "1"}}, "unknown_quantity"),
        ({"add": ["none"]}, "unknown_price"),
        ({"remove": ["users"]}, "no_add_on"),
        ({"quantities": {"seats": "4"}, "effective_from": "2026-08-01T00:00:00Z"}, "before_start"),
        ({"action": "trial", "until": "2026-08-01T00:00:00Z"}, "empty_period"),
    ):
        answer = local.ask("POST", path, asked)
        assert answer.status == 422, (asked, answer.content)
        assert code in {one["code"] for one in answer.json["errors"]}, answer.json
    assert local.ask("POST", "/api/v1/subscriptions/none/changes", {"plan": "team"}).status == 404


def test_what_is_billed_is_not_changed_behind_its_document(local: Local) -> None:
    path = f"/api/v1/subscriptions/{subscribe(local)}/changes"
    ok(local, "POST", "/api/v1/billing/runs", {"period": "2026-10"})
    asked = {"quantities": {"seats": "6"}, "effective_from": "2026-10-17T00:00:00Z"}
    answer = local.ask("POST", path, asked)
    assert (answer.status, answer.json["code"]) == (409, "billed_already")
    assert ok(local, "POST", path, {**asked, "effective_from": "2026-11-01T00:00:00Z"})


def test_a_contract_that_would_change_billed_months_is_refused_with_each_month_and_its_money(
    local: Local,
) -> None:
    subscribe(local)
    made = ok(local, "POST", "/api/v1/contracts", contract())
    for month in ("2026-09", "2026-10"):
        ok(local, "POST", "/api/v1/billing/runs", {"period": month})
    path = f"/api/v1/contracts/{made['id']}/amendments"
    half = {"price": "seats", "multiplier": "0.5", "effective_from": "2026-10-17T00:00:00Z"}
    asked = {"reason": "second office", "overrides": [half], "dry_run": True}
    answer = local.ask("POST", path, asked)
    assert (answer.status, answer.json["code"]) == (409, "billed_already")
    (told,) = answer.json["errors"]
    assert "2026-10 is billed to 'acme'" in told["message"]
    assert "would come to 94.49 instead of 109 USD" in told["message"]  # 60 becomes 30.97 + 14.52
    assert told["allowed"].startswith("from 2026-11-01T00:00:00Z on")
    later = {**half, "effective_from": "2026-11-01T00:00:00Z"}
    assert ok(local, "POST", path, {**asked, "overrides": [later], "dry_run": False})["changed"]
    shorter = local.ask("POST", path, {"reason": "over", "end": "2026-10-01T00:00:00Z"})
    assert shorter.status < 300, "nothing of it held in October, so its end moves no money"


def test_a_contract_made_late_may_hold_where_it_changes_no_bill(local: Local) -> None:
    subscribe(local)
    ok(local, "POST", "/api/v1/billing/runs", {"period": "2026-10"})
    half = {"price": "seats", "multiplier": "0.5"}
    answer = local.ask("POST", "/api/v1/contracts", contract(overrides=[half]))
    assert (answer.status, answer.json["code"]) == (409, "billed_already")
    dated = {**half, "effective_from": "2026-11-01T00:00:00Z"}
    assert ok(local, "POST", "/api/v1/contracts", contract(overrides=[dated]))["changed"]


def test_a_subscription_neither_begins_nor_ends_in_billed_time(local: Local) -> None:
    id = subscribe(local)
    ok(local, "POST", "/api/v1/billing/runs", {"period": "2026-10"})
    begun = {"customer": "acme", "plan": "counter", "start": "2026-10-05T00:00:00Z"}
    for path, body in (
        ("/api/v1/subscriptions", begun),
        (f"/api/v1/subscriptions/{id}/end", {"at": "2026-10-17T00:00:00Z"}),
    ):
        answer = local.ask("POST", path, body)
        assert (answer.status, answer.json["code"]) == (409, "billed_already"), answer.content
    ok(local, "POST", f"/api/v1/subscriptions/{id}/end", {"at": "2026-11-01T00:00:00Z"})


def test_a_subscription_can_begin_on_trial_or_in_a_sandbox(local: Local) -> None:
    subscribe(local, trial_until="2026-11-01T00:00:00Z")
    assert {amount for _, amount, _ in lines(local, "2026-10")} == {"0"}
    assert "60" in {amount for _, amount, _ in lines(local, "2026-11")}
    ok(local, "POST", "/api/v1/customers", {"key": "box", "name": "Box", "currency": "USD"})
    subscribe(local, customer="box", sandbox=True)
    assert ok(local, "GET", "/api/v1/customers/box/preview?period=2026-10")["lines"] == []


def test_contracts_that_end_are_listed_by_the_day_of_notice_and_renewed(local: Local) -> None:
    subscribe(local)
    asked = contract(
        end="2027-01-01T00:00:00Z",
        renewal={"term_months": 12, "notice_months": 3, "working_days": True, "uplift_percent": "5"},
    )
    made = ok(local, "POST", "/api/v1/contracts", asked)
    (due,) = ok(local, "GET", "/api/v1/contracts/renewals?within_days=400")["items"]
    assert (due["contract"], due["notice_by"]) == (made["id"], "2026-10-01")
    renewed = ok(local, "POST", f"/api/v1/contracts/{made['id']}/renew", {"reason": "agreed"})
    assert renewed["end"] == "2028-01-01T00:00:00Z"
    assert renewed["amendments"][0]["added"] == ["renewed until 2028-01-01"]
    assert [amount for key, amount, _ in lines(local, "2026-12") if key == "seats"] == ["60"]
    assert [amount for key, amount, _ in lines(local, "2027-01") if key == "seats"] == ["63"]
    endless = ok(local, "POST", "/api/v1/contracts", contract(start="2028-01-01T00:00:00Z", name="Next"))
    answer = local.ask("POST", f"/api/v1/contracts/{endless['id']}/renew", {"reason": "agreed"})
    assert [one["code"] for one in answer.json["errors"]] == ["no_renewal"]


def test_a_pilot_is_on_no_bill_and_on_a_shadow_invoice(local: Local) -> None:
    subscribe(local)
    asked = contract(shadow=True, overrides=[{"price": "seats", "multiplier": "0.5"}])
    made = ok(local, "POST", "/api/v1/contracts", asked)
    assert [amount for key, amount, _ in lines(local, "2026-10") if key == "seats"] == ["60"]
    shown = ok(local, "GET", f"/api/v1/contracts/{made['id']}/shadow?period=2026-10")
    assert shown["piloted"]
    assert (shown["month"]["before"], shown["month"]["after"]) == ("109", "79")


def test_a_merger_moves_the_customer_under_the_others_contract(local: Local) -> None:
    subscribe(local)
    ok(local, "POST", "/api/v1/customers", {"key": "big", "name": "Big", "currency": "USD"})
    own = ok(
        local, "POST", "/api/v1/contracts", contract(overrides=[{"price": "seats", "multiplier": "0.9"}])
    )
    theirs = ok(
        local,
        "POST",
        "/api/v1/contracts",
        contract(customer="big", name="Big", overrides=[{"price": "seats", "multiplier": "0.5"}]),
    )
    path = "/api/v1/customers/acme/merge"
    asked = {"into": "big", "effective_from": "2026-10-17T00:00:00Z", "reason": "Big bought Acme"}
    assert ok(local, "POST", path, {**asked, "dry_run": True})["joined"] == theirs["id"]
    assert ok(local, "GET", "/api/v1/customers/acme")["parent"] is None
    done = ok(local, "POST", path, asked)
    assert (done["parent"], done["ended"], done["joined"]) == ("big", own["id"], theirs["id"])
    seats = [one for one in lines(local, "2026-10") if one[0] == "seats"]
    assert [amount for _, amount, _ in seats] == ["27.87", "14.52"]  # 54 × 16/31, 30 × 15/31
    assert ["contract Acme 2026" in seats[0][2], "contract Big" in seats[1][2]] == [True, True]
    ok(local, "POST", "/api/v1/customers/acme/part",
       {"effective_from": "2026-12-01T00:00:00Z", "reason": "sold again"})  # fmt: skip
    assert ok(local, "GET", "/api/v1/customers/acme")["parent"] is None
    assert [amount for key, amount, _ in lines(local, "2026-11") if key == "seats"] == ["30"]
    assert [amount for key, amount, _ in lines(local, "2026-12") if key == "seats"] == ["60"]


def test_a_merger_with_itself_or_in_a_circle_is_refused(local: Local) -> None:
    ok(local, "POST", "/api/v1/customers", {"key": "sub", "name": "S", "currency": "USD", "parent": "acme"})
    asked = {"into": "sub", "effective_from": LATER, "reason": "r"}
    answer = local.ask("POST", "/api/v1/customers/acme/merge", asked)
    assert [one["code"] for one in answer.json["errors"]] == ["parent_cycle"]
    assert local.ask("POST", "/api/v1/customers/acme/merge", {**asked, "into": "none"}).status == 404


def test_what_holds_is_not_published_away(local: Local) -> None:
    changed = catalog()
    changed["rate_changes"] = [{"price": "seats", "from": "2026-09-01T00:00:00Z", "multiplier": "0.9"}]
    ok(local, "POST", "/api/v1/catalog/versions", {"catalog": changed})
    answer = local.ask("POST", "/api/v1/catalog/versions", {"catalog": catalog()})
    assert answer.status == 422
    assert [one["code"] for one in answer.json["errors"]] == ["rate_change_taken_away"]


def test_going_back_takes_no_rate_away_by_which_somebody_was_billed(local: Local) -> None:
    first = ok(local, "GET", "/api/v1/catalog/versions")["items"][0]["id"]
    subscribe(local)
    changed = catalog()
    changed["rate_changes"] = [{"price": "seats", "from": "2026-09-01T00:00:00Z", "multiplier": "0.9"}]
    ok(local, "POST", "/api/v1/catalog/versions", {"catalog": changed})
    tried = {"version": first, "note": "back", "dry_run": True}
    assert local.ask("POST", "/api/v1/catalog/rollback", tried).status < 300, "nothing rests on it yet"
    ok(local, "POST", "/api/v1/billing/runs", {"period": "2026-10"})
    answer = local.ask("POST", "/api/v1/catalog/rollback", tried)
    assert (answer.status, answer.json["code"]) == (422, "rollback_refused")
    (told,) = answer.json["errors"]
    assert told["code"] == "rate_change_taken_away"
    assert "is priced with it" in told["message"]


def test_what_a_phase_of_the_contract_says_is_not_changed_beside_it(local: Local) -> None:
    id = subscribe(local)
    ramp = {"name": "ramp", "effective_from": "2027-01-01T00:00:00Z", "quantities": {"seats": "9"}}
    ok(local, "POST", "/api/v1/contracts", contract(phases=[ramp]))
    path = f"/api/v1/subscriptions/{id}/changes"
    asked = {"quantities": {"seats": "6"}, "effective_from": "2027-01-15T00:00:00Z", "dry_run": True}
    answer = local.ask("POST", path, asked)
    assert (answer.status, answer.json["code"]) == (409, "set_by_contract")
    assert ok(local, "POST", path, {**asked, "effective_from": "2026-12-15T00:00:00Z"})["dry_run"]


def test_a_phase_does_not_move_anybody_to_a_plan_that_counts_what_nobody_says(local: Local) -> None:
    id = subscribe(local, plan="counter", quantities={})
    made = ok(local, "POST", "/api/v1/contracts", contract())
    phase = {"name": "team", "effective_from": "2026-11-01T00:00:00Z", "plan": "team"}
    path, asked = f"/api/v1/contracts/{made['id']}/amendments", {"reason": "r", "phases": [phase]}
    answer = local.ask("POST", path, asked)
    (told,) = answer.json["errors"]
    assert (answer.status, told["code"], told["field"]) == (
        422,
        "missing_quantity",
        "phases[0].quantities.seats",
    )
    assert id in told["message"]
    ok(local, "POST", path, {**asked, "phases": [{**phase, "quantities": {"seats": "2"}}]})
    assert [line[:2] for line in lines(local, "2026-11")] == [("base_fee", "49"), ("seats", "40")]
