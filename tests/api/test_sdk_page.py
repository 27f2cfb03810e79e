"""The page about the metering client: every example runs, in order, against a real server."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import Server, start, steelyard

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sdk.md"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = start(tmp_path / "workspace")
    yield running
    running.stop()


def examples(language: str = "python") -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def test_every_example_runs_and_its_events_are_stored(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    assert len(examples()) >= 8
    for code in examples():
        own = code.replace("http://127.0.0.1:8420", server.address).replace("sk_…", server.key)
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(own, "sdk.md", "exec"), names)
    assert names["troubles"] == []
    assert names["stats"].settled == 1
    events = list(server.client().events.each())
    assert {event["source"] for event in events} == {"my-app", "counted-app"}
    assert len(events) == 14
    (answered,) = (event for event in events if "total_tokens" in (event["data"] or {}))
    assert (answered["data"]["cached_input_tokens"], answered["data"]["total_tokens"]) == (60, 120)
    searched = next(event for event in events if event["type"] == "search")
    assert (searched["subject"], searched["data"]["words"]) == ("acme-bot", 3)
    monkeypatch.setenv("STEELYARD_KEY", server.key)
    compared = steelyard("reconcile", "--log", "events-count", "--to", server.address)
    assert compared.returncode == 0, compared.stdout + compared.stderr
    assert b"1 events in 1 groups: both sides have the same" in compared.stdout
