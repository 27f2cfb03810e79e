"""Events without a customer, or in quarantine, are found, given to somebody, and billed from then on."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest

from tests.api.local import Local
from tests.api.test_api_quality import SCHEMA, sent

QUEUE = "/api/v1/attribution/queue"
RULES = "/api/v1/attribution/rules"
REPLAY = "/api/v1/attribution/replay"


@pytest.fixture
def waiting(local: Local) -> Local:
    """A workspace with two customers, four events of nobody and two in quarantine."""
    local.publish(SCHEMA)
    local.customer("acme", "bot")
    local.customer("bolt")
    events: list[Any] = [
        sent(1, "loose", {"n": 1}, subject="acme-1"),
        sent(2, "loose", {"n": 1}, subject="acme-1"),
        sent(3, "loose", {"n": 1, "plan": "gold"}, subject="x"),
        {**sent(4, "loose", {"n": 1}, subject="y"), "team": "red"},
        sent(5, "careful", {"n": "five"}, subject="bot"),
        sent(6, "careful", {"n": "six"}, subject="nobody"),
    ]
    assert local.ask("POST", "/api/v1/events", events).status == 204
    return local


def units(server: Local) -> dict[str, str]:
    rows = server.ask("GET", "/api/v1/meters/units/query?groupBy=customer").json["data"]
    return {row["customer"]: row["quantity"] for row in rows}


def test_the_queue_shows_who_waits_for_what(waiting: Local) -> None:
    found = waiting.ask("GET", QUEUE).json
    assert (found["unattributed"], found["quarantined"]) == (4, 2)
    groups = {(one["queue"], one["subject"]): one for one in found["items"]}
    assert groups["unattributed", "acme-1"]["events"] == 2
    assert groups["unattributed", "acme-1"]["suggested"] is None
    bot = groups["quarantined", "bot"]
    assert (bot["suggested"], bot["mismatch"], bot["fits_now"]) == ("acme", "data.n", False)
    assert "integer" in bot["message"]
    assert bot["sample"] == {"n": "five"}
    only = waiting.ask("GET", f"{QUEUE}?quarantined=true&subject=bot").json["items"]
    assert [one["subject"] for one in only] == ["bot"]
    pages = waiting.ask("GET", f"{QUEUE}?limit=3").json
    rest = waiting.ask("GET", f"{QUEUE}?limit=3&cursor={pages['next']}").json
    assert [*pages["items"], *rest["items"]] == found["items"]


def test_rules_attribute_what_waits_and_what_comes(waiting: Local) -> None:
    for rule in (
        {"customer": "acme", "subject_prefix": "acme-", "reason": "their bots"},
        {"customer": "bolt", "dimensions": {"$.plan": "gold"}, "reason": "gold is theirs"},
        {"customer": "bolt", "dimensions": {"team": "red"}, "source": "test", "reason": "the red team"},
    ):
        assert waiting.ask("POST", RULES, rule).status == 201
    before = units(waiting)
    dry = waiting.ask("POST", REPLAY, {"dry_run": True}).json
    assert (dry["looked_at"], dry["attributed"], dry["left"]) == (6, 4, 2)
    assert units(waiting) == before
    done = waiting.ask("POST", REPLAY, {}).json
    assert {(one["customer"], one["events"]) for one in done["by_customer"]} == {("acme", 2), ("bolt", 1)}
    assert done["attributed"] == 4
    again = waiting.ask("POST", REPLAY, {}).json
    assert (again["attributed"], again["looked_at"]) == (0, 2)
    waiting.ask("POST", "/api/v1/events", [sent(9, "loose", {"n": 1}, subject="acme-9")])
    assert units(waiting) == {"acme": "3", "bolt": "2"}
    assert waiting.ask("GET", QUEUE).json["unattributed"] == 0
    verified = waiting.ask("POST", "/api/v1/record/verify", {}).json
    assert (verified["ok"], verified["state_problems"]) == (True, [])


def test_a_subject_that_becomes_known_brings_its_events(waiting: Local) -> None:
    waiting.customer("x")
    [group] = [one for one in waiting.ask("GET", QUEUE).json["items"] if one["subject"] == "x"]
    assert (group["suggested"], group["rule"]) == ("x", "")
    done = waiting.ask("POST", REPLAY, {"subject": "x"}).json
    assert done["by_customer"] == [{"customer": "x", "rule": "", "events": 1}]


def test_a_person_may_choose_the_customer_with_a_reason(waiting: Local) -> None:
    assert waiting.ask("POST", REPLAY, {"customer": "bolt", "subject": "y"}).json["code"] == "missing_reason"
    assert waiting.ask("POST", REPLAY, {"customer": "no", "reason": "x"}).json["code"] == "unknown_customer"
    done = waiting.ask("POST", REPLAY, {"customer": "bolt", "subject": "y", "reason": "they said so"}).json
    assert (done["attributed"], units(waiting)["bolt"]) == (1, "1")
    named = {"customer": "acme", "reason": "no", "events": [{"source": "test", "id": "e4"}]}
    refused = waiting.ask("POST", REPLAY, named).json
    assert (refused["attributed"], refused["not_attributed"][0]["code"]) == (0, "not_unattributed")
    missing = {"events": [{"source": "test", "id": "e99"}]}
    assert waiting.ask("POST", REPLAY, missing).json["code"] == "unknown_event"


def test_quarantined_events_are_accepted_as_they_are_or_amended(waiting: Local) -> None:
    assert waiting.ask("POST", REPLAY, {"quarantined": True}).json["attributed"] == 0
    amended = {"events": [{"source": "test", "id": "e5", "data": {"n": 5}}], "reason": "the sender was wrong"}
    done = waiting.ask("POST", REPLAY, amended).json
    assert (done["attributed"], done["accepted"], done["by_customer"][0]["customer"]) == (1, 1, "acme")
    twice = [{"source": "test", "id": "e6"}, {"source": "test", "id": "e6"}]
    accepted = {"events": twice, "accept": True, "customer": "bolt", "reason": "fine by us"}
    assert waiting.ask("POST", REPLAY, accepted).json["accepted"] == 1
    rows = {one["id"]: one for one in waiting.ask("GET", "/api/v1/events?type=careful").json["items"]}
    assert {name: (row["customer"], row["data"], row["mismatch"]) for name, row in rows.items()} == {
        "e5": ("acme", {"n": 5}, ""),
        "e6": ("bolt", {"n": "six"}, "data.n"),
    }
    assert waiting.ask("GET", QUEUE).json["quarantined"] == 0
    verified = waiting.ask("POST", "/api/v1/record/verify", {}).json
    assert (verified["ok"], verified["state_problems"]) == (True, [])


def test_a_schema_that_is_corrected_lets_the_quarantine_go(waiting: Local) -> None:
    text = SCHEMA.replace("properties: {n: {type: integer}}}", "properties: {n: {type: [integer, string]}}}")
    waiting.publish(text)
    done = waiting.ask("POST", REPLAY, {"quarantined": True}).json
    assert (done["accepted"], done["left"]) == (1, 1)


def test_rules_have_an_order_and_can_be_taken_back(waiting: Local) -> None:
    first = waiting.ask("POST", RULES, {"customer": "acme", "source": "test", "reason": "all of it"}).json
    ahead = {"customer": "bolt", "subject": "y", "reason": "but this", "position": 1}
    second = waiting.ask("POST", RULES, ahead).json
    dry = waiting.ask("POST", RULES, {**ahead, "dry_run": True})
    assert dry.status == 201
    listed = waiting.ask("GET", RULES).json["items"]
    assert {one["id"] for one in listed} == {first["id"], second["id"]}
    assert waiting.ask("DELETE", f"{RULES}/{first['id']}").status == 204
    assert waiting.ask("DELETE", f"{RULES}/{first['id']}").status == 204
    assert waiting.ask("DELETE", f"{RULES}/nothing").json["code"] == "unknown_rule"
    assert [one["id"] for one in waiting.ask("GET", RULES).json["items"]] == [second["id"]]
    every = waiting.ask("GET", f"{RULES}?retired=true").json["items"]
    assert [one["retired_at"] is None for one in every] == [True, False]
    done = waiting.ask("POST", REPLAY, {}).json
    assert done["by_customer"] == [{"customer": "bolt", "rule": second["id"], "events": 1}]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"customer": "acme", "reason": "x"}, "no_condition"),
        ({"customer": "acme", "reason": "x", "dimensions": {"nothing": "x"}}, "unknown_dimension"),
        ({"customer": "acme", "reason": "x", "dimensions": {"$.": "x"}}, "unknown_dimension"),
        ({"customer": "acme", "reason": " ", "source": "x"}, "missing_reason"),
        ({"customer": "nobody", "reason": "x", "source": "x"}, "unknown_customer"),
    ],
)
def test_what_is_no_rule_is_refused(waiting: Local, rule: dict[str, Any], code: str) -> None:
    answer = waiting.ask("POST", RULES, rule)
    assert answer.status == 422
    assert code in [one["code"] for one in answer.json["errors"]]


def test_batches_go_on_where_the_last_one_ended(waiting: Local) -> None:
    waiting.ask("POST", RULES, {"customer": "acme", "source": "test", "reason": "all of it"})
    cursor, attributed = "", []
    while cursor is not None:
        done = waiting.ask("POST", REPLAY, {"limit": 2, "cursor": cursor}).json
        attributed.append(done["attributed"])
        cursor = done["next"]
    assert sum(attributed) == 4


def test_two_replays_and_a_correction_at_once_attribute_each_event_once(waiting: Local) -> None:
    more = [sent(number, "loose", {"n": 1}, subject="x") for number in range(100, 1100)]
    waiting.ask("POST", "/api/v1/events", more)
    waiting.ask("POST", RULES, {"customer": "acme", "source": "test", "reason": "all of it"})
    void = {"action": "void", "source": "test", "id": "e700", "reason": "a mistake"}
    answers: list[Any] = []

    def ask(path: str, body: Any) -> None:
        answers.append(waiting.ask("POST", path, body))

    asked = [(REPLAY, {}), (REPLAY, {}), ("/api/v1/events/corrections", void)]
    threads = [Thread(target=ask, args=one) for one in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(answer.status in (200, 201, 409) for answer in answers), [one.json for one in answers]
    while waiting.ask("POST", REPLAY, {}).json["attributed"]:
        pass
    voided = next(one for one in answers if "action" in one.json or one.status == 409)
    counted = 1004 if voided.status == 409 else 1003
    assert units(waiting) == {"acme": str(counted)}
    assert waiting.ask("GET", QUEUE).json["unattributed"] == 0
    verified = waiting.ask("POST", "/api/v1/record/verify", {}).json
    assert (verified["ok"], verified["state_problems"]) == (True, [])
