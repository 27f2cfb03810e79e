"""Stripe's published Python client works unchanged against a running server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import stripe
from stripe import StripeClient

from tests.api.conftest import Server, event_of

TIME = 1_786_000_000
PAYLOAD = {"stripe_customer_id": "acme", "tokens": "25"}


def client_of(server: Server, key: str | None = None) -> StripeClient:
    return StripeClient(
        server.key if key is None else key,
        base_addresses={"api": server.address, "meter_events": server.address},
        max_network_retries=0,
    )


def found(server: Server, id: str) -> Any:
    return event_of(server, "stripe", id)


def one(id: str, **changed: Any) -> Any:
    return {
        "event_name": "llm.completion",
        "identifier": id,
        "timestamp": TIME,
        "payload": PAYLOAD,
        **changed,
    }


def test_version_1_takes_a_form_and_answers_a_meter_event(wired: Server) -> None:
    answer = client_of(wired).v1.billing.meter_events.create(one("v1-single"))
    assert answer.object == "billing.meter_event"
    assert answer.identifier == "v1-single"
    assert answer.timestamp == TIME
    assert answer.payload["tokens"] == "25"
    stored = found(wired, "v1-single")
    assert (stored["customer"], stored["type"], stored["data"]) == ("acme", "llm.completion", PAYLOAD)
    assert stored["time"] == "2026-08-06T07:06:40Z"


def test_version_2_takes_json(wired: Server) -> None:
    answer = client_of(wired).v2.billing.meter_events.create(
        one("v2-single", timestamp="2026-08-06T07:06:40.000Z")
    )
    assert answer.object == "v2.billing.meter_event"
    assert answer.timestamp == "2026-08-06T07:06:40Z"
    assert found(wired, "v2-single")["customer"] == "acme"


def test_the_stream_takes_many(wired: Server) -> None:
    events = [one(f"stream-{number}", timestamp="2026-08-06T07:06:40Z") for number in range(10)]
    client_of(wired).v2.billing.meter_event_stream.create({"events": events})
    assert all(found(wired, f"stream-{number}") for number in range(10))


def test_the_async_client_sends(wired: Server) -> None:
    asyncio.run(client_of(wired).v1.billing.meter_events.create_async(one("v1-async")))
    assert found(wired, "v1-async")


def test_sending_again_counts_once(wired: Server) -> None:
    client = client_of(wired)
    for _ in range(3):
        client.v1.billing.meter_events.create(one("v1-again"))
    assert found(wired, "v1-again")


def test_a_repeat_of_the_same_request_without_identifier_counts_once(wired: Server) -> None:
    client = client_of(wired)
    params: Any = {"event_name": "llm.completion", "payload": PAYLOAD}
    first = client.v1.billing.meter_events.create(params, {"idempotency_key": "retry-1"})
    again = client.v1.billing.meter_events.create(params, {"idempotency_key": "retry-1"})
    assert first.identifier == again.identifier
    assert found(wired, first.identifier)
    params["payload"] = {**PAYLOAD, "tokens": "26"}
    with pytest.raises(stripe.IdempotencyError):
        client.v1.billing.meter_events.create(params, {"idempotency_key": "retry-1"})


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_refused_event_raises_stripes_error_with_the_parameter(wired: Server, version: str) -> None:
    create = getattr(client_of(wired), version).billing.meter_events.create
    time = TIME if version == "v1" else "2026-08-06T07:06:40Z"
    create(one(f"{version}-taken", timestamp=time))
    with pytest.raises(stripe.InvalidRequestError) as caught:
        create(one(f"{version}-taken", timestamp=time, payload={**PAYLOAD, "tokens": "1"}))
    assert caught.value.code == "duplicate_meter_event"
    assert caught.value.param == "identifier"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        create(one(f"{version}-many", timestamp=time, payload={**PAYLOAD, "tokens": "many"}))
    assert caught.value.code == "not_a_number"


def test_a_wrong_key_raises_stripes_error(wired: Server) -> None:
    stranger = client_of(wired, "sk_wrong")
    for version in (stranger.v1, stranger.v2):
        with pytest.raises(stripe.AuthenticationError):
            version.billing.meter_events.create(one("stranger"))


def test_a_key_without_the_scope_raises_stripes_error(wired: Server) -> None:
    secret = wired.client().keys.create(name="reader", scopes=["usage:read"])["secret"]
    with pytest.raises(stripe.PermissionError):
        client_of(wired, secret).v1.billing.meter_events.create(one("reader"))


def test_a_limited_key_raises_stripes_error(wired: Server) -> None:
    limit: Any = {"events_per_second": 1, "burst": 1}
    secret = wired.client().keys.create(name="slow", scopes=["events:write"], rate_limit=limit)["secret"]
    client = client_of(wired, secret)
    answers = [sent(client, f"slow-{number}") for number in range(8)]
    assert answers[0] == "stored"
    assert "RateLimitError" in answers


def sent(client: StripeClient, id: str) -> str:
    try:
        client.v1.billing.meter_events.create(one(id))
    except stripe.StripeError as error:
        return type(error).__name__
    return "stored"
