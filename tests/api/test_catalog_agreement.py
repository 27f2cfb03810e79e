"""Who agrees to prices, through publishing: deputies, time, never the author, only what was shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from steelyard.access import Person, Review, Role
from steelyard.catalog import Proposal
from steelyard.catalog.risk import Risk
from steelyard.record import WORKSPACE_CHAIN, Kind
from steelyard.record.planned import saving
from tests.api.local import Local
from tests.api.staff import person
from tests.api.test_catalog_governance import (
    CHANGE,
    CHEAPER,
    HIGH,
    TEXT,
    answer,
    live,
    publish,
    signed_in,
)

MEDIUM = TEXT.replace("amount: 49}", "amount: 55}")


@pytest.fixture
def shop(local: Local) -> Local:
    """Pam sells, Fin counts, Eve decides; Dan stands in for Eve, Pam for Max. Two teams subscribe."""
    publish(local, TEXT)
    for name, role in (("pam", Role.PRODUCT), ("fin", Role.FINANCE), ("dan", Role.SALES)):
        person(local.workspace, name, role)
    person(local.workspace, "eve", Role.EXECUTIVE, deputy="person_dan")
    person(local.workspace, "max", Role.EXECUTIVE, deputy="person_pam")
    for key in ("acme", "bolt"):
        local.customer(key)
        body = {
            "customer": key,
            "plan": "team",
            "start": "2026-01-01T00:00:00Z",
            "quantities": {"seats": "3"},
        }
        local.done("POST", "/api/v1/subscriptions", body)
    return local


def proposed(local: Local, *, by: str = "pam") -> str:
    """The review that Pam's high change waits for."""
    waiting = publish(local, HIGH, CHANGE, key=signed_in(local, by))
    assert waiting["status"] == "waiting"
    return waiting["waits_for"]["review"]


def again(local: Local, *, by: str = "pam") -> str:
    """What becomes of it when the same is published once more."""
    return publish(local, HIGH, CHANGE, key=signed_in(local, by))["status"]


def save(local: Local, record: Review | Person | Proposal) -> None:
    kinds = {Review: Kind.APPROVAL, Person: Kind.ACCESS, Proposal: Kind.CATALOG}
    kind = kinds[type(record)]
    version = local.workspace.state.version(type(record), record.id)
    local.workspace.writer.submit(saving(kind, WORKSPACE_CHAIN, record, record.id, version)).result()


def test_a_deputy_agrees_in_the_place_of_the_named_executive(shop: Local) -> None:
    review = proposed(shop)
    assert answer(shop, "fin", review).status == 201
    said = answer(shop, "dan", review)
    assert said.status == 201
    last = said.json["answers"][-1]
    assert (last["by"], last["role"], last["deputy_of"]) == ("person_dan", "executive", "person_eve")
    assert again(shop) == "published"


def test_the_author_agrees_neither_as_themselves_nor_as_a_deputy(shop: Local) -> None:
    review = proposed(shop)
    refused = answer(shop, "pam", review)
    assert (refused.status, refused.json["code"]) == (403, "own_request")
    # Pam is Max's deputy, yet Max is not the executive named, and she is the author.
    assert answer(shop, "fin", review).status == 201
    assert answer(shop, "pam", review).status == 403
    assert again(shop) == "waiting"


def test_an_executive_who_proposes_leaves_it_to_another(shop: Local) -> None:
    both = person(shop.workspace, "eve", Role.EXECUTIVE, Role.PRODUCT, deputy="person_dan")
    waiting = publish(shop, HIGH, CHANGE, key=signed_in(shop, "eve"))
    review = waiting["waits_for"]["review"]
    assert answer(shop, "fin", review).status == 201
    assert answer(shop, both.name.lower(), review).status == 403
    # Her deputy would speak for the author, so only the other executive remains.
    assert answer(shop, "dan", review).status == 403
    assert answer(shop, "max", review).status == 201
    assert publish(shop, HIGH, CHANGE, key=signed_in(shop, "eve"))["status"] == "published"


def test_nobody_answers_in_two_roles(shop: Local) -> None:
    person(shop.workspace, "fin", Role.FINANCE, Role.EXECUTIVE)
    save(shop, replace(shop.workspace.state.get(Person, "person_eve"), deputy="person_fin"))  # type: ignore[type-var]
    review = proposed(shop)
    assert answer(shop, "fin", review).status == 201
    second = answer(shop, "fin", review)
    assert (second.status, second.json["code"]) == (409, "answered_already")
    assert again(shop) == "waiting"


