"""Usage events name the key they came with: in the record, where it changes, and never per event."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from steelyard.access import Senders, read_senders
from steelyard.entrypoints.api.handlers.event_detail import sender_of
from steelyard.record import Kind
from tests.api.local import Local


@pytest.fixture
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    local = Local(tmp_path_factory.mktemp("senders") / "workspace")
    local.customer("acme")
    local.customer("bolt")
    yield local
    local.close()


def key(local: Local, name: str, **more: str) -> tuple[str, str]:
    """The id and the secret of a new key that sends events and reads usage."""
    made = local.done(
        "POST", "/api/v1/keys", {"name": name, "scopes": ["events:write", "usage:read"], **more}
    )
    return made["id"], made["secret"]


def send(local: Local, secret: str, *ids: str, customer: str = "acme") -> list[int]:
    """Where in the record the events of these ids are."""
    events = [
        {"id": id, "source": "test", "type": "call", "subject": customer, "time": "2026-10-01T00:00:00Z"}
        for id in ids
    ]
    answer = local.ask("POST", "/api/v1/events", events, key=secret, prefer="return=representation")
    assert answer.status == 200, answer.content
    return [one["index"] for one in answer.json["receipts"]]


def notes(local: Local) -> list[Senders]:
    """What the record says about senders, in its order."""
    entries = local.workspace.reader.entries(range(local.workspace.reader.size))
    return [read_senders(one.payload) for one in entries if one.kind is Kind.SENDER]


def came_with(local: Local, index: int) -> str:
    """With which key the event of an entry came."""
    assert local.workspace.catch_up(10)
    return sender_of(local.workspace, index)


def test_the_record_says_with_which_key_each_event_came(local: Local) -> None:
    (one, with_one), (two, with_two) = key(local, "one"), key(local, "two")
    sent = {one: [*send(local, with_one, "a", "b")], two: [*send(local, with_two, "c")]}
    sent[one] += send(local, with_one, "d")
    for by, indexes in sent.items():
        assert [came_with(local, index) for index in indexes] == [by] * len(indexes)
    assert [run.by for note in notes(local) for run in note.runs] == [one, two, one]


def test_a_note_is_an_entry_of_the_workspace_and_verifies(local: Local) -> None:
    id, secret = key(local, "one")
    [index] = send(local, secret, "a")
    entry = local.workspace.reader.entry(index + 1)
    assert (entry.kind, entry.customer) == (Kind.SENDER, "$workspace")
    assert entry.payload == b'{"runs":[{"by":"%s","first":%d}]}' % (id.encode(), index)
    assert local.done("POST", "/api/v1/record/verify")["ok"] is True


def test_the_same_key_costs_one_entry_however_many_events_come(local: Local) -> None:
    _, secret = key(local, "one")
    for number in range(5):
        send(local, secret, f"a{number}", f"b{number}")
    assert len(notes(local)) == 1
    local.reopen()
    for number in range(3):
        send(local, secret, f"after a restart {number}")
    assert len(notes(local)) == 2


def test_a_repeat_changes_no_sender(local: Local) -> None:
    (one, with_one), (_, with_two) = key(local, "one"), key(local, "two")
    [index] = send(local, with_one, "a")
    assert send(local, with_two, "a") == [index]
    assert came_with(local, index) == one
    assert len(notes(local)) == 1


def test_before_the_first_note_nobody_is_named(local: Local) -> None:
    _, secret = key(local, "one")
    [index] = send(local, secret, "a")
    assert came_with(local, index - 1) == ""


def test_the_event_shows_its_key_to_the_seller_and_to_its_own_customer(local: Local) -> None:
    (ours, secret), (theirs, own) = key(local, "ours"), key(local, "theirs", customer="acme")
    [by_us], [by_them] = send(local, secret, "a"), send(local, own, "b")
    assert local.workspace.catch_up(10)
    assert local.done("GET", f"/api/v1/events/{by_us}")["sent_by"] == ours
    assert local.done("GET", f"/api/v1/events/{by_them}")["sent_by"] == theirs
    assert local.done("GET", f"/api/v1/events/{by_us}", key=own)["sent_by"] == ""
    assert local.done("GET", f"/api/v1/events/{by_them}", key=own)["sent_by"] == theirs


def test_an_amended_event_still_names_who_sent_it(local: Local) -> None:
    id, secret = key(local, "one")
    [index] = send(local, secret, "a")
    change = {"action": "amend", "source": "test", "id": "a", "reason": "late", "event": {"data": {"n": 1}}}
    local.done("POST", "/api/v1/events/corrections", change)
    assert local.workspace.catch_up(10)
    shown = local.done("GET", f"/api/v1/events/{index}")
    assert shown["event"]["index"] != index
    assert shown["sent_by"] == id
