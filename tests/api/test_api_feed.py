"""The warehouse feed of a running server, the reconciliation over HTTP, and both from the command line."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.conftest import Server, environment, fill, start, steelyard
from tests.api.forked import begin


@pytest.fixture(scope="module")
def fed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A server that feeds a folder."""
    folder = tmp_path_factory.mktemp("fed")
    feed = folder / "feed"
    server = start(folder / "workspace", "--feed", str(feed))
    fill(server)
    yield server, feed
    server.stop()


def manifest(feed: Path) -> dict[str, object]:
    return json.loads((feed / "manifest.json").read_text())


def test_a_reconciliation_feeds_first_and_finds_everything_equal(fed: tuple[Server, Path]) -> None:
    server, feed = fed
    found = server.client().reconciliations.run()
    assert (found["ok"], found["problems"], found["differences"]) == (True, [], [])
    assert found["feed_upto"] == manifest(feed)["upto"]
    assert found["events"] == 121
    [kept] = server.client().reconciliations.list()["items"]
    assert kept == found == server.ask("GET", f"/api/v1/reconciliations/{found['id']}").json
    text = server.client().health.metrics().decode()
    assert "steelyard_reconciliation_ok 1.0" in text
    assert "steelyard_reconciliation_differing_events 0.0" in text
    assert "steelyard_feed_failing 0.0" in text
    assert server.ask("GET", "/api/v1/reconciliations/rc_none").status == 404


def test_a_preview_is_not_kept(fed: tuple[Server, Path]) -> None:
    server, _ = fed
    before = len(server.client().reconciliations.list()["items"])
    assert server.client().reconciliations.run(dry_run=True)["ok"]
    assert len(server.client().reconciliations.list()["items"]) == before


def test_the_running_server_feeds_what_comes(fed: tuple[Server, Path]) -> None:
    server, feed = fed
    server.client().reconciliations.run(dry_run=True)
    before = int(str(manifest(feed)["upto"]))
    server.client().events.send(
        [{"id": "later", "source": "test", "type": "llm.completion", "subject": "acme"}]
    )
    deadline = time.monotonic() + 40
    while int(str(manifest(feed)["upto"])) <= before and time.monotonic() < deadline:
        time.sleep(0.2)
    assert int(str(manifest(feed)["upto"])) > before


def test_what_is_wrong_with_the_feed_is_told(fed: tuple[Server, Path]) -> None:
    server, feed = fed
    server.client().reconciliations.run(dry_run=True)
    file = next((feed / "events").glob("*.parquet"))
    content = file.read_bytes()
    file.unlink()
    try:
        found = server.client().reconciliations.run(dry_run=True)
    finally:
        file.write_bytes(content)
    assert not found["ok"]
    assert any("is gone" in problem for problem in found["problems"])
    assert found["by_place"]["feed"] > 0
    assert {one["place"] for one in found["differences"]} == {"feed"}


def test_the_command_line_feeds_and_reconciles(fed: tuple[Server, Path], tmp_path: Path) -> None:
    server, _ = fed
    refused = steelyard("feed", "--dir", str(server.folder), "--to", str(tmp_path / "x"))
    assert refused.returncode == 6
    assert b"serve" in refused.stderr
    told = steelyard("reconcile-feed", "--dir", str(server.folder), "--dry-run")
    assert told.returncode == 0
    assert b"hold the same" in told.stdout


def test_a_folder_without_server_is_fed_and_compared(tmp_path: Path) -> None:
    workspace, feed = tmp_path / "workspace", tmp_path / "feed"
    server = start(workspace)
    fill(server)
    server.stop()
    first = json.loads(steelyard("feed", "--dir", str(workspace), "--to", str(feed), "--json").stdout)
    assert first["upto"] == manifest(feed)["upto"]
    again = json.loads(steelyard("feed", "--dir", str(workspace), "--to", str(feed), "--json").stdout)
    assert again["files"] == 0
    good = steelyard("reconcile-feed", "--dir", str(workspace), "--feed", str(feed), "--json")
    assert json.loads(good.stdout)["ok"] is True
    lost = next((feed / "events").glob("*.parquet"))
    lost.unlink()
    bad = steelyard("reconcile-feed", "--dir", str(workspace), "--feed", str(feed))
    assert bad.returncode == 3
    assert b"is gone" in bad.stdout
    shutil.rmtree(feed)


@pytest.mark.parametrize("delay", [0.15, 0.5, 0.9])
def test_a_killed_feed_is_finished_by_the_next(tmp_path: Path, delay: float) -> None:
    workspace, feed = tmp_path / "workspace", tmp_path / "feed"
    server = start(workspace)
    fill(server)
    server.stop()
    process = begin(["feed", "--dir", str(workspace), "--to", str(feed)], environment())
    time.sleep(delay)
    process.kill()
    process.wait(20)
    assert steelyard("feed", "--dir", str(workspace), "--to", str(feed)).returncode == 0
    assert steelyard("reconcile-feed", "--dir", str(workspace), "--feed", str(feed)).returncode == 0
