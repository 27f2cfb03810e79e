"""Bad input gets an answer that names field and reason; nothing is half-written; the process lives on."""

from __future__ import annotations

import gzip
import json
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.conftest import Server

GOOD = {"id": "good", "type": "llm.completion", "subject": "acme", "data": {"tokens": 5}}
DEEP = b"[" * 100_000 + b"]" * 100_000


def send(server: Server, content: bytes, **headers: str) -> Any:
    answer = server.ask("POST", "/api/v1/events", content=content, **headers)
    assert server.ask("GET", "/healthz").status == 200
    assert answer.headers["content-type"] == "application/problem+json"
    return answer


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"   ", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"id": "\xff", "type": "t"}', 400),
        (DEEP, 400),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400),
        (b'[{"id": "x", "type": "t"}', 400),
        (b"NaN", 400),
        (b"null", 422),
        (b"3", 422),
        (b'"text"', 422),
    ],
    ids=lambda one: one[:12].decode("latin-1") if isinstance(one, bytes) else str(one),
)
def test_a_body_that_is_no_event_is_refused_in_words(billed: Server, content: bytes, status: int) -> None:
    size = billed.client().record.entries(limit=1)["size"]
    answer = send(billed, content)
    assert answer.status in (status, 422)
    assert answer.status < 500
    assert answer.json["detail"]
    assert answer.json["code"]
    assert billed.client().record.entries(limit=1)["size"] == size


def test_one_bad_item_never_fails_its_batch(fresh: Server) -> None:
    bad = [
        b'{"id": 7, "type": "t"}',
        b'{"type": "no id"}',
        b'{"id": "long", "type": "' + b"x" * 5000 + b'"}',
        b'{"id": "when", "type": "t", "time": "yesterday"}',
        b'{"id": "deep", "type": "t", "data": ' + b"[" * 500 + b"]" * 500 + b"}",
        b"17",
    ]
    good = [json.dumps({**GOOD, "id": f"g{number}"}).encode() for number in range(len(bad) + 1)]
    mixed = [good[0]]
    for one, two in zip(bad, good[1:], strict=True):
        mixed += [one, two]
    answer = send(fresh, b"[" + b",".join(mixed) + b"]")
    assert answer.status == 422
    assert answer.json["code"] == "events_refused"
    assert answer.json["accepted"] == len(good)
    assert answer.json["duplicates"] == 0
    assert [one["index"] for one in answer.json["errors"]] == [1, 3, 5, 7, 9, 11]
    assert all(one["code"] and one["message"] for one in answer.json["errors"])
    assert fresh.client().overview.show()["events"]["total"] == len(good)


def test_a_good_event_with_bad_numbers_is_refused_where_a_meter_reads_them(billed: Server) -> None:
    for value in ('"NaN"', "-1", "1e40", '"many"', "1" * 60, "0." + "1" * 40, "true", '{"a": 1}'):
        event = f'{{"id": "n-{hash(value)}", "type": "llm.completion", "data": {{"tokens": {value}}}}}'
        answer = send(billed, event.encode())
        assert answer.status == 422, value
        (error,) = answer.json["errors"]
        assert error["field"] == "data.tokens"
        assert error["index"] == 0


def test_the_far_future_is_refused_and_tomorrow_morning_is_not(fresh: Server) -> None:
    now = datetime.now(UTC)
    far = {**GOOD, "id": "far", "time": (now + timedelta(hours=25)).isoformat()}
    near = {**GOOD, "id": "near", "time": (now + timedelta(hours=23)).isoformat()}
    assert fresh.ask("POST", "/api/v1/events", near).status == 204
    answer = send(fresh, json.dumps(far).encode())
    assert answer.status == 422
    assert answer.json["errors"][0]["code"] == "time_in_future"


def test_the_same_id_with_other_content_is_a_conflict(fresh: Server) -> None:
    assert fresh.ask("POST", "/api/v1/events", GOOD).status == 204
    assert fresh.ask("POST", "/api/v1/events", GOOD).status == 204
    answer = send(fresh, json.dumps([{**GOOD, "data": {"tokens": 6}}, {**GOOD, "id": "other"}]).encode())
    assert answer.status == 422
    assert answer.json["accepted"] == 1
    (error,) = answer.json["errors"]
    assert error["code"] == "conflict"
    assert error["index"] == 0


def test_too_many_events_are_refused_as_a_whole(fresh: Server) -> None:
    many = json.dumps([{"id": str(number), "type": "t"} for number in range(10_001)]).encode()
    answer = send(fresh, many)
    assert answer.status == 413
    assert answer.json["code"] == "too_many_events"
    assert fresh.client().overview.show()["events"]["total"] == 0


@pytest.mark.parametrize("path", ["/api/v1/events", "/api/v1/customers"])
def test_a_body_that_is_too_large_is_refused(billed: Server, path: str) -> None:
    answer = billed.ask("POST", path, content=b"x" * (16 * 1024 * 1024 + 1))
    assert answer.status == 413
    assert answer.json["code"] == "too_large"
    bomb = gzip.compress(b"[" + b" " * (64 * 1024 * 1024) + b"]")
    assert len(bomb) < 200_000
    answer = billed.ask("POST", path, content=bomb, content_encoding="gzip")
    assert answer.status == 413
    assert answer.json["code"] == "too_large"
    assert billed.ask("GET", "/healthz").status == 200


