"""Two-sided receipts against a real server: equal counts agree, and every differing id is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from steelyard.client import Limits, ProblemError, Steelyard
from tests.api.conftest import Server, start, steelyard

QUICK = Limits(flush_seconds=0.02, retry_seconds=0.1, exit_seconds=20)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    running = start(tmp_path_factory.mktemp("reconcile") / "workspace")
    running.client().customers.create(key="acme", name="Acme", currency="USD", subjects=["acme-bot"])
    yield running
    running.stop()


def reconcile(server: Server, *words: str, code: int) -> Any:
    done = steelyard("reconcile", "--dir", str(server.folder), "--json", *words)
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout) if done.stdout else done.stderr.decode()


def track(server: Server, source: str, count: Path, *ids: str, **more: Any) -> None:
    with Steelyard(server.address, server.key, source=source, count=count, limits=QUICK) as meter:
        for number, one in enumerate(ids):
            meter.track("t", id=one, subject="acme-bot", time=f"2026-11-0{number % 3 + 1}T10:30:00Z", **more)
        assert meter.flush(20)


def test_what_was_tracked_and_delivered_agrees(server: Server, tmp_path: Path) -> None:
    track(server, "equal", tmp_path, *(f"e{number}" for number in range(20)))
    found = reconcile(server, "--log", str(tmp_path), code=0)
    assert found["agrees"] is True
    assert (found["events"], found["groups"], found["unsealed"]) == (20, 3, 0)


def test_events_that_only_one_side_has_are_named(server: Server, tmp_path: Path) -> None:
    with Steelyard("http://127.0.0.1:1", "k", source="apart", count=tmp_path, limits=QUICK) as lost:
        lost.track("t", id="lost", subject="acme-bot", time="2026-11-01T10:00:00Z")
        lost.close(0.05)
    track(server, "apart", tmp_path, "both")
    stranger = {"id": "stranger", "source": "apart", "type": "t", "subject": "acme-bot"}
    server.client().events.send([{**stranger, "time": "2026-11-01T10:10:00Z"}])  # type: ignore[list-item]
    found = reconcile(server, "--log", str(tmp_path), code=3)
    (difference,) = found["differences"]
    assert difference["group"] == {"source": "apart", "who": "acme-bot", "type": "t", "hour": "2026-11-01T10"}
    assert (difference["only_here"], difference["only_there"]) == (["lost"], ["stranger"])
    told = steelyard("reconcile", "--dir", str(server.folder), "--log", str(tmp_path))
    assert b"only here: lost" in told.stdout
    assert b"only there: stranger" in told.stdout


def test_a_changed_count_is_refused(server: Server, tmp_path: Path) -> None:
    track(server, "changed", tmp_path, "a", "b")
    path = tmp_path / "1.log"
    path.write_bytes(path.read_bytes().replace(b'"id":"a"', b'"id":"c"'))
    found = reconcile(server, "--log", str(tmp_path), code=3)
    assert "does not follow" in found["problems"][0]


def test_refused_events_are_agreed_on(server: Server, tmp_path: Path) -> None:
    with Steelyard(
        server.address, server.key, source="odd", count=tmp_path, limits=QUICK, on_refused=lambda _: None
    ) as meter:
        meter.track("t", id="good", time="2026-11-01T10:00:00Z")
        meter.track("t", id="early", time="1960-11-01T10:00:00Z")
        assert meter.flush(20)
    assert reconcile(server, "--log", str(tmp_path), code=0)["refused"] == 1


def test_a_customer_reconciles_with_its_own_key(server: Server, tmp_path: Path) -> None:
    client = server.client()
    made = client.keys.create(name="acme", scopes=["events:write", "usage:read"], customer="acme")
    key = made["secret"]
    with Steelyard(server.address, key, source="theirs", count=tmp_path, limits=QUICK) as meter:
        meter.track("t", id="1", subject="acme-bot", time="2026-11-01T10:00:00Z")
        assert meter.flush(20)
    other = {"id": "2", "source": "theirs", "type": "t", "subject": "nobody", "time": "2026-11-01T10:00:00Z"}
    client.events.send([other])  # type: ignore[list-item]
    hour = {"sources": ["theirs"], "from_": "2026-11-01T10:00:00Z", "to": "2026-11-01T11:00:00Z", "hours": []}
    seen = [
        {one["who"] for one in server.client(asker).events.reconcile(**hour)["differing"]}
        for asker in (key, server.key)
    ]
    assert seen == [{"acme-bot"}, {"acme-bot", "nobody"}]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to": "2026-11-01T10:00:00Z"}, "invalid_parameter"),
        ({"to": "2026-11-01T10:30:00Z"}, "invalid_parameter"),
        ({"to": "2027-11-01T10:00:00Z"}, "invalid_parameter"),
        ({"sources": []}, "invalid_body"),
        (
            {
                "hours": [
                    {
                        "source": "",
                        "who": "",
                        "type": "",
                        "hour": "2026-02-31T07",
                        "count": 0,
                        "hash": "0" * 64,
                    }
                ]
            },
            "invalid_value",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(server: Server, change: dict[str, Any], code: str) -> None:
    asked = {"sources": ["x"], "from_": "2026-11-01T10:00:00Z", "to": "2026-11-01T11:00:00Z", "hours": []}
    with pytest.raises(ProblemError) as caught:
        server.client().events.reconcile(**{**asked, **change})
    assert caught.value.code == code


def test_a_log_that_is_not_there_is_an_error(server: Server, tmp_path: Path) -> None:
    assert "no count log there" in reconcile(server, "--log", str(tmp_path), code=6)
