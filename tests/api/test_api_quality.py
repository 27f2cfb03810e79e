"""The quality of usage data over HTTP: schemas, refused events, and what people see of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.local import Local

SCHEMA = """
event_types:
  - name: strict
    on_mismatch: reject
    schema: {type: object, required: [n], properties: {n: {type: integer, minimum: 0}}}
  - name: careful
    on_mismatch: quarantine
    schema: {type: object, required: [n], properties: {n: {type: integer}}}
  - name: loose
    schema: {type: object, required: [n], properties: {n: {type: integer}, plan: {type: string}}}
metrics:
  - key: units
    name: Units
    owner: product
    definition: Units used.
    unit: units
    meter: {event_types: [strict, careful, loose], aggregation: count}
"""


def sent(number: int, kind: str, data: Any, *, subject: str = "acme") -> Any:
    return {"id": f"e{number}", "source": "test", "type": kind, "subject": subject, "data": data}


@pytest.fixture
def watched(local: Local) -> Local:
    """A workspace with one customer and event types that have schemas."""
    local.publish(SCHEMA)
    local.customer("acme", "bot")
    return local


def test_each_type_of_event_does_with_a_mismatch_what_the_catalog_says(watched: Local) -> None:
    events = [
        sent(1, "strict", {"n": 1}),
        sent(2, "strict", {"n": "one"}),
        sent(3, "careful", {"n": "three"}),
        sent(4, "loose", {"n": "four"}),
        sent(5, "loose", {"n": 5}),
    ]
    answer = watched.ask("POST", "/api/v1/events", events)
    assert answer.status == 422
    assert answer.json["accepted"] == 4
    [error] = answer.json["errors"]
    assert (error["index"], error["code"], error["field"]) == (1, "schema_mismatch", "data.n")
    listed = watched.ask("GET", "/api/v1/events").json["items"]
    noted = {one["id"]: (one["customer"], one["mismatch"]) for one in listed}
    assert noted == {
        "e1": ("acme", ""),
        "e3": ("$quarantined", "data.n"),
        "e4": ("acme", "data.n"),
        "e5": ("acme", ""),
    }
    rows = watched.ask("GET", "/api/v1/meters/units/query?customer=acme&groupBy=mismatch").json["data"]
    assert {row["groupBy"]["mismatch"]: row["quantity"] for row in rows} == {"": "2", "data.n": "1"}


def test_an_event_of_the_quarantine_sent_again_is_a_duplicate(watched: Local) -> None:
    event = sent(1, "careful", {"n": "three"})
    assert watched.ask("POST", "/api/v1/events", [event]).status == 204
    again = watched.ask("POST", "/api/v1/events", [event], prefer="return=representation").json
    assert (again["accepted"], again["duplicates"]) == (0, 1)


def test_a_key_of_one_customer_may_send_what_lands_in_the_quarantine(watched: Local) -> None:
    made = watched.ask(
        "POST", "/api/v1/keys", {"name": "acme", "scopes": ["events:write"], "customer": "acme"}
    ).json
    events = [sent(1, "careful", {"n": "x"}), sent(2, "careful", {"n": "x"}, subject="other")]
    answer = watched.ask("POST", "/api/v1/events", events, key=made["secret"])
    assert answer.json["accepted"] == 1
    assert [(one["index"], one["code"]) for one in answer.json["errors"]] == [(1, "other_customer")]


def test_refused_events_are_listed_with_all_that_is_known_of_them(watched: Local) -> None:
    watched.ask("POST", "/api/v1/events", [sent(1, "strict", {"n": -1}), {"id": "2"}])
    watched.ask("POST", "/api/v1/events", content=b"{no json")
    watched.ask("POST", "/api/v1/events", [sent(3, "loose", {"n": 1})])
    watched.ask("POST", "/api/v1/events", [sent(3, "loose", {"n": 2})])
    watched.ask("POST", "/api/v1/events", content=b"", content_type="image/png")
    items = watched.ask("GET", "/api/v1/events/rejected").json["items"]
    assert [one["code"] for one in items] == [
        "unsupported_content_type",
        "conflict",
        "malformed_json",
        "schema_mismatch",
        "missing_field",
    ]
    mismatch = items[3]
    assert (mismatch["type"], mismatch["source"], mismatch["event_id"]) == ("strict", "test", "e1")
    assert mismatch["subject"] == "acme"
    assert mismatch["key"]
    assert items[2]["item"] == "{no json"
    assert items[4]["item"] == '{"id": "2"}'
    assert items[1]["event_id"] == "e3"
    first = watched.ask("GET", "/api/v1/events/rejected?limit=2").json
    rest = watched.ask("GET", f"/api/v1/events/rejected?limit=9&cursor={first['next']}").json
    assert [*first["items"], *rest["items"]] == items
    assert [
        one["id"] for one in watched.ask("GET", "/api/v1/events/rejected?code=conflict").json["items"]
    ] == [items[1]["id"]]
    metrics = watched.ask("GET", "/metrics").content.decode()
    assert 'steelyard_events_refused_total{code="schema_mismatch"} 1.0' in metrics


def test_a_schema_is_derived_from_stored_events_and_can_be_published(watched: Local) -> None:
    events = [
        {
            "model": "a" if number % 2 else "b",
            "tokens": number,
            "share": 0.5,
            **({"note": "x"} if number else {}),
        }
        for number in range(20)
    ]
    assert (
        watched.ask(
            "POST", "/api/v1/events", [sent(number, "new.type", data) for number, data in enumerate(events)]
        ).status
        == 204
    )
    found = watched.ask("POST", "/api/v1/event-types/new.type/schema", {}).json
    assert found["examples"] == 20
    assert found["schema"] == {
        "type": "object",
        "required": ["model", "share", "tokens"],
        "properties": {
            "model": {"type": "string", "enum": ["a", "b"]},
            "note": {"type": "string"},
            "share": {"type": "number", "description": "seen from 0.5 to 0.5"},
            "tokens": {"type": "integer", "description": "seen from 0 to 19"},
        },
    }
    verdict = watched.ask(
        "POST", "/api/v1/catalog/validate", {"files": [{"name": "a.yaml", "text": found["yaml"]}]}
    ).json
    assert verdict["problems"] == []
    assert watched.ask("POST", "/api/v1/event-types/nothing/schema", {}).json["code"] == "no_examples"


def test_event_types_show_what_does_not_fit_and_what_is_new(watched: Local) -> None:
    watched.ask("POST", "/api/v1/events", [sent(1, "loose", {"n": "x", "extra": 1}), sent(2, "careful", {})])
    assert watched.ask("POST", "/api/v1/events", [sent(3, "only.seen", {"a": [{"b": 1}]})]).status == 204
    items = {one["type"]: one for one in watched.ask("GET", "/api/v1/event-types").json["items"]}
    assert sorted(items) == ["careful", "loose", "only.seen", "strict"]
    assert (items["loose"]["mismatches"], items["loose"]["events"], items["loose"]["meters"]) == (
        1,
        1,
        ["units"],
    )
    assert [(one["kind"], one["field"]) for one in items["loose"]["drift"]] == [
        ("not_in_schema", "data.extra"),
        ("wrong_type", "data.n"),
    ]
    assert items["careful"]["quarantined"] == 1
    seen = items["only.seen"]
    assert (seen["declared"], seen["class"], seen["has_schema"], seen["priced"]) == (
        False,
        "technical",
        False,
        False,
    )
    full = watched.ask("GET", "/api/v1/event-types/only.seen").json
    assert {one["field"]: one["types"] for one in full["fields"]} == {
        "data.a": {"array": 1},
        "data.a[]": {"object": 1},
        "data.a[].b": {"integer": 1},
    }
    strict = watched.ask("GET", "/api/v1/event-types/strict").json
    assert strict["schema"]["properties"]["n"] == {"type": "integer", "minimum": 0}
    assert strict["on_mismatch"] == "reject"
    assert watched.ask("GET", "/api/v1/event-types/nothing").status == 404


def test_health_says_what_somebody_should_look_at(watched: Local) -> None:
    events = [
        sent(1, "strict", {"n": 1}),
        sent(2, "strict", {"n": "one"}),
        sent(3, "careful", {"n": "three"}),
        sent(4, "loose", {"n": "four"}),
        sent(5, "loose", {"n": 5}, subject="nobody"),
        {**sent(6, "loose", {"n": 6}), "time": "2026-01-01T00:00:00Z"},
        sent(7, "other", {}),
    ]
    watched.ask("POST", "/api/v1/events", events)
    hold = {"action": "hold", "source": "test", "id": "e1", "reason": "let us see"}
    assert watched.ask("POST", "/api/v1/events/corrections", hold).status in (200, 201)
    one = watched.ask("GET", "/api/v1/meters/units/health").json
    assert one["rate"] == {"last_minute": 5, "last_hour": 5, "last_day": 5}
    assert one["customers_last_day"] == 1
    assert one["rejected_last_day"] == {"schema_mismatch": 1}
    assert one["mismatches_last_day"] == 2
    assert one["waits"] == {"unattributed": 1, "quarantined": 1, "held": 1}
    assert float(one["lag"]["p99_seconds"]) > 86_400
    assert {each["field"] for each in one["drift"]} == {"data.n"}
    assert "1 event is in quarantine" in one["concerns"]
    assert "no price rests on this meter" in one["concerns"]
    assert watched.ask("GET", "/api/v1/meters/nothing/health").json["code"] == "unknown_meter"
    every = watched.ask("GET", "/api/v1/health/usage").json
    assert every["meters"] == [{**one, "concerns": every["meters"][0]["concerns"]}]
    assert (every["events"], every["rate"]["last_day"]) == (6, 6)
    assert every["other"] == {"events": 6, "share": "1"}
    assert [each["type"] for each in every["unpriced_types"]] == ["loose", "careful", "other", "strict"]