def test_time_that_runs_out_refuses_and_a_new_review_is_asked_for(shop: Local) -> None:
    review = proposed(shop)
    assert answer(shop, "fin", review).status == 201
    kept = shop.workspace.state.get(Review, review)
    assert kept is not None
    assert kept.expires_at - kept.requested_at == timedelta(hours=72)
    past = datetime.now(UTC) - timedelta(minutes=1)
    save(shop, replace(kept, expires_at=past, requested_at=past - timedelta(hours=72)))
    late = answer(shop, "eve", review)
    assert (late.status, late.json["code"]) == (409, "review_closed")
    assert shop.done("GET", f"/api/v1/reviews/{review}")["status"] == "expired"
    waiting = publish(shop, HIGH, CHANGE, key=signed_in(shop, "pam"))
    assert waiting["waits_for"]["review"] != review
    assert waiting["waits_for"]["unmet"] == ["finance", "executive"]
    assert live(shop) == 1


def test_an_agreement_is_of_no_use_after_a_month(shop: Local) -> None:
    review = proposed(shop)
    for name in ("fin", "eve"):
        assert answer(shop, name, review).status == 201
    kept = shop.workspace.state.get(Review, review)
    assert kept is not None
    long_ago = datetime.now(UTC) - timedelta(days=31)
    save(shop, replace(kept, requested_at=long_ago, expires_at=long_ago + timedelta(hours=72)))
    assert again(shop) == "waiting"


def test_who_agrees_names_the_hash_of_what_they_saw(shop: Local) -> None:
    review = proposed(shop)
    other = answer(shop, "fin", review, digest="chg_" + "0" * 32)
    assert (other.status, other.json["code"]) == (409, "other_content")
    assert shop.done("GET", f"/api/v1/reviews/{review}")["answers"] == []


def test_the_same_words_with_another_note_or_document_need_another_agreement(shop: Local) -> None:
    review = proposed(shop)
    for name in ("fin", "eve"):
        assert answer(shop, name, review).status == 201
    changed = CHANGE.replace("Five percent", "Fifty percent")
    waiting = publish(shop, HIGH, changed, key=signed_in(shop, "pam"))
    assert waiting["status"] == "waiting"
    assert waiting["waits_for"]["review"] != review


def test_a_preview_is_bound_to_the_money_that_was_shown(shop: Local) -> None:
    review = proposed(shop)
    (one,) = shop.workspace.state.find(Proposal)
    assert one.impact
    assert shop.workspace.state.get(Review, review).digest == one.id  # type: ignore[union-attr]


def test_publishing_the_same_twice_makes_one_release(shop: Local) -> None:
    first = publish(shop, CHEAPER, key=signed_in(shop, "pam"))
    same = publish(shop, CHEAPER, key=signed_in(shop, "pam"))
    assert (first["status"], same["status"]) == ("published", "unchanged")
    assert [one["number"] for one in shop.done("GET", "/api/v1/catalog/log")["items"]] == [2, 1]


def test_an_agreement_to_a_smaller_risk_is_no_agreement_to_a_larger_one(shop: Local) -> None:
    waiting = publish(shop, MEDIUM, CHANGE, key=signed_in(shop, "pam"))["waits_for"]
    assert answer(shop, "fin", waiting["review"]).status == 201
    (one,) = shop.workspace.state.find(Proposal)
    save(shop, replace(one, risk=Risk(reasons=())))
    assert publish(shop, MEDIUM, CHANGE, key=signed_in(shop, "pam"))["status"] == "waiting"


def test_roles_that_cannot_write_a_catalog_cannot_ask_for_one(shop: Local) -> None:
    person(shop.workspace, "gus", Role.GUEST)
    for name in ("gus", "dan", "fin"):
        publish(shop, HIGH, CHANGE, key=signed_in(shop, name), status=403)
    assert shop.done("GET", "/api/v1/reviews")["items"] == []
    assert publish(shop, MEDIUM, CHANGE, key=signed_in(shop, "pam"))["waits_for"]["requires"] == ["finance"]
