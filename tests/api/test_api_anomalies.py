"""Events that are not what was expected of a customer are flagged, held or told; none is dropped."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.local import Local

CATALOG = """
event_types: [{name: llm}]
metrics:
  - key: tokens
    name: Tokens
    owner: product
    definition: Tokens used.
    unit: tokens
    meter: {event_types: [llm], aggregation: sum, value: $.n}
    anomalies: {deviations: 6, minimum_events: 20, action: ACTION, silence_hours: 48}
"""


def events(first: int, values: list[Any], subject: str = "acme") -> list[dict[str, Any]]:
    return [
        {"id": f"e{first + place}", "source": "s", "type": "llm", "subject": subject, "data": {"n": value}}
        for place, value in enumerate(values)
    ]


def ready(server: Local, action: str) -> Local:
    server.publish(CATALOG.replace("ACTION", action))
    server.customer("acme")
    past = events(0, [100 + number % 10 for number in range(30)])
    assert server.ask("POST", "/api/v1/events", past).status == 204
    settled(server)
    return server


def settled(server: Local) -> None:
    """The watch has looked at everything that is recorded."""
    assert server.workspace.catch_up(10)
    server.workspace.watcher.look()
    metrics = server.ask("GET", "/metrics").content.decode()
    assert "steelyard_anomaly_lag_entries" in metrics


def tokens(server: Local) -> str:
    return str(server.ask("GET", "/api/v1/meters/tokens/query").json["data"][0]["quantity"])


@pytest.mark.parametrize("action", ["flag", "alert"])
def test_an_outlier_is_shown_and_counts_all_the_same(local: Local, action: str) -> None:
    server = ready(local, action)
    before = int(tokens(server))
    assert server.ask("POST", "/api/v1/events", events(100, [104, 5000, "90000"])).status == 204
    settled(server)
    items = server.ask("GET", "/api/v1/anomalies").json["items"]
    assert [(one["event_id"], one["value"], one["action"], one["standing"]) for one in items] == [
        ("e102", "90000", action, "counting"),
        ("e101", "5000", action, "counting"),
    ]
    assert "5000 tokens; from" in items[1]["text"]
    assert int(tokens(server)) == before + 104 + 5000 + 90000
    assert server.ask("GET", "/api/v1/anomalies?kind=silence").json["items"] == []
    assert server.ask("GET", "/api/v1/anomalies?limit=1").json["next"] is not None


def test_an_outlier_is_held_before_billing_until_somebody_releases_it(local: Local) -> None:
    server = ready(local, "hold")
    before = int(tokens(server))
    server.ask("POST", "/api/v1/events", events(100, [104, 5000]))
    settled(server)
    assert int(tokens(server)) == before + 104
    [held] = server.ask("GET", "/api/v1/events?status=held").json["items"]
    assert held["id"] == "e101"
    month = held["time"][:7]
    run = server.ask("POST", "/api/v1/billing/runs", {"period": month, "dry_run": True}).json
    assert run["counts"]["held_events"] == 1
    [anomaly] = server.ask("GET", "/api/v1/anomalies").json["items"]
    assert (anomaly["standing"], anomaly["index"]) == ("held", held["index"])
    release = {"action": "release", "source": "s", "id": "e101", "reason": "it is right"}
    assert server.ask("POST", "/api/v1/events/corrections", release).status in (200, 201)
    assert int(tokens(server)) == before + 104 + 5000
    settled(server)
    [anomaly] = server.ask("GET", "/api/v1/anomalies").json["items"]
    assert anomaly["standing"] == "counting"
    assert server.ask("POST", "/api/v1/record/verify", {}).json["ok"] is True


def test_with_few_events_nothing_is_expected_of_a_customer(local: Local) -> None:
    server = ready(local, "hold")
    server.customer("bolt")
    server.ask("POST", "/api/v1/events", events(200, [1, 1, 1, 999999], subject="bolt"))
    settled(server)
    assert server.ask("GET", "/api/v1/anomalies").json["items"] == []


def test_what_came_before_a_restart_is_not_judged_twice(local: Local) -> None:
    server = ready(local, "flag")
    server.ask("POST", "/api/v1/events", events(100, [5000]))
    settled(server)
    server.reopen()
    settled(server)
    server.ask("POST", "/api/v1/events", events(101, [6000]))
    settled(server)
    items = server.ask("GET", "/api/v1/anomalies").json["items"]
    assert [one["event_id"] for one in items] == ["e101", "e100"]


def test_erasing_what_a_customer_used_takes_the_anomalies_with_it(local: Local) -> None:
    """A note of an outlier quotes the event: its id, its value, the customer's own usual range."""
    server = ready(local, "hold")
    assert server.ask("POST", "/api/v1/events", events(31337, [5000])).status == 204
    settled(server)
    assert server.ask("GET", "/api/v1/anomalies").json["items"]
    done = server.ask("POST", "/api/v1/customers/acme/erasure", {"reason": "asked to be forgotten"})
    # 30 events, the outlier, the note of it and its hold
    assert (done.status, done.json["entries"]) == (200, 33)
    assert server.ask("GET", "/api/v1/anomalies").json["items"] == []
    files = [path for path in server.workspace.folder.rglob("*") if path.is_file()]
    assert [path.name for path in files if b"e31337" in path.read_bytes()] == []
    assert server.ask("POST", "/api/v1/record/verify", {}).json["ok"] is True
