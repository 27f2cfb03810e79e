"""Backfills over HTTP: previewed in events, quantities and money; whole or not at all; undone to the byte."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import Answer, Server, fill, start, steelyard

MONTH = "from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00Z"
QUERIES = [
    f"/api/v1/meters/{meter}/query?{MONTH}{more}"
    for meter in ("tokens", "requests")
    for more in (
        "",
        "&windowSize=DAY",
        "&windowSize=HOUR&windowTimeZone=Europe/Berlin",
        "&groupBy=customer",
        "&groupBy=model,team",
        "&customer=acme&customer=bolt",
        "&subject=coil-bot",
        "&filterGroupBy[model]=m1",
    )
] + [
    "/api/v1/customers/acme/usage?period=2026-10",
    "/api/v1/customers/bolt/usage?period=2026-10",
    "/api/v1/customers/acme/preview?period=2026-10",
    "/api/v1/customers/coil/preview?period=2026-10",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = start(tmp_path_factory.mktemp("backfilled") / "workspace")
    fill(server)
    yield server
    assert server.client().record.verify()["ok"]
    assert server.stop() == 0


def event(id: str, tokens: int, *, subject: str = "acme", day: int = 7, **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "source": "test",
        "type": "llm.completion",
        "subject": subject,
        "time": f"2026-10-{day:02d}T10:00:00Z",
        "data": {"tokens": tokens, "model": "m1"},
        **more,
    }


def answers(server: Server) -> list[bytes]:
    got = [server.ask("GET", query) for query in QUERIES]
    assert {one.status for one in got} == {200}
    return [one.content for one in got]


def opened(server: Server) -> str:
    answer = server.ask("POST", "/api/v1/backfills", {"reason": "the sender lost an hour"})
    assert answer.status == 201
    return answer.json["id"]


def add(server: Server, id: str, *events: dict[str, Any]) -> Any:
    answer = server.ask("POST", f"/api/v1/backfills/{id}/events", {"events": list(events)})
    assert answer.status == 200, answer.json
    return answer.json


def step(server: Server, id: str, what: str, **body: Any) -> Answer:
    return server.ask("POST", f"/api/v1/backfills/{id}/{what}", {"reason": "as agreed", **body})


def tokens(server: Server, customer: str) -> Decimal:
    answer = server.ask("GET", f"/api/v1/meters/tokens/query?{MONTH}&customer={customer}").json
    return sum((Decimal(row["quantity"]) for row in answer["data"]), Decimal(0))


OCTOBER = {"from": "2026-10-01T00:00:00Z", "to": "2026-11-01T00:00:00Z"}


def test_a_backfill_counts_from_its_commit_and_its_revert_restores_every_byte(server: Server) -> None:
    before = answers(server)
    acme, bolt = tokens(server, "acme"), tokens(server, "bolt")
    id = opened(server)
    ranges = {"ranges": [{**OCTOBER, "customer": "acme", "event_types": ["llm.completion"]}]}
    assert server.ask("POST", f"/api/v1/backfills/{id}/ranges", ranges).status == 200
    # e0 is acme's and lies in the range: it is sent again with another figure. b1 is new, and bolt's.
    added = add(server, id, event("e0", 5), event("b1", 1000, subject="bolt"), event("b2", 7))
    assert (added["added"], added["duplicates"], added["refused"]) == (3, 0, 0)
    assert answers(server) == before
    assert server.ask("GET", "/api/v1/events?status=pending").json["items"][0]["status"] == "pending"

    shown = server.ask("GET", f"/api/v1/backfills/{id}/preview").json
    assert shown["action"] == "commit"
    changed = {(one["customer"], one["meter"]): Decimal(one["difference"]) for one in shown["quantities"]}
    assert changed["acme", "tokens"] == 12 - acme
    assert changed["bolt", "tokens"] == 1000
    chains = {one["customer"]: (one["brought"], one["set_aside"]) for one in shown["customers"]}
    assert chains == {"acme": (2, 40), "bolt": (1, 0)}
    money = {one["customer"]: one for one in shown["money"]}
    assert set(money) == {"acme", "bolt"}
    assert answers(server) == before

    done = step(server, id, "commit", upto=shown["upto"], version=shown["version"])
    assert (done.status, done.json["status"]) == (200, "committed")
    assert (tokens(server, "acme"), tokens(server, "bolt")) == (12, bolt + 1000)
    for customer, one in money.items():
        total = server.ask("GET", f"/api/v1/customers/{customer}/preview?period=2026-10").json["total"]
        assert Decimal(total) == Decimal(one["after"])
    assert len(server.ask("GET", "/api/v1/events?status=deprecated&limit=1000").json["items"]) == 40

    back = server.ask("GET", f"/api/v1/backfills/{id}/preview").json
    assert back["action"] == "revert"
    assert {(q["customer"], q["meter"]): -Decimal(q["difference"]) for q in back["quantities"]} == changed
    assert step(server, id, "revert").json["status"] == "reverted"
    assert answers(server) == before
    told = server.ask("GET", f"/api/v1/backfills/{id}").json
    assert [one["action"] for one in told["steps"]] == ["open", "deprecate", "add", "commit", "revert"]
    assert told["steps"][-1]["by"]
    assert told["steps"][-1]["reason"] == "as agreed"


def test_usage_is_known_as_it_was_before_a_commit(server: Server) -> None:
    before = tokens(server, "acme")
    id = opened(server)
    add(server, id, event("known-1", 70))
    size = server.ask("GET", "/api/v1/record/entries?limit=1").json["items"][0]
    moment = size["recorded_at"]
    assert step(server, id, "commit").status == 200
    assert tokens(server, "acme") == before + 70
    then = server.ask("GET", f"/api/v1/meters/tokens/query?{MONTH}&customer=acme&asOf={moment}").json
    assert Decimal(then["data"][0]["quantity"]) == before
    assert step(server, id, "revert").status == 200


def test_an_abandoned_backfill_leaves_no_trace_in_usage_and_its_ids_may_come_in_another(
    server: Server,
) -> None:
    before = answers(server)
    first = opened(server)
    assert add(server, first, event("once", 3))["added"] == 1
    assert step(server, first, "abandon").json["status"] == "abandoned"
    assert answers(server) == before
    second = opened(server)
    assert add(server, second, event("once", 4))["added"] == 1
    assert add(server, second, event("once", 4))["duplicates"] == 1
    assert add(server, second, event("once", 5))["errors"][0]["code"] == "conflict"
    assert step(server, second, "commit").status == 200
    for more in (f"&again={second}", ""):
        history = server.ask("GET", f"/api/v1/events/history?source=test&id=once{more}").json
        assert history["counts"]
    assert step(server, second, "revert").status == 200
    assert answers(server) == before


def test_what_counts_already_is_not_added_and_what_differs_is_refused(server: Server) -> None:
    id = opened(server)
    same = {**event("e3", 1003, day=4), "time": "2026-10-04T12:00:00Z", "team": "red", "cost": "0.0001"}
    same["data"] = {"tokens": 1003, "model": "m1"}
    told = add(server, id, same, event("e6", 1), {"id": "x"}, event("fresh", 1))
    assert (told["added"], told["duplicates"], told["refused"]) == (1, 1, 2)
    assert [(one["index"], one["code"]) for one in told["errors"]] == [(1, "conflict"), (2, "missing_field")]
    assert step(server, id, "abandon").status == 200


def test_steps_out_of_order_are_refused_in_words(server: Server) -> None:
    id = opened(server)
    assert step(server, id, "revert").json["code"] == "backfill_status"
    assert step(server, id, "commit").json["code"] == "nothing_to_commit"
    assert step(server, id, "commit", reason="  ").json["code"] == "missing_reason"
    assert step(server, id, "commit", version=0).json["code"] == "changed_meanwhile"
    assert step(server, id, "commit", upto=10**9).json["code"] == "upto_beyond_record"
    assert server.ask("GET", "/api/v1/backfills/bf_nothing").json["code"] == "unknown_backfill"
    empty = {"ranges": [{"from": OCTOBER["to"], "to": OCTOBER["from"]}]}
    assert server.ask("POST", f"/api/v1/backfills/{id}/ranges", empty).json["code"] == "empty_period"
    assert step(server, id, "abandon").status == 200
    for what in ("commit", "abandon", "revert"):
        assert step(server, id, what).json["code"] == "backfill_status"
    assert server.ask("GET", f"/api/v1/backfills/{id}/preview").json["code"] == "backfill_status"


def test_many_may_add_at_once_and_nothing_is_lost(server: Server) -> None:
    before = answers(server)
    id = opened(server)
    added: list[int] = []

    def some(first: int) -> None:
        for number in range(first, first + 5):
            answer = server.ask(
                "POST", f"/api/v1/backfills/{id}/events", {"events": [event(f"m{number}", 1)]}
            )
            if answer.status == 200:
                added.append(answer.json["added"])

    threads = [threading.Thread(target=some, args=(first,)) for first in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.ask("GET", f"/api/v1/backfills/{id}").json["events"] == sum(added)
    assert step(server, id, "commit").json["events"] == sum(added)
    assert step(server, id, "revert").status == 200
    assert answers(server) == before


def test_a_corrected_event_of_a_backfill_goes_with_it(server: Server) -> None:
    before = answers(server)
    id = opened(server)
    add(server, id, event("fix-me", 10))
    waiting = {"action": "void", "source": "test", "id": "fix-me", "reason": "r"}
    assert server.ask("POST", "/api/v1/events/corrections", waiting).json["code"] == "not_counting"
    assert step(server, id, "commit").status == 200
    amended = {**waiting, "action": "amend", "event": {"data": {"tokens": 11}}}
    assert server.ask("POST", "/api/v1/events/corrections", amended).json["changed"]
    assert step(server, id, "revert").status == 200
    assert answers(server) == before


@pytest.mark.parametrize("patience", [0.002, 0.03])
def test_a_killed_server_has_committed_all_or_nothing(tmp_path: Path, patience: float) -> None:
    everybody = ("acme", "bolt", "coil")
    server = start(tmp_path / "workspace")
    fill(server)
    before = answers(server)
    old = [tokens(server, one) for one in everybody]
    id = opened(server)
    for customer in ("acme", "bolt", "coil-bot"):
        add(server, id, *(event(f"k-{customer}-{n}", 3, subject=customer) for n in range(20)))
    server.kill()
    server = start(tmp_path / "workspace")
    assert answers(server) == before
    assert server.ask("GET", f"/api/v1/backfills/{id}").json["events"] == 60
    asking = threading.Thread(target=quietly, args=(server, id))
    asking.start()
    asking.join(patience)
    server.kill()
    asking.join()
    server = start(tmp_path / "workspace")
    if server.ask("GET", f"/api/v1/backfills/{id}").json["status"] == "open":
        assert answers(server) == before
        assert step(server, id, "commit").status == 200
    assert [tokens(server, one) for one in everybody] == [one + 60 for one in old]
    assert step(server, id, "revert").status == 200
    assert answers(server) == before
    assert server.stop() == 0
    assert steelyard("verify", "--dir", str(server.folder)).returncode == 0


def quietly(server: Server, id: str) -> None:
    with contextlib.suppress(OSError, HTTPException):
        step(server, id, "commit")


def test_the_command_line_goes_the_whole_way(server: Server, tmp_path: Path) -> None:
    before = answers(server)
    where = ["--dir", str(server.folder)]
    made = steelyard("backfill", "open", "--reason", "a lost hour", *where)
    id = made.stdout.decode().strip()
    file = tmp_path / "events.jsonl"
    lines = [event(f"c{number}", 10) for number in range(3)]
    file.write_text(
        "\n".join(json.dumps(line) for line in lines).replace('"tokens": 10', '"tokens": 10.000000000001')
    )
    added = steelyard("backfill", "add", id, str(file), *where)
    assert added.stdout == b"3 events added, 0 were there already, 0 refused\n", added.stderr
    assert b"0 events added, 3 were" in steelyard("backfill", "add", id, str(file), *where).stdout
    span = ["--from", "2026-10-01T00:00:00Z", "--to", "2026-10-02T00:00:00Z"]
    assert steelyard("backfill", "deprecate", id, *span, "--customer", "acme", *where).returncode == 0
    seen = steelyard("backfill", "preview", id, *where).stdout.decode()
    assert "acme\t3\t2" in seen
    assert "\t-2053.999999999997" in seen
    assert steelyard("backfill", "commit", id, "--reason", "agreed", *where).returncode == 0
    assert steelyard("backfill", "abandon", id, "--reason", "x", *where).returncode == 5
    assert b"committed" in steelyard("backfill", "list", "--status", "committed", *where).stdout
    assert steelyard("backfill", "revert", id, "--reason", "wrong file", *where).returncode == 0
    told = steelyard("backfill", "show", id, *where).stdout
    assert b"wrong file" in told
    assert b"reverted" in told
    assert answers(server) == before
