"""OpenMeter's published Python client, sync and async, works unchanged against a running server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from corehttp.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from openmeter import Client
from openmeter.aio import Client as AsyncClient

from tests.api.conftest import Server, event_of

START, END = datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)


def event(id: str, *, subject: str = "acme", tokens: object = 10, day: int = 3, model: str = "m1") -> Any:
    return {
        "id": f"om-{id}",
        "source": "openmeter-test",
        "specversion": "1.0",
        "type": "llm.completion",
        "subject": subject,
        "time": datetime(2026, 8, day, 12, tzinfo=UTC),
        "data": {"tokens": tokens, "model": model},
    }


@pytest.fixture
def client(wired: Server) -> Iterator[Client]:
    with Client(endpoint=wired.address, token=wired.key) as made:
        yield made


def test_one_event_is_stored_once_however_often_it_is_sent(client: Client, wired: Server) -> None:
    client.events.ingest_event(event("single"))
    client.events.ingest_event(event("single"))
    found = event_of(wired, "openmeter-test", "om-single")
    assert found["customer"] == "acme"
    assert found["time"] == "2026-08-03T12:00:00Z"
    assert found["data"] == {"tokens": 10, "model": "m1"}


def test_a_batch_is_stored(client: Client, wired: Server) -> None:
    client.events.ingest_events([event(f"b{number}", day=number) for number in range(1, 29)])
    client.events.ingest_events_json([event(f"j{number}", day=number) for number in range(1, 29)])
    assert all(event_of(wired, "openmeter-test", f"om-{kind}{number}") for kind in "bj" for number in (1, 28))


def test_a_refused_event_raises_the_clients_error_with_our_reasons(client: Client, wired: Server) -> None:
    with pytest.raises(HttpResponseError) as caught:
        client.events.ingest_events([event("good"), event("bad", tokens="many")])
    assert caught.value.status_code == 422
    assert caught.value.response is not None
    said = caught.value.response.json()  # type: ignore[attr-defined]
    assert said["accepted"] == 1
    assert said["errors"][0]["index"] == 1
    assert event_of(wired, "openmeter-test", "om-good")


def test_a_wrong_key_raises_the_clients_own_error(wired: Server) -> None:
    with Client(endpoint=wired.address, token="sk_wrong") as stranger:
        with pytest.raises(ClientAuthenticationError):
            stranger.events.ingest_event(event("stranger"))
        with pytest.raises(ClientAuthenticationError):
            stranger.meters.query_json("tokens")


def test_a_key_without_the_scope_is_told_so(wired: Server) -> None:
    secret = wired.client().keys.create(name="reader", scopes=["usage:read"])["secret"]
    with Client(endpoint=wired.address, token=secret) as reader, pytest.raises(HttpResponseError) as caught:
        reader.events.ingest_event(event("reader"))
    assert caught.value.status_code == 403


def test_the_async_client_sends_and_asks(wired: Server) -> None:
    async def run() -> Any:
        async with AsyncClient(endpoint=wired.address, token=wired.key) as client:
            await client.events.ingest_event(event("async", subject="bolt", tokens=70))
            await client.events.ingest_events([event("async2", subject="bolt", tokens=5)])
            await asyncio.to_thread(event_of, wired, "openmeter-test", "om-async2")
            return await client.meters.query_json(
                "tokens", from_parameter=START, to=END, subject=["bolt"], group_by=["subject"]
            )

    answer = asyncio.run(run())
    assert [(row.subject, row.value) for row in answer.data] == [("bolt", 75.0)]


@pytest.fixture
def measured(client: Client, wired: Server) -> Client:
    client.events.ingest_events(
        [
            event("q1", subject="coil", tokens=3, day=3, model="m1"),
            event("q2", subject="coil", tokens=4, day=3, model="m2"),
            event("q3", subject="coil-bot", tokens=5, day=4, model="m1"),
        ]
    )
    event_of(wired, "openmeter-test", "om-q3")
    return client


def test_a_meter_is_asked_with_every_parameter_of_the_client(measured: Client) -> None:
    answer = measured.meters.query_json(
        "tokens",
        client_id="progress-1",
        from_parameter=START,
        to=END,
        window_size="DAY",
        window_time_zone="Europe/Berlin",
        subject=["coil", "coil-bot"],
        filter_customer_id=["coil"],
        filter_group_by={"model": "m1"},
        group_by=["subject", "model"],
    )
    assert answer.from_property == START
    assert answer.to == END
    assert answer.window_size == "DAY"
    rows = [(row.subject, row.group_by["model"], row.value, row.window_start) for row in answer.data]
    assert rows == [
        ("coil", "m1", 3.0, datetime(2026, 8, 2, 22, tzinfo=UTC)),
        ("coil-bot", "m1", 5.0, datetime(2026, 8, 3, 22, tzinfo=UTC)),
    ]


@pytest.mark.parametrize("size", ["MINUTE", "HOUR", "DAY", "MONTH"])
def test_every_window_size_adds_up_to_the_same(measured: Client, size: str) -> None:
    whole = measured.meters.query_json("tokens", from_parameter=START, to=END, subject=["coil"])
    parts = measured.meters.query_json(
        "tokens", from_parameter=START, to=END, subject=["coil"], window_size=size
    )
    assert sum(row.value for row in parts.data) == whole.data[0].value == 7.0
    width = {"MINUTE": 60, "HOUR": 3600, "DAY": 86400, "MONTH": 31 * 86400}[size]
    assert {(row.window_end - row.window_start).total_seconds() for row in parts.data} == {width}


def test_the_query_by_post_and_filters_with_operators(measured: Client) -> None:
    asked: Any = {
        "from": START,
        "to": END,
        "subject": ["coil", "coil-bot"],
        "groupBy": ["model"],
        "filterGroupBy": {"model": ["m1", "m2"]},
        "advancedMeterGroupByFilters": {"model": {"$ne": "m2"}},
    }
    answer = measured.meters.query("tokens", asked)
    assert sorted((row.subject, row.group_by["model"], row.value) for row in answer.data) == [
        ("coil", "m1", 3.0),
        ("coil-bot", "m1", 5.0),
    ]
    same = measured.meters.query_json(
        "tokens",
        from_parameter=START,
        to=END,
        subject=["coil"],
        advanced_meter_group_by_filters={"model": {"$in": ["m2"]}},  # type: ignore[dict-item]
    )
    assert [row.value for row in same.data] == [4.0]


def test_the_answer_as_csv(measured: Client) -> None:
    text = measured.meters.query_csv(
        "tokens", from_parameter=START, to=END, subject=["coil"], group_by=["subject", "model"]
    )
    lines = str(text).splitlines()
    assert lines[0] == "window_start,window_end,subject,model,value"
    assert lines[1:] == [
        "2026-08-01T00:00:00Z,2026-09-01T00:00:00Z,coil,m1,3",
        "2026-08-01T00:00:00Z,2026-09-01T00:00:00Z,coil,m2,4",
    ]


def test_a_meter_its_subjects_and_its_values(measured: Client) -> None:
    meter = measured.meters.get("tokens")
    assert (meter.slug, meter.event_type, meter.aggregation) == ("tokens", "llm.completion", "SUM")
    assert meter.value_property == "$.tokens"
    assert meter.group_by == {"model": "$.model"}
    assert {"coil", "coil-bot"} <= set(measured.meters.list_subjects("tokens", from_parameter=START, to=END))
    assert set(measured.meters.list_group_by_values("tokens", "model", from_parameter=START, to=END)) == {
        "m1",
        "m2",
    }


def test_a_meter_that_does_not_exist_is_not_found(client: Client) -> None:
    with pytest.raises(ResourceNotFoundError):
        client.meters.query_json("nothing")