def test_a_body_without_an_announced_length_is_bounded_while_it_streams(billed: Server) -> None:
    with socket.create_connection(("127.0.0.1", billed.port), timeout=30) as connection:
        head = (
            f"POST /api/v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {billed.key}\r\n"
            "content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        connection.sendall(head.encode())
        chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        for _ in range(17):
            connection.sendall(chunk)
        connection.sendall(b"0\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 413")


def test_gzip_is_read_and_other_encodings_are_named(fresh: Server) -> None:
    packed = gzip.compress(json.dumps(GOOD).encode())
    assert fresh.ask("POST", "/api/v1/events", content=packed, content_encoding="gzip").status == 204
    assert send(fresh, packed[:-4], content_encoding="gzip").status == 400
    answer = send(fresh, packed, content_encoding="br")
    assert answer.status == 415
    assert "gzip" in answer.json["detail"]
    assert send(fresh, b"<xml/>", content_type="application/xml").status == 415


def test_a_client_that_goes_away_costs_nothing(billed: Server) -> None:
    head = f"POST /api/v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {billed.key}\r\n"
    for rest in ("content-length: 1000\r\n\r\n[", "", "content-length: 5\r\n\r\n{"):
        with socket.create_connection(("127.0.0.1", billed.port), timeout=5) as connection:
            connection.sendall((head + rest).encode())
    assert billed.ask("GET", "/healthz").status == 200


@pytest.mark.parametrize("content", [b"{", b"\xff", DEEP, b"[]", b'"x"', b"null", b'{"key": 1e999}'])
def test_other_bodies_are_refused_in_words_too(billed: Server, content: bytes) -> None:
    for path in ("/api/v1/customers", "/api/v1/billing/runs", "/api/v1/catalog/versions", "/api/v1/keys"):
        answer = billed.ask("POST", path, content=content)
        assert answer.status in (400, 422)
        assert answer.json["detail"]


def test_every_mistake_is_named_at_once_with_what_was_probably_meant(billed: Server) -> None:
    body = {"kay": "x", "name": 5, "curency": "USD", "tax": {"name": "VAT", "procent": 19}}
    answer = billed.ask("POST", "/api/v1/customers", body)
    assert answer.status == 422
    assert answer.json["code"] == "invalid_body"
    places = {one["field"]: one for one in answer.json["errors"]}
    assert {"kay", "name", "curency", "tax.procent", "key", "currency", "tax.percent"} <= set(places)
    assert "did you mean key?" in places["kay"]["message"]
    assert "did you mean currency?" in places["curency"]["message"]
    assert "did you mean percent?" in places["tax.procent"]["message"]


def test_unknown_parameters_and_bad_values_are_named(billed: Server) -> None:
    answer = billed.ask("GET", "/api/v1/customers?limt=5&cursor=%00")
    assert answer.status == 400
    assert "did you mean limit?" in answer.json["errors"][0]["message"]
    for query in ("limit=0", "limit=1001", "limit=many", "cursor=!!", "cursor=YWJj%3D", "limit=%FF"):
        assert billed.ask("GET", f"/api/v1/customers?{query}").status == 400, query
    for query in ("from=yesterday", "windowSize=WEEK", "from=2026-01-01T00:00:00", "groupBy=nope"):
        assert billed.ask("GET", f"/api/v1/meters/tokens/query?{query}").status in (400, 404, 422), query
    for period in ("2026-13", "2026", "0000-01", "x"):
        assert billed.ask("GET", f"/api/v1/customers/acme/preview?period={period}").status in (400, 422)
        assert billed.ask("POST", "/api/v1/billing/runs", {"period": period}).status == 422


def test_a_catalog_with_many_mistakes_gets_all_of_them_with_file_and_line(billed: Server) -> None:
    text = "metrics:\n  - key: a b\n    nme: x\nplans:\n  - {key: p, product: none, currency: XXZ}\n"
    answer = billed.ask("POST", "/api/v1/catalog/versions", {"files": [{"name": "bad.yaml", "text": text}]})
    assert answer.status == 422
    assert answer.json["code"] == "invalid_catalog"
    assert len(answer.json["errors"]) >= 5
    assert all(one["file"] == "bad.yaml" and one["line"] >= 1 for one in answer.json["errors"])


def test_unknown_currencies_and_twins_are_refused(billed: Server) -> None:
    answer = billed.ask("POST", "/api/v1/customers", {"key": "odd", "name": "Odd", "currency": "ABX"})
    assert answer.status == 422
    assert answer.json["errors"][0]["field"] == "currency"
    answer = billed.ask("POST", "/api/v1/customers", {"key": "acme", "name": "Other", "currency": "USD"})
    assert answer.status == 409
    assert answer.json["code"] == "exists"
