"""What the published clients of other products read here, each driven unchanged against a running server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe
from corehttp.exceptions import HttpResponseError, ResourceNotFoundError
from lago_python_client.client import Client as LagoClient
from lago_python_client.exceptions import LagoApiError
from lago_python_client.models.event import Event
from openmeter import Client
from stripe import StripeClient

from tests.api.conftest import Server, event_of

START, END = datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
MODELS = {"gpt-5": 5, "gpt-5-mini": 7, "claude-4": 11, "": 13}


@pytest.fixture(scope="module")
def sent(wired: Server) -> Server:
    """Events of one customer by model, told apart from those of other tests by their month and customer."""
    events = [
        {
            "id": f"pr-{number}",
            "source": "products",
            "type": "llm.completion",
            "subject": "bolt",
            "time": f"2026-07-{number + 1:02d}T12:00:00Z",
            "data": {"tokens": tokens, **({"model": model} if model else {})},
        }
        for number, (model, tokens) in enumerate(MODELS.items())
    ]
    assert wired.ask("POST", "/api/v1/events", events).status == 204
    event_of(wired, "products", "pr-3")
    return wired


@pytest.fixture
def openmeter(sent: Server) -> Iterator[Client]:
    with Client(endpoint=sent.address, token=sent.key) as made:
        yield made


def lago(server: Server, path: str = "", key: str = "") -> Any:
    return LagoClient(api_key=key or server.key, api_url=server.address + path)


def stripe_of(server: Server, key: str | None = None) -> StripeClient:
    addresses: Any = {"api": server.address, "meter_events": server.address}
    return StripeClient(key or server.key, base_addresses=addresses, max_network_retries=0)


def test_openmeter_lists_meters_as_its_client_reads_them(openmeter: Client, sent: Server) -> None:
    meters = openmeter.meters.list()
    assert [(one.slug, one.aggregation) for one in meters] == [
        (one["slug"], one["aggregation"].upper()) for one in sent.client().meters.list()["items"]
    ]
    assert all(isinstance(one.created_at, datetime) for one in meters)
    newest = openmeter.meters.list(page=1, page_size=1, order="DESC", order_by="key")
    assert [one.slug for one in newest] == [meters[-1].slug]
    assert openmeter.meters.list(page=99) == []


def test_a_client_that_does_not_say_what_it_is_comes_by_the_products_address(sent: Server) -> None:
    with Client(
        endpoint=f"{sent.address}/openmeter", token=sent.key, user_agent="mine", user_agent_overwrite=True
    ) as client:
        assert [one.slug for one in client.meters.list()]
        assert client.meters.get("tokens").slug == "tokens"
        client.events.ingest_event(
            {"id": "pr-by-address", "source": "products", "specversion": "1.0", "type": "t", "subject": "x"}
        )
    assert event_of(sent, "products", "pr-by-address")


@pytest.mark.parametrize(
    ("one", "total"),
    [
        ({"$like": "gpt-%"}, 12),
        ({"$like": "gpt-_"}, 5),
        ({"$ilike": "GPT%MINI"}, 7),
        ({"$nlike": "gpt-%"}, 24),
        ({"$gt": "gpt-5"}, 7),
        ({"$lte": "gpt-5"}, 16),
        ({"$or": [{"$eq": "gpt-5"}, {"$like": "claude%"}]}, 16),
        ({"$and": [{"$like": "gpt%"}, {"$ne": "gpt-5"}]}, 7),
        ({"$like": "nothing%"}, 0),
        ({"$nilike": "CLAUDE%"}, 25),
    ],
)
def test_every_operator_of_openmeters_filters_is_read(openmeter: Client, one: Any, total: int) -> None:
    asked: Any = {
        "from": datetime(2026, 7, 1, tzinfo=UTC),
        "to": datetime(2026, 8, 1, tzinfo=UTC),
        "filterCustomerId": ["bolt"],
        "advancedMeterGroupByFilters": {"model": one},
    }
    assert sum(row.value for row in openmeter.meters.query("tokens", asked).data) == total


@pytest.mark.parametrize("one", [{"$regex": "a"}, {"$or": []}, {"$like": 5}, {"$or": [{"$and": "x"}]}])
def test_what_is_no_filter_is_refused_in_words(openmeter: Client, one: Any) -> None:
    asked: Any = {"advancedMeterGroupByFilters": {"model": one}}
    with pytest.raises(HttpResponseError) as caught:
        openmeter.meters.query("tokens", asked)
    assert caught.value.status_code == 400
    answer: Any = caught.value.response
    assert "is not read" in answer.json()["detail"]


def test_openmeter_lists_events_and_subjects(openmeter: Client) -> None:
    start, end = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)
    july: Any = {"from_parameter": start, "to": end}
    found = openmeter.events.list(**july, subject="bol", customer_id=["bolt"], limit=3)
    assert [one.event.id for one in found] == ["pr-3", "pr-2", "pr-1"]
    assert (found[0].customer_id, (found[0].event.data or {})["tokens"], found[0].validation_error) == (
        "bolt",
        13,
        None,
    )
    assert [one.event.id for one in openmeter.events.list(from_parameter=start, to=end, id="pr-1")] == [
        "pr-1"
    ]
    chosen: Any = {"source": {"$eq": "products"}, "time": {"$lt": "2026-07-03T00:00:00Z"}}
    pages = openmeter.events_v2.list(limit=1, filter=chosen)
    assert [one.event.id for one in pages] == ["pr-1", "pr-0"]
    assert {"bolt", "coil-bot"} <= {one.key for one in openmeter.subjects.list()}
    assert openmeter.subjects.get("coil-bot").key == "coil-bot"
    with pytest.raises(ResourceNotFoundError):
        openmeter.subjects.get("nobody-at-all")


def test_what_is_not_metering_is_refused_with_where_ours_is(openmeter: Client, sent: Server) -> None:
    with pytest.raises(HttpResponseError) as caught:
        openmeter.customers.list()
    answer: Any = caught.value.response
    assert answer.json()["detail"].endswith("GET /api/v1/customers is not offered; ours is /api/v1/customers")
    with pytest.raises(LagoApiError) as refused:
        lago(sent).invoices.find_all()
    assert refused.value.response["code"] == "not_offered"
    assert "/api/v1/invoices" in refused.value.response["detail"]
    with pytest.raises(stripe.InvalidRequestError) as said:
        stripe_of(sent).v1.subscriptions.list()
    assert said.value.code == "not_offered"
    assert "/api/v1/subscriptions" in str(said.value)


def test_lago_finds_an_event_and_the_metrics(sent: Server) -> None:
    event = Event(
        transaction_id="pr-lago",
        external_subscription_id="acme",
        code="llm.completion",
        timestamp="1783000000.5",
        precise_total_amount_cents=None,
        properties={"tokens": 12},
    )
    for path in ("", "/lago/"):
        client = lago(sent, path)
        client.events.create(event)
        found = client.events.find("pr-lago")
        assert (found.transaction_id, found.code, found.properties) == (
            "pr-lago",
            "llm.completion",
            {"tokens": 12},
        )
        with pytest.raises(LagoApiError) as caught:
            client.events.find("pr-none")
        assert caught.value.status_code == 404
        assert caught.value.response["code"] == "unknown_event"
    listed = lago(sent).billable_metrics.find_all({"per_page": 1, "page": 1})
    assert listed["meta"]["total_count"] >= 1
    assert len(listed["billable_metrics"]) == 1
    metric = lago(sent).billable_metrics.find("tokens")
    assert (metric.code, metric.aggregation_type, metric.field_name) == ("tokens", "sum_agg", "tokens")


def test_lago_reads_what_a_customer_used_this_month(sent: Server) -> None:
    now = datetime.now(UTC)
    (subscription,) = sent.client().subscriptions.list(customer="bolt")["items"]
    event = Event(
        transaction_id="pr-now",
        external_subscription_id=subscription["id"],
        code="llm.completion",
        timestamp=str(int(now.timestamp())),
        precise_total_amount_cents=None,
        properties={"tokens": 250},
    )
    lago(sent).events.create(event)
    event_of(sent, "lago", "pr-now")
    usage = lago(sent).customers.current_usage("bolt", subscription["id"], apply_taxes="false")
    draft = sent.client().customers.preview("bolt")
    lines = [one for one in draft["lines"] if one["meter"]]
    assert [(one.units, one.events_count) for one in usage.charges_usage] == [
        (one["quantity"], one["events"]) for one in lines
    ]
    assert usage.currency == draft["currency"]
    assert usage.amount_cents == sum(one.amount_cents for one in usage.charges_usage)
    only = lago(sent).customers.current_usage("bolt", "bolt", billable_metric_code="no-such")
    assert only.charges_usage == []
    with pytest.raises(LagoApiError) as caught:
        lago(sent).customers.current_usage("bolt", "sub_of_acme")
    assert caught.value.status_code == 404
    with pytest.raises(LagoApiError) as caught:
        lago(sent).customers.current_usage("bolt", "bolt", full_usage=True)
    assert "full_usage" in str(caught.value.response)


def test_a_key_of_one_customer_does_not_learn_whose_subject_it_is(sent: Server) -> None:
    scopes: Any = ["usage:read", "billing:read"]
    key = sent.client().keys.create(name="bolt reads", scopes=scopes, customer="bolt")["secret"]
    span: Any = {"customer": "coil-bot", "start_time": 1_782_864_000, "end_time": 1_785_542_400}
    summaries: Any = stripe_of(sent, key).v1.billing.meters.event_summaries
    with pytest.raises(stripe.InvalidRequestError) as caught:
        summaries.list("tokens", span)
    assert str(caught.value.user_message) == "there is no customer 'coil-bot'"
    assert summaries.list("tokens", {**span, "customer": "bolt"}).data
    with pytest.raises(LagoApiError) as refused:
        lago(sent, key=key).customers.current_usage("coil-bot", "coil-bot")
    assert refused.value.response["detail"] == "there is no customer 'coil-bot'"


def test_stripe_reads_meters_and_what_a_customer_used(sent: Server) -> None:
    client = stripe_of(sent)
    meters = client.v1.billing.meters.list({"limit": 1})
    assert meters.data[0].object == "billing.meter"
    assert {one.id for one in meters.auto_paging_iter()} == {
        one["slug"] for one in sent.client().meters.list()["items"]
    }
    meter = client.v1.billing.meters.retrieve("tokens")
    assert (meter.default_aggregation.formula, meter.value_settings.event_payload_key) == ("sum", "tokens")
    span: Any = {"customer": "bolt", "start_time": 1_782_864_000, "end_time": 1_785_542_400}
    summaries: Any = client.v1.billing.meters.event_summaries
    (whole,) = summaries.list("tokens", span).data
    assert whole.aggregated_value == 36
    days = summaries.list("tokens", {**span, "value_grouping_window": "day"})
    assert [one.aggregated_value for one in days.data] == [13, 11, 7, 5]
    first = summaries.list("tokens", {**span, "value_grouping_window": "day", "limit": 3})
    assert [one.aggregated_value for one in first.auto_paging_iter()] == [13, 11, 7, 5]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.billing.meters.retrieve("nothing")
    assert (caught.value.http_status, caught.value.code) == (404, "unknown_meter")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.billing.meters.deactivate("tokens")
    assert "catalog" in str(caught.value)


def test_a_session_of_stripe_streams_events_and_does_nothing_else(sent: Server) -> None:
    session = stripe_of(sent).v2.billing.meter_event_session.create()
    assert session.object == "v2.billing.meter_event_session"
    streaming = stripe_of(sent, session.authentication_token)
    event: Any = {
        "event_name": "llm.completion",
        "identifier": "pr-streamed",
        "timestamp": "2026-07-20T07:06:40Z",
        "payload": {"stripe_customer_id": "acme", "tokens": "25"},
    }
    streaming.v2.billing.meter_event_stream.create({"events": [event]})
    assert event_of(sent, "stripe", "pr-streamed")["customer"] == "acme"
    asyncio.run(streaming.v2.billing.meter_event_stream.create_async({"events": [event]}))
    with pytest.raises(stripe.PermissionError):
        streaming.v1.billing.meters.list()
    forged = session.authentication_token[:-1] + ("0" if session.authentication_token[-1] != "0" else "1")
    with pytest.raises(stripe.AuthenticationError):
        stripe_of(sent, forged).v2.billing.meter_event_stream.create({"events": [event]})


def test_a_session_ends_with_its_key(sent: Server) -> None:
    made = sent.client().keys.create(name="streams", scopes=["events:write"])
    session = stripe_of(sent, made["secret"]).v2.billing.meter_event_session.create()
    sent.client().keys.revoke(made["id"])
    with pytest.raises(stripe.AuthenticationError):
        stripe_of(sent, session.authentication_token).v2.billing.meter_event_stream.create({"events": []})


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_an_event_that_stripes_client_cancels_no_longer_counts(sent: Server, version: str) -> None:
    client = getattr(stripe_of(sent), version).billing
    when = 1_783_000_000 if version == "v1" else "2026-07-02T12:00:00Z"
    payload = {"stripe_customer_id": "acme", "tokens": "4"}
    name = "llm.completion"
    client.meter_events.create(
        {"event_name": name, "identifier": f"pr-{version}", "timestamp": when, "payload": payload}
    )
    event_of(sent, "stripe", f"pr-{version}")
    asked: Any = {"event_name": name, "type": "cancel", "cancel": {"identifier": f"pr-{version}"}}
    answer = client.meter_event_adjustments.create(asked)
    assert (answer.status, answer.cancel.identifier) == ("complete", f"pr-{version}")
    history = sent.client().corrections.history(source="stripe", id=f"pr-{version}")
    assert {one["action"] for one in history["items"]} == {"sent", "void"}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.meter_event_adjustments.create({**asked, "cancel": {"identifier": "pr-none"}})
    assert caught.value.code == "unknown_event"
