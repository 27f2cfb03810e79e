"""What `track` takes and refuses, and what becomes of it on the wire."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from steelyard.client import new_id
from steelyard.client.events import EVENT_BYTES_MAX, encoded, made


def wire(**parts: Any) -> dict[str, Any]:
    return json.loads(encoded(made("t", parts)))


def test_ids_are_uuids_of_version_7_in_order_of_time_and_never_meet() -> None:
    first = new_id(1_000)
    later = new_id(2_000)
    assert first < later
    assert (first[14], first[19] in "89ab", len(first)) == ("7", True, 36)
    with ThreadPoolExecutor(8) as threads:
        ids = [
            one for many in threads.map(lambda _: [new_id() for _ in range(2000)], range(8)) for one in many
        ]
    assert len(set(ids)) == 16_000


def test_an_event_gets_an_id_and_the_time_of_the_call() -> None:
    before = datetime.now(UTC)
    event = wire(subject="acme")
    then = datetime.fromisoformat(event["time"])
    assert len(event["id"]) == 36
    assert (then - before).total_seconds() < 5
    assert (event["type"], event["subject"]) == ("t", "acme")


def test_exact_numbers_stay_exact() -> None:
    event = wire(cost=Decimal("0.000000000001"), data={"gb": Decimal("1.10"), "n": 10**25})
    assert event["cost"] == "0.000000000001"
    assert event["data"] == {"gb": "1.10", "n": 10**25}


def test_times_are_sent_as_they_are_given() -> None:
    assert wire(time="2026-11-01T00:00:00+01:00")["time"] == "2026-11-01T00:00:00+01:00"
    assert wire(time=datetime(2026, 11, 1, tzinfo=UTC))["time"] == "2026-11-01T00:00:00+00:00"


def test_texts_of_any_language_are_one_line_of_ascii() -> None:
    line = encoded(made("t", {"subject": "Zoë\n🦉", "data": {"ü": "\x00"}}))
    assert line.isascii()
    assert b"\n" not in line
    assert json.loads(line)["subject"] == "Zoë\n🦉"


@pytest.mark.parametrize(
    ("parts", "error", "words"),
    [
        ({"cost": 0.1}, TypeError, "never a float"),
        ({"subject": 7}, TypeError, "subject must be text"),
        ({"subject": "x" * 257}, ValueError, "257 characters"),
        ({"tokens": 7}, TypeError, "no part tokens; figures of yours belong into data"),
        ({"data": {"n": float("nan")}}, ValueError, "JSON"),
        ({"data": {"n": Decimal("Infinity")}}, ValueError, "cannot be sent"),
        ({"data": {"n": object()}}, TypeError, "cannot be sent"),
        ({"time": datetime(2026, 1, 1)}, ValueError, "no time zone"),  # noqa: DTZ001 - what is refused
        ({"data": {"n": "x" * EVENT_BYTES_MAX}}, ValueError, "at most"),
    ],
)
def test_what_the_server_would_refuse_is_refused_at_the_call(
    parts: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        encoded(made("t", parts))


def test_a_type_is_needed() -> None:
    with pytest.raises(ValueError, match="needs a type"):
        made("", {})
