"""Lago's published Python client works unchanged against a running server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from lago_python_client.client import Client
from lago_python_client.exceptions import LagoApiError, LagoRateLimitError
from lago_python_client.models.event import BatchEvent, Event

from tests.api.conftest import Server, event_of


def client_of(server: Server, key: str | None = None) -> Any:
    return Client(api_key=server.key if key is None else key, api_url=server.address)


def event(id: str, **changed: Any) -> Event:
    said = {
        "transaction_id": f"lago-{id}",
        "external_subscription_id": "acme",
        "code": "llm.completion",
        "timestamp": "1786000000.250",
        "precise_total_amount_cents": None,
        "properties": {"tokens": 12, "model": "m1"},
    }
    return Event(**{**said, **changed})


def found(server: Server, id: str) -> Any:
    return event_of(server, "lago", f"lago-{id}")


def test_one_event_is_answered_as_lago_answers(wired: Server) -> None:
    answer = client_of(wired).events.create(event("single"))
    assert answer is not None
    assert answer.transaction_id == "lago-single"
    assert answer.external_subscription_id == "acme"
    assert answer.lago_customer_id == "acme"
    assert answer.code == "llm.completion"
    assert answer.timestamp == "2026-08-06T07:06:40.250000Z"
    assert answer.properties == {"tokens": 12, "model": "m1"}
    stored = found(wired, "single")
    assert (stored["customer"], stored["subject"], stored["type"]) == ("acme", "acme", "llm.completion")
    assert stored["data"] == {"tokens": 12, "model": "m1"}


def test_sending_again_gives_the_same_event(wired: Server) -> None:
    client = client_of(wired)
    first, second = client.events.create(event("again")), client.events.create(event("again"))
    assert first is not None
    assert second is not None
    assert first.lago_id == second.lago_id
    assert found(wired, "again")


def test_a_batch_is_stored(wired: Server) -> None:
    client_of(wired).events.batch_create(BatchEvent(events=[event(f"b{number}") for number in range(20)]))
    assert all(found(wired, f"b{number}")["customer"] == "acme" for number in range(20))


def test_numbers_texts_and_absent_times_are_taken(wired: Server) -> None:
    client = client_of(wired)
    client.events.create(event("whole", timestamp=1786000000))
    client.events.create(event("now", timestamp=None))
    assert found(wired, "whole")["time"] == "2026-08-06T07:06:40Z"
    age = datetime.now(UTC) - datetime.fromisoformat(found(wired, "now")["time"])
    assert abs(age.total_seconds()) < 60


def test_an_amount_of_the_event_is_kept_in_its_data(wired: Server) -> None:
    client_of(wired).events.create(event("amount", precise_total_amount_cents="1234.56"))
    assert found(wired, "amount")["data"]["precise_total_amount_cents"] == "1234.56"


def test_a_subscription_of_ours_leads_to_its_customer(wired: Server) -> None:
    (subscription,) = wired.client().subscriptions.list(customer="bolt")["items"]
    client_of(wired).events.create(event("ours", external_subscription_id=subscription["id"]))
    assert found(wired, "ours")["customer"] == "bolt"
    client_of(wired).events.create(event("subject", external_subscription_id="coil-bot", code="another"))
    assert found(wired, "subject")["customer"] == "coil"
    client_of(wired).events.create(event("nobody", external_subscription_id="sub_of_nobody"))
    assert found(wired, "nobody")["status"] == "unattributed"


def test_another_event_under_the_same_id_is_refused_in_lagos_words(wired: Server) -> None:
    client = client_of(wired)
    client.events.create(event("twice"))
    with pytest.raises(LagoApiError) as caught:
        client.events.create(event("twice", properties={"tokens": 13}))
    assert caught.value.status_code == 422
    assert caught.value.response["code"] == "validation_errors"
    assert caught.value.response["error_details"] == {"transaction_id": ["value_already_exist"]}


def test_a_bad_event_of_a_batch_is_named_by_its_place_and_the_good_ones_are_stored(wired: Server) -> None:
    bad = event("bad", properties={"tokens": "many"})
    with pytest.raises(LagoApiError) as caught:
        client_of(wired).events.batch_create(BatchEvent(events=[event("ok1"), bad, event("ok2")]))
    assert caught.value.response["error_details"] == {"1": {"tokens": ["invalid_format"]}}
    assert found(wired, "ok1")
    assert found(wired, "ok2")


def test_a_wrong_key_raises_lagos_error(wired: Server) -> None:
    stranger = client_of(wired, "sk_wrong")
    for send in (
        lambda: stranger.events.create(event("stranger")),
        lambda: stranger.events.batch_create(BatchEvent(events=[event("stranger")])),
    ):
        with pytest.raises(LagoApiError) as caught:
            send()
        assert caught.value.status_code == 401
        assert caught.value.response["code"] == "unauthenticated"


def test_a_limited_key_raises_lagos_rate_limit_error(wired: Server) -> None:
    limit = {"events_per_second": 1, "burst": 2}
    secret = wired.client().keys.create(
        name="slow",
        scopes=["events:write"],
        rate_limit=limit,  # type: ignore[arg-type]
    )["secret"]
    slow = Client(api_key=secret, api_url=wired.address, max_retries=0, retry_on_rate_limit=False)
    wired.ask("POST", "/api/v1/events", [{"id": f"slow{n}", "type": "t"} for n in range(3)], key=secret)
    answer = wired.ask("POST", "/api/v1/events/batch", {"events": [{}]}, key=secret)
    assert answer.status == 429
    assert answer.headers["x-ratelimit-limit"] == "2"
    assert answer.json["code"] == "rate_limited"
    assert slow.api_key == secret
    assert LagoRateLimitError(429, None, None, headers=answer.headers).limit == 2


@pytest.mark.parametrize(
    "body",
    [
        {"event": {"code": "c"}, "id": "plain-1", "type": "t"},
        {"id": "plain-2", "type": "t", "events": []},
    ],
)
def test_a_body_is_lagos_only_if_that_is_its_sole_root_key(wired: Server, body: Any) -> None:
    assert wired.ask("POST", "/api/v1/events", body).status == 204
    assert event_of(wired, "default", body["id"])
