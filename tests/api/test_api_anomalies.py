"""Events that are not what was expected of a customer are flagged, held or told; none is dropped."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.api.conftest import Server

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


def ready(server: Server, action: str) -> Server:
    client = server.client()
    client.catalog.publish(files=[{"name": "c.yaml", "text": CATALOG.replace("ACTION", action)}], note="")
    client.customers.create(key="acme", name="Acme", currency="USD")
    past = events(0, [100 + number % 10 for number in range(30)])
    assert server.ask("POST", "/api/v1/events", past).status == 204
    settled(server)
    return server


def settled(server: Server) -> None:
    """Waits until the watch has looked at everything that is recorded."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        lines = server.ask("GET", "/metrics").content.decode().splitlines()
        lag = [line.split()[1] for line in lines if line.startswith("steelyard_anomaly_lag_entries ")]
        if lag == ["0.0"]:
            return
        time.sleep(0.1)
    raise AssertionError("the watch for anomalies does not come to an end")


def tokens(server: Server) -> str:
    return str(server.ask("GET", "/api/v1/meters/tokens/query").json["data"][0]["quantity"])


@pytest.mark.parametrize("action", ["flag", "alert"])
def test_an_outlier_is_shown_and_counts_all_the_same(fresh: Server, action: str) -> None:
    server = ready(fresh, action)
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


def test_an_outlier_is_held_before_billing_until_somebody_releases_it(fresh: Server) -> None:
    server = ready(fresh, "hold")
    before = int(tokens(server))
    server.ask("POST", "/api/v1/events", events(100, [104, 5000]))
    settled(server)
    assert int(tokens(server)) == before + 104
    [held] = server.ask("GET", "/api/v1/events?status=held").json["items"]
    assert held["id"] == "e101"
    [anomaly] = server.ask("GET", "/api/v1/anomalies").json["items"]
    assert (anomaly["standing"], anomaly["index"]) == ("held", held["index"])
    release = {"action": "release", "source": "s", "id": "e101", "reason": "it is right"}
    assert server.ask("POST", "/api/v1/events/corrections", release).status in (200, 201)
    assert int(tokens(server)) == before + 104 + 5000
    settled(server)
    [anomaly] = server.ask("GET", "/api/v1/anomalies").json["items"]
    assert anomaly["standing"] == "counting"
    assert server.ask("POST", "/api/v1/record/verify", {}).json["ok"] is True


def test_with_few_events_nothing_is_expected_of_a_customer(fresh: Server) -> None:
    server = ready(fresh, "hold")
    server.client().customers.create(key="bolt", name="Bolt", currency="USD")
    server.ask("POST", "/api/v1/events", events(200, [1, 1, 1, 999999], subject="bolt"))
    settled(server)
    assert server.ask("GET", "/api/v1/anomalies").json["items"] == []


def test_what_came_before_a_restart_is_not_judged_twice(fresh: Server) -> None:
    from tests.api.conftest import start

    server = ready(fresh, "flag")
    server.ask("POST", "/api/v1/events", events(100, [5000]))
    settled(server)
    server.kill()
    again = start(server.folder)
    try:
        settled(again)
        again.ask("POST", "/api/v1/events", events(101, [6000]))
        settled(again)
        items = again.ask("GET", "/api/v1/anomalies").json["items"]
        assert [one["event_id"] for one in items] == ["e101", "e100"]
    finally:
        again.stop()
