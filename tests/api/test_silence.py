"""A customer whose regular events stop is noticed; once they come again the silence is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from steelyard.entrypoints.api import ingest, inside
from steelyard.entrypoints.bootstrap import Workspace, init_workspace, open_workspace
from steelyard.kernel import micros
from tests.api.test_api_anomalies import CATALOG


class World:
    """An open workspace in which days pass as the test says."""

    def __init__(self, folder: Path) -> None:
        init_workspace(folder)
        self.workspace: Workspace = open_workspace(folder)
        self.now = datetime.now(UTC)
        self.workspace.writer._clock = lambda: micros(self.now)
        self.workspace.watcher.clock = lambda: self.now
        self.sent = 0

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer of an endpoint, as the owner gets it."""
        blob = inside.ask(self.workspace, inside.OWNER, method, path, body=body)
        return msgspec.json.decode(blob.content)

    def send(self, subject: str) -> None:
        """One event now."""
        self.sent += 1
        event = {"id": f"e{self.sent}", "type": "llm", "subject": subject, "data": {"n": 1}}
        outcome = ingest.store(self.workspace, msgspec.json.encode(event), "application/json")
        assert outcome.accepted == 1

    def look(self) -> list[Any]:
        """The anomalies, once the watch has looked."""
        assert self.workspace.catch_up(10)
        self.workspace.watcher._looked_for_silence = float("-inf")
        self.workspace.watcher.look()
        return self.ask("GET", "/api/v1/anomalies")["items"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    found = World(tmp_path / "workspace")
    text = CATALOG.replace("ACTION", "hold")
    found.ask("POST", "/api/v1/catalog/versions", {"files": [{"name": "c.yaml", "text": text}], "note": ""})
    for key in ("daily", "rare"):
        found.ask("POST", "/api/v1/customers", {"key": key, "name": key, "currency": "USD"})
    yield found
    found.workspace.close()


def test_who_reported_daily_and_stopped_is_silent_until_something_comes(world: World) -> None:
    world.send("rare")
    for _ in range(7):
        world.send("daily")
        world.now += timedelta(days=1)
    assert world.look() == []
    world.now += timedelta(days=2)
    [found] = world.look()
    assert (found["kind"], found["action"], found["customer"]) == ("silence", "flag", "daily")
    assert (found["standing"], found["text"]) == (
        "silent",
        "nothing for more than 48 hours; events came on 7 of the 30 days before",
    )
    world.now += timedelta(hours=5)
    assert len(world.look()) == 1
    world.send("daily")
    [ended] = world.look()
    assert ended["standing"] == "ended"
    assert world.ask("POST", "/api/v1/record/verify", {})["ok"] is True
