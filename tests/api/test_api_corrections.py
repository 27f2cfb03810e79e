"""Corrections over HTTP: the old fact stays, the new one counts, and everybody can see why."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.api.conftest import Server, fill, start, steelyard

MONTH = "from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00Z"
CORRECTIONS = "/api/v1/events/corrections"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = start(tmp_path_factory.mktemp("corrected") / "workspace")
    fill(server)
    yield server
    assert server.client().record.verify()["ok"]
    assert server.stop() == 0


def tokens(server: Server, more: str = "") -> Decimal:
    rows = server.ask("GET", f"/api/v1/meters/tokens/query?{MONTH}&customer=acme{more}").json["data"]
    return Decimal(rows[0]["quantity"]) if rows else Decimal(0)


def send(server: Server, id: str, count: int, **more: Any) -> int:
    event = {
        "id": id,
        "source": "app",
        "type": "llm.completion",
        "subject": "acme",
        "time": "2026-10-05T12:00:00Z",
        "data": {"tokens": count, "model": "m1"},
        **more,
    }
    answer = server.ask("POST", "/api/v1/events", [event], prefer="return=representation")
    return answer.json["receipts"][0]["index"]


def correct(server: Server, action: str, id: str, **more: Any) -> Any:
    body = {"action": action, "id": id, "source": "app", "reason": "the sender counted twice", **more}
    return server.ask("POST", CORRECTIONS, body)


def history(server: Server, id: str) -> Any:
    return server.ask("GET", f"/api/v1/events/history?source=app&id={id}").json


def test_an_amendment_counts_instead_and_the_old_figure_stays_known(server: Server) -> None:
    before = tokens(server)
    index = send(server, "amend-1", 500)
    recorded = history(server, "amend-1")["items"][0]["recorded_at"].replace("+00:00", "Z")
    tried = correct(server, "amend", "amend-1", event={"data": {"tokens": 7}}, dry_run=True).json
    assert [(q["meter"], Decimal(q["difference"])) for q in tried["quantities"]] == [
        ("tokens", Decimal(-493))
    ]
    assert tokens(server) == before + 500
    done = correct(server, "amend", "amend-1", event={"data": {"tokens": 7}})
    assert done.status == 200
    assert done.json["changed"]
    assert done.json["of"] == index
    assert tokens(server) == before + 7
    assert tokens(server, f"&asOf={recorded}") == before + 500
    story = history(server, "amend-1")
    assert [one["action"] for one in story["items"]] == ["amend", "sent"]
    assert story["items"][0]["event"]["data"] == {"tokens": 7}
    assert story["items"][1]["event"]["data"] == {"tokens": 500, "model": "m1"}
    assert story["counts"]
    assert story["carrier"] == story["items"][0]["index"]
    again = correct(server, "amend", "amend-1", event={"data": {"tokens": 7}}).json
    assert not again["changed"]
    assert len(history(server, "amend-1")["items"]) == 2


def test_a_void_is_for_ever_and_a_hold_until_its_release(server: Server) -> None:
    before = tokens(server)
    send(server, "void-1", 100)
    send(server, "hold-1", 10)
    assert correct(server, "hold", "hold-1").status == 200
    assert tokens(server) == before + 100
    held = server.ask("GET", "/api/v1/events?status=held").json["items"]
    assert [one["id"] for one in held] == ["hold-1"]
    assert correct(server, "hold", "hold-1").json["code"] == "already_held"
    assert correct(server, "release", "hold-1").status == 200
    assert correct(server, "release", "hold-1").json["code"] == "not_held"
    assert correct(server, "void", "void-1").status == 200
    assert tokens(server) == before + 10
    for action in ("void", "hold", "release", "amend"):
        refused = correct(server, action, "void-1", event={})
        assert (refused.status, refused.json["code"]) == (409, "already_void")
    assert [one["action"] for one in history(server, "hold-1")["items"]] == ["release", "hold", "sent"]
    assert history(server, "void-1")["reasons"] == ["voided"]
    listed = server.ask("GET", CORRECTIONS).json["items"]
    assert [(one["action"], one["id"]) for one in listed[:3]] == [
        ("void", "void-1"),
        ("release", "hold-1"),
        ("hold", "hold-1"),
    ]


def test_what_may_not_be_is_refused_in_words(server: Server) -> None:
    send(server, "bad-1", 1)
    cases: list[tuple[dict[str, Any], int, str]] = [
        ({"action": "void", "id": "nobody-sent-this"}, 404, "unknown_event"),
        ({"action": "void", "id": "bad-1", "reason": "   "}, 422, "missing_reason"),
        ({"action": "amend", "id": "bad-1", "event": {"subject": "bolt"}}, 409, "customer_would_change"),
        ({"action": "amend", "id": "bad-1", "event": {"id": "other"}}, 422, "other_event"),
        ({"action": "amend", "id": "bad-1", "event": {"data": {"tokens": "many"}}}, 422, "invalid_event"),
        ({"action": "amend", "id": "bad-1", "event": {"time": "yesterday"}}, 422, "invalid_event"),
        ({"action": "amend", "id": "bad-1", "event": {"type": None}}, 422, "invalid_event"),
        ({"action": "amend", "id": "bad-1", "event": [1]}, 422, "invalid_event"),
        ({"action": "erase", "id": "bad-1"}, 422, "invalid_body"),
    ]
    for body, status, code in cases:
        answer = server.ask("POST", CORRECTIONS, {"source": "app", "reason": "why not", **body})
        assert (answer.status, answer.json["code"]) == (status, code), body
        assert answer.json["detail"]
    assert len(history(server, "bad-1")["items"]) == 1


def test_of_two_simultaneous_corrections_one_is_told_that_it_came_late(server: Server) -> None:
    send(server, "race-1", 1)
    statuses: list[int] = []

    def one(count: int) -> None:
        statuses.append(correct(server, "amend", "race-1", event={"data": {"tokens": count}}).status)

    threads = [threading.Thread(target=one, args=(count,)) for count in range(10, 18)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    story = history(server, "race-1")["items"]
    assert set(statuses) <= {200, 409}
    assert len(story) == 1 + statuses.count(200)
    for newer, older in itertools.pairwise(story):
        assert newer["of"] == older["index"]


def test_the_same_request_again_gets_the_same_answer_and_one_effect(server: Server) -> None:
    send(server, "once-1", 1)
    body = {"action": "void", "id": "once-1", "source": "app", "reason": "a test"}
    answers = [server.ask("POST", CORRECTIONS, body, idempotency_key="void-once-1") for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert len(history(server, "once-1")["items"]) == 2


def test_numbers_keep_all_their_digits_through_an_amendment(server: Server) -> None:
    send(server, "exact-1", 1, data={"tokens": 1})
    raw = (
        b'{"action":"amend","id":"exact-1","source":"app","reason":"r",'
        b'"event":{"data":{"tokens":0.123456789012,"note":1.10}}}'
    )
    before = tokens(server)
    assert server.ask("POST", CORRECTIONS, content=raw).status == 200
    assert tokens(server) == before - 1 + Decimal("0.123456789012")


def test_the_command_line_corrects_and_tells_the_story(server: Server) -> None:
    send(server, "cli-1", 40)
    where = ["--source", "app", "--dir", str(server.folder)]
    why = ["--reason", "counted twice"]
    tried = steelyard(
        "events", "amend", "cli-1", "--event", '{"data":{"tokens":4}}', *why, "--dry-run", *where
    )
    assert tried.returncode == 0
    assert b"-36" in tried.stdout
    assert b"would amend" in tried.stdout
    assert steelyard("events", "hold", "cli-1", *why, *where).returncode == 0
    again = steelyard("events", "hold", "cli-1", *why, *where)
    assert again.returncode == 5
    assert b"held already" in again.stderr
    assert steelyard("events", "release", "cli-1", *why, *where, "--json").returncode == 0
    assert steelyard("events", "void", "cli-1", *why, *where).returncode == 0
    assert steelyard("events", "amend", "cli-1", "--event", "{", *why, *where).returncode == 3
    story = steelyard("events", "history", "cli-1", *where).stdout
    assert b"does not count: voided" in story
    assert story.count(b"counted twice") == 3


def test_usage_of_a_month_as_it_was_known_on_a_day(server: Server) -> None:
    """What counted until that day counts; what came late or was corrected since is known only today."""
    month = "from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z&customer=acme"

    def march(more: str = "") -> list[Decimal]:
        rows = server.ask("GET", f"/api/v1/meters/tokens/query?{month}{more}").json["data"]
        return [Decimal(row["quantity"]) for row in rows]

    in_time = {"time": "2026-03-20T12:00:00Z"}
    send(server, "march-1", 100, **in_time)
    send(server, "march-2", 50, **in_time)
    correct(server, "hold", "march-2")
    that_day = history(server, "march-2")["items"][0]["recorded_at"]
    before = march()
    send(server, "march-late", 7, **in_time)
    correct(server, "amend", "march-1", event={"data": {"tokens": 1}})
    correct(server, "release", "march-2")
    assert before == [Decimal(100)]
    assert march() == [Decimal(1 + 50 + 7)]
    assert march(f"&asOf={that_day}") == before
    assert march("&asOf=2026-01-01T00:00:00Z") == []
    known = server.ask("GET", f"/api/v1/events?customer=acme&asOf={that_day}&limit=2").json["items"]
    assert [one["id"] for one in known if one["id"].startswith("march")] == ["march-1"]
    said = steelyard(
        "meters", "query", "tokens", "--from", "2026-03-01T00:00:00Z", "--to", "2026-04-01T00:00:00Z",
        "--customer", "acme", "--as-of", that_day, "--dir", str(server.folder),
    )  # fmt: skip
    assert said.stdout.decode().split("\t")[2:] == ["acme", "100\n"], said.stderr


def test_what_was_corrected_is_erased_with_its_customer_and_the_state_still_fits_the_record(
    fresh: Server,
) -> None:
    client = fresh.client()
    client.customers.create(key="dora", name="Dora", currency="EUR")
    send(fresh, "forget-me", 1, subject="dora", type="visit", data={"note": "first-secret"})
    other = {"action": "amend", "event": {"data": {"note": "second-secret"}}}
    for more in (other, {"action": "hold"}, {"action": "release"}):
        body = {"id": "forget-me", "source": "app", "reason": "a test", **more}
        assert fresh.ask("POST", CORRECTIONS, body).status == 200
    path = fresh.folder / "steelyard.sqlite"
    erased = fresh.ask("POST", "/api/v1/customers/dora/erasure", {"reason": "asked to be forgotten"})
    assert erased.status < 300, erased.json
    files = [path, path.with_name("steelyard.sqlite-wal")]
    content = b"".join(file.read_bytes() for file in files if file.exists())
    assert b"first-secret" not in content
    assert b"second-secret" not in content
    assert client.record.verify()["ok"]
    assert history(fresh, "forget-me")["code"] == "unknown_event"
    assert fresh.ask("GET", "/api/v1/events?customer=dora").json["items"] == []
