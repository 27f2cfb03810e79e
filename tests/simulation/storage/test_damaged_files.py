"""Files that are cut short or have a bit flipped: healed from the record, or refused in words."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from steelyard.adapters.sqlite import dedup
from steelyard.entrypoints.api import ingest
from steelyard.entrypoints.bootstrap import Workspace, init_workspace, open_workspace
from steelyard.kernel import DamagedRecord, Period, SteelyardError
from steelyard.metering import Aggregation, Meter

EVENTS = 600
METER = Meter(key="n", event_types=("t",), aggregation=Aggregation.SUM, value="$.n")
ALWAYS = Period(start=datetime(2020, 1, 1, tzinfo=UTC), end=datetime(2030, 1, 1, tzinfo=UTC))


def batch(first: int, last: int) -> bytes:
    return msgspec.json.encode(
        [
            {"id": str(number), "type": "t", "time": "2026-08-01T00:00:00Z", "data": {"n": number}}
            for number in range(first, last)
        ]
    )


def send(workspace: Workspace, first: int, last: int) -> tuple[int, int]:
    outcome = ingest.store(workspace, batch(first, last), "application/json")
    assert not outcome.refusals
    return outcome.accepted, outcome.duplicates


def check_all_there(workspace: Workspace) -> None:
    """Every event once: all are duplicates, the total is exact, and a further one still goes in."""
    assert send(workspace, 0, EVENTS) == (0, EVENTS)
    assert workspace.usage.wait_for(workspace.reader.size - 1, 30)
    workspace.usage.define([METER])
    (row,) = workspace.usage.quantities("n", ALWAYS)
    assert (row.quantity, row.events) == (sum(range(EVENTS)), EVENTS)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A closed workspace with some hundred events, whose index of known events lies in runs on disk."""
    monkeypatch.setattr(dedup.DedupIndex.__init__, "__kwdefaults__", {"recent_max": 100})
    init_workspace(tmp_path / "workspace")
    workspace = open_workspace(tmp_path / "workspace")
    workspace.usage.define([METER])
    for first in range(0, EVENTS, 60):
        send(workspace, first, first + 60)
    workspace.usage.wait_for(workspace.reader.size - 1)
    workspace.close()
    return tmp_path / "workspace"


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1 << (place % 8)
    path.write_bytes(content)


def cut(path: Path, place: int) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: place % len(content)])


DAMAGES: list[Callable[[Path, int], None]] = [flip, cut]


def places(seed: int, count: int) -> list[int]:
    return [random.Random(seed * 1000 + number).randrange(1 << 30) for number in range(count)]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda one: one.__name__)
@pytest.mark.parametrize("name", ["run", "manifest.json"])
def test_a_damaged_index_of_known_events_is_made_anew(
    folder: Path, name: str, damage: Callable[[Path, int], None]
) -> None:
    for place in places(1, 4):
        found = sorted((folder / "dedup").glob("*" + name))
        assert found
        damage(found[place % len(found)], place)
        workspace = open_workspace(folder)
        check_all_there(workspace)
        workspace.close()


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda one: one.__name__)
def test_a_damaged_snapshot_is_passed_over(folder: Path, damage: Callable[[Path, int], None]) -> None:
    for place in places(2, 4):
        damage(folder / "record.tail", place)
        workspace = open_workspace(folder)
        check_all_there(workspace)
        workspace.close()


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda one: one.__name__)
def test_a_damaged_usage_store_is_made_anew_or_still_right(
    folder: Path, damage: Callable[[Path, int], None]
) -> None:
    path = folder / "usage.duckdb"
    for place in [5, 4100, 8200, *places(3, 5)]:
        damage(path, place)
        workspace = open_workspace(folder)
        check_all_there(workspace)
        workspace.close()


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda one: one.__name__)
def test_a_damaged_signing_key_is_refused_in_words(folder: Path, damage: Callable[[Path, int], None]) -> None:
    path = folder / "record.key"
    good = path.read_bytes()
    for place in places(4, 12):
        damage(path, place)
        try:
            workspace = open_workspace(folder)
        except SteelyardError:
            pass
        else:
            # What was damaged says nothing, such as a blank at the end; the key itself is whole.
            assert path.read_bytes().split()[-1] in good
            workspace.close()
        path.write_bytes(good)
    workspace = open_workspace(folder)
    check_all_there(workspace)
    workspace.close()


def verdict(folder: Path) -> Any:
    """What opening, reading, writing and verifying say of a record: the total, or the error in words."""
    try:
        workspace = open_workspace(folder)
    except SteelyardError as error:
        return error
    try:
        from steelyard.adapters.sqlite import verify_record

        found = verify_record(folder, workspace.signer.vkey)
        if found.problems:
            return DamagedRecord(str(found.problems[0]))
        check_all_there(workspace)
        return EVENTS
    except SteelyardError as error:
        return error
    finally:
        workspace.close()


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda one: one.__name__)
def test_a_damaged_record_is_never_taken_for_a_whole_one(
    folder: Path, damage: Callable[[Path, int], None]
) -> None:
    path = folder / "steelyard.sqlite"
    good = path.read_bytes()
    log = path.with_name(path.name + "-wal")
    kept_log = log.read_bytes() if log.exists() else None
    for place in [18, 60, 16390, *places(5, 10)]:
        damage(path, place)
        found = verdict(folder)
        # A flip in a page that nothing uses, or in a header's reserved byte, is no damage: all is there.
        assert found == EVENTS or isinstance(found, SteelyardError), found
        for one in (log, path.with_name(path.name + "-shm")):
            one.unlink(missing_ok=True)
        path.write_bytes(good)
        if kept_log is not None:
            log.write_bytes(kept_log)
    assert verdict(folder) == EVENTS
