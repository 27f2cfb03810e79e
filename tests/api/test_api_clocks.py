"""The server's clock jumps, by seconds and days, both ways: nothing is lost, nothing opens, all verifies."""

from __future__ import annotations

import secrets
import time
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from steelyard.access import Opened, Role, open_session
from steelyard.entrypoints import diagnosis
from steelyard.entrypoints.api import app, ingest, inside
from steelyard.record.merkle import verify_consistency
from tests.api.local import Local
from tests.api.staff import person, signed_in
from tests.api.test_api_anomalies import CATALOG

SECONDS = [0.0, 5, -3, -0.001, 0.5, 60, -90]
DAYS = [86_400.0 * days for days in (3, -2, -40, 1, 400, -380, 0)]


class World(Local):
    """A workspace whose clock is set from outside."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(folder)
        self.ahead = timedelta()
        world = self

        class Clock(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return world.now.astimezone(tz)

        for module in (app, ingest, inside):
            monkeypatch.setattr(module, "datetime", Clock)
        monkeypatch.setattr(diagnosis, "time", self)
        self.wind()

    def wind(self) -> None:
        """Gives the record's writer this clock as well."""
        self.workspace.writer._clock = lambda: self.time_ns() // 1000

    def send(self, event: Any) -> dict[str, int]:
        """How many events were accepted, and how many known."""
        sent = self.ask("POST", "/api/v1/events", [event], prefer="return=minimal")
        assert sent.status == 200, sent.content
        return {name: sent.json[name] for name in ("accepted", "duplicates")}

    @property
    def now(self) -> datetime:
        """What the clock says."""
        return datetime.now(UTC) + self.ahead

    def time_ns(self) -> int:
        """The same, since 1970."""
        return time.time_ns() + int(self.ahead.total_seconds() * 1e9)

    def recorded(self) -> list[int]:
        """When the entries were recorded, as they say, in the record's order."""
        return [
            moment
            for bundle in self.workspace.reader.bundles(0)
            for moment in [bundle.recorded_at] * bundle.count
        ]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    found = World(tmp_path / "workspace", monkeypatch)
    text = CATALOG.replace("ACTION", "hold")
    made = found.ask("POST", "/api/v1/catalog/versions", {"files": [{"name": "c.yaml", "text": text}]})
    assert made.status == 201, made.content
    found.ask("POST", "/api/v1/customers", {"key": "acme", "name": "Acme", "currency": "USD"})
    yield found
    found.close()


@pytest.mark.parametrize("jumps", [SECONDS, DAYS], ids=["seconds", "days"])
def test_whatever_the_clock_does_every_event_counts_once_and_all_verifies(
    world: World, jumps: list[float]
) -> None:
    sizes: list[int] = []
    for number, seconds in enumerate(jumps):
        world.ahead += timedelta(seconds=seconds)
        for part in (1, 2):
            event = {"id": f"e{number}-{part}", "type": "llm", "subject": "acme", "data": {"n": 1}}
            assert world.send(event) == {"accepted": 1, "duplicates": 0}
            assert world.send(event) == {"accepted": 0, "duplicates": 1}
        sizes.append(world.workspace.reader.size)
        if number % 3 == 2:
            world.reopen()
            world.wind()
    moments = world.recorded()
    assert moments == sorted(moments)
    starts = [bundle.recorded_at for bundle in world.workspace.reader.bundles(0)]
    assert len(set(starts)) == len(starts)
    assert world.workspace.catch_up(10)
    assert world.workspace.usage.counts(customers=["acme"]).events == 2 * len(jumps)
    verified = world.ask("POST", "/api/v1/record/verify", {}).json
    assert (verified["ok"], verified["entries"]) == (True, sizes[-1])
    listed = world.ask("GET", "/api/v1/events?customer=acme&limit=100").json["items"]
    assert len({one["id"] for one in listed}) == 2 * len(jumps)
    for old, new in pairwise(sizes):
        proof = world.ask("GET", f"/record/consistency?from={old}&to={new}").json
        assert verify_consistency(
            first=old,
            second=new,
            first_root=b64decode(proof["fromRoot"]),
            second_root=b64decode(proof["root"]),
            proof=[b64decode(one) for one in proof["hashes"]],
        )


def test_a_clock_that_was_set_back_is_told_by_the_doctor(world: World) -> None:
    world.ahead = timedelta(days=3)
    world.send({"id": "ahead", "type": "llm", "subject": "acme", "data": {"n": 1}})
    world.ahead = timedelta()
    (check,) = [one for one in diagnosis.look_at(world.folder) if one.name == "clock"]
    assert not check.ok
    assert "2 days, 23:59" in check.text
    before = world.recorded()[-1]
    world.send({"id": "back", "type": "llm", "subject": "acme", "data": {"n": 1}})
    assert world.recorded()[-1] == before + 1


def test_usage_knows_what_was_recorded_by_a_clock_that_ran_ahead(world: World) -> None:
    world.ahead = timedelta(days=3)
    at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    event = {"id": "e", "type": "llm", "subject": "acme", "time": at, "data": {"n": 1}}
    assert world.send(event)["accepted"] == 1
    world.ahead = timedelta()
    assert world.workspace.catch_up(10)
    voided = {"action": "void", "id": "e", "source": "default", "reason": "a test", "dry_run": False}
    assert world.workspace.usage.counts(customers=["acme"]).events == 1
    done = world.ask("POST", "/api/v1/events/corrections", voided)
    assert done.json["changed"], done.content
    assert world.workspace.catch_up(10)
    assert world.workspace.usage.counts(customers=["acme"]).events == 0


@pytest.mark.parametrize("back", [timedelta(seconds=30), timedelta(days=2), timedelta(days=400)])
def test_what_was_revoked_stays_so_when_the_clock_is_set_back(world: World, back: timedelta) -> None:
    made = world.ask("POST", "/api/v1/keys", {"name": "a", "scopes": ["usage:read"]}).json
    assert world.ask("GET", "/api/v1/meters", key=made["secret"]).status == 200
    assert world.ask("DELETE", f"/api/v1/keys/{made['id']}").status == 204
    gone = signed_in(world.workspace, "gone", Role.FINANCE)
    assert world.ask("GET", "/api/v1/meters", key=gone).status == 200
    person(world.workspace, "gone", Role.FINANCE, left_at=world.now)
    for ahead in (timedelta(), -back):
        world.ahead = ahead
        assert world.ask("GET", "/api/v1/meters").status == 200
        for secret in (made["secret"], gone):
            refused = world.ask("GET", "/api/v1/meters", key=secret)
            assert (refused.status, refused.json["code"]) == (401, "unauthenticated")


def test_a_session_lasts_half_a_day_whichever_clock_it_began_by(world: World) -> None:
    by = person(world.workspace, "ada", Role.FINANCE).id

    def session() -> str:
        opened = open_session(by, Opened.PASSWORD, at=world.now, entropy=secrets.token_bytes(48))
        world.workspace.writer.submit(opened.write).result()
        return opened.token

    def status(token: str) -> int:
        return world.ask("GET", "/api/v1/meters", key=token).status

    world.ahead = timedelta(days=40)
    ahead = session()
    assert status(ahead) == 200
    world.ahead = timedelta()
    assert status(ahead) == 401
    now = session()
    world.ahead = timedelta(minutes=-4)
    assert status(now) == 200
    world.ahead = timedelta(hours=13)
    assert status(now) == 401
