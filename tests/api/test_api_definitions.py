"""A meter is tried out on stored events before it is published, and an event says what meters make of it."""

from decimal import Decimal
from typing import Any

from tests.api.conftest import Server

MONTH = {"from": "2026-10-01T00:00:00Z", "to": "2026-11-01T00:00:00Z"}


def metric(key: str, **meter: Any) -> dict[str, Any]:
    about = {
        "name": "Tried",
        "owner": "product@example.com",
        "definition": "What is tried out.",
        "unit": "things",
    }
    return {"key": key, **about, "meter": {"event_types": "llm.completion", **meter}}


def test_a_meter_that_nobody_published_measures_what_it_will_measure(billed: Server) -> None:
    tried = metric("tried", aggregation="sum", value="$.tokens")
    answer = billed.ask("POST", "/api/v1/meters/preview", {"metric": tried, **MONTH}).json
    rows = billed.ask(
        "GET", f"/api/v1/meters/tokens/query?from={MONTH['from']}&to={MONTH['to']}&groupBy=customer"
    ).json["data"]
    assert {row["customer"]: row["quantity"] for row in answer["data"]} == {
        row["customer"]: row["quantity"] for row in rows
    }
    assert answer["complete"]
    assert answer["events_counted"] == answer["events_read"] == 120
    quantities = [Decimal(row["quantity"]) for row in answer["data"]]
    assert quantities == sorted(quantities, reverse=True)


def test_every_mistake_in_a_definition_is_told_with_its_field(billed: Server) -> None:
    wrong = metric("tried", aggregation="summ", value="tokens") | {"unit": ""}
    answer = billed.ask("POST", "/api/v1/meters/preview", {"metric": wrong})
    assert answer.status == 422
    assert {"meter.aggregation", "meter.value"} <= {one["field"] for one in answer.json["errors"]}


def test_a_new_meter_becomes_a_version_of_the_catalog_and_measures_what_was_stored(billed: Server) -> None:
    added = metric("distinct-models", aggregation="unique", value="$.model")
    planned = billed.ask("POST", "/api/v1/meters", {**added, "dry_run": True}).json
    assert (planned["dry_run"], planned["changes"]) == (True, ["+ metric distinct-models"])
    assert "distinct-models" not in {one["slug"] for one in billed.ask("GET", "/api/v1/meters").json["items"]}
    published = billed.ask("POST", "/api/v1/meters", added)
    assert (published.status, published.json["version"]["live"]) == (201, True)
    assert published.json["version"]["number"] == planned["version"]["number"]
    rows = billed.ask("GET", "/api/v1/meters/distinct-models/query").json["data"]
    assert rows
    assert not billed.ask("POST", "/api/v1/meters", added).json["changed"], "the same again changes nothing"
    other = metric("distinct-models", aggregation="count")
    refused = billed.ask("POST", "/api/v1/meters", other)
    assert (refused.status, refused.json["code"]) == (409, "exists")


def test_an_event_says_what_every_meter_reads_from_it(billed: Server) -> None:
    newest = billed.ask("GET", "/api/v1/events?limit=1&customer=coil").json["items"][0]
    shown = billed.ask("GET", f"/api/v1/events/{newest['index']}").json
    assert shown["event"] == newest
    assert shown["receipt"]["leaf"] == billed.ask("GET", f"/record/proof/{newest['index']}").json["leaf"]
    readings = {one["meter"]: one for one in shown["readings"]}
    assert readings["tokens"]["value"] == str(newest["data"]["tokens"])
    assert readings["tokens"]["dimensions"] == {"model": newest["data"]["model"]}
    assert readings["requests"]["value"] == "1"


def test_an_event_that_does_not_count_says_why(fresh: Server) -> None:
    client = fresh.client()
    added = metric("tokens", aggregation="sum", value="$.n", filters=[{"path": "$.ok", "values": ["yes"]}])
    added["meter"]["allow_negative"] = False
    said = {
        "nothing at $.n": {"ok": "yes"},
        "no number": {"ok": "yes", "n": "many"},
        "negative": {"ok": "yes", "n": -3},
        "filter $.ok": {"ok": "no", "n": 3},
    }
    sent = enumerate(said.values())
    odd: list[Any] = [{"id": f"odd-{n}", "type": "llm.completion", "data": data} for n, data in sent]
    receipts = client.events.send(odd)["receipts"]
    assert fresh.ask("POST", "/api/v1/meters", added).status == 201
    for words, index in zip(said, [receipt["index"] for receipt in receipts], strict=True):
        reading = fresh.ask("GET", f"/api/v1/events/{index}").json["readings"][0]
        assert not reading["counts"]
        assert words in reading["why"]


def test_an_entry_that_is_no_event_is_not_shown_as_one(fresh: Server) -> None:
    for index in (0, 10**9):
        answer = fresh.ask("GET", f"/api/v1/events/{index}")
        assert answer.status == 404
