"""What is asked again takes effect once; what is long comes in pages that fit together."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.api.conftest import PERIOD, Server, fill, october, start

CUSTOMER = {"key": "once", "name": "Once", "currency": "EUR"}


def test_the_same_key_and_body_take_effect_once_and_get_the_same_answer(fresh: Server) -> None:
    first = fresh.ask("POST", "/api/v1/customers", CUSTOMER, idempotency_key="k1")
    again = fresh.ask("POST", "/api/v1/customers", CUSTOMER, idempotency_key="k1")
    assert first.status == again.status == 201
    assert first.content == again.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"


def test_the_same_key_with_another_body_is_a_conflict(fresh: Server) -> None:
    fresh.ask("POST", "/api/v1/customers", CUSTOMER, idempotency_key="k1")
    other = fresh.ask("POST", "/api/v1/customers", {**CUSTOMER, "key": "two"}, idempotency_key="k1")
    assert other.status == 409
    assert other.json["code"] == "idempotency_conflict"
    assert fresh.ask("GET", "/api/v1/customers/two").status == 404


def test_a_key_means_nothing_to_another_caller_or_endpoint(fresh: Server) -> None:
    client = fresh.client()
    other = client.keys.create(name="other", scopes=["customers:write"])["secret"]
    fresh.ask("POST", "/api/v1/customers", CUSTOMER, idempotency_key="k1")
    mine = {**CUSTOMER, "key": "theirs"}
    assert fresh.ask("POST", "/api/v1/customers", mine, key=other, idempotency_key="k1").status == 201
    events = fresh.ask("POST", "/api/v1/events", {"id": "1", "type": "t"}, idempotency_key="k1")
    assert events.status == 204


def test_a_repeat_that_races_its_twin_gets_the_twins_answer(fresh: Server) -> None:
    def make(_: int) -> Any:
        answer = fresh.ask("POST", "/api/v1/customers", CUSTOMER, idempotency_key="race")
        return answer.status, answer.content

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(make, range(16)))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 201


def test_a_key_of_idempotency_never_shows_a_secret_again(fresh: Server) -> None:
    body = {"name": "ci", "scopes": ["events:write"]}
    first = fresh.ask("POST", "/api/v1/keys", body, idempotency_key="k").json
    again = fresh.ask("POST", "/api/v1/keys", body, idempotency_key="k").json
    assert first["secret"].startswith("sk_")
    assert again == {**first, "secret": ""}


def test_events_under_a_key_are_stored_once(fresh: Server) -> None:
    body = [{"id": str(number), "type": "t"} for number in range(50)]
    for _ in range(3):
        assert fresh.ask("POST", "/api/v1/events", body, idempotency_key="batch").status == 204
    changed = fresh.ask("POST", "/api/v1/events", body[:3], idempotency_key="batch")
    assert changed.status == 409
    assert changed.json["code"] == "idempotency_conflict"
    assert fresh.client().overview.show()["events"]["total"] == 50


def test_pages_fit_together_whatever_their_size(fresh: Server) -> None:
    client = fresh.client()
    keys = [f"c{number:03d}" for number in range(57)]
    client.customers.create_many(
        customers=[{"key": key, "name": key, "currency": "EUR"} for key in keys]  # type: ignore[typeddict-item]
    )
    client.events.send([{"id": str(n), "type": "t", "subject": keys[n % 57]} for n in range(230)])
    for limit in (1, 10, 57, 1000):
        assert [one["key"] for one in client.customers.each(limit=limit)] == keys
    found = [one["index"] for one in client.events.each(limit=37)]
    assert len(found) == 230
    assert found == sorted(found, reverse=True)


def test_each_event_sent_three_times_in_any_order_gives_the_same_invoices(tmp_path: Path) -> None:
    def totals(folder: Path, *, repeat: bool) -> list[Any]:
        server = start(folder)
        try:
            fill(server)
            if repeat:
                send_again(server)
            client = server.client()
            client.billing.run(period=PERIOD)
            invoices = [client.invoices.show(one["id"]) for one in client.invoices.each()]
            said = ("customer", "total", "chain", "lines")
            return sorted(json.dumps([one[name] for name in said]) for one in invoices)  # type: ignore[literal-required]
        finally:
            assert server.stop() == 0

    def send_again(server: Server) -> None:
        events = october()[:-1] * 2
        random.Random(7).shuffle(events)
        parts = [events[at : at + 17] for at in range(0, len(events), 17)]
        with ThreadPoolExecutor(4) as pool:
            statuses = set(pool.map(lambda part: server.ask("POST", "/api/v1/events", part).status, parts))
        assert statuses == {204}

    assert totals(tmp_path / "once", repeat=False) == totals(tmp_path / "thrice", repeat=True)
