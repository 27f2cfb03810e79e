"""`steelyard doctor` says in words what is wrong with a folder, and what to do."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from steelyard.entrypoints import diagnosis
from steelyard.entrypoints.api import ingest
from steelyard.entrypoints.bootstrap import init_workspace, open_workspace
from steelyard.entrypoints.cli.process import _examine


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with some usage, closed."""
    folder = tmp_path_factory.mktemp("doctor") / "workspace"
    init_workspace(folder)
    workspace = open_workspace(folder)
    events = [{"id": f"e{number}", "type": "t", "subject": "acme"} for number in range(50)]
    assert ingest.store(workspace, json.dumps(events).encode(), "application/json").accepted == 50
    assert workspace.catch_up(20)
    workspace.close()
    return folder


def findings(folder: Path) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in _examine(folder, rebuild=False)}


def spoil_key(folder: Path) -> None:
    init_workspace(folder.parent / "other")
    shutil.copy2(folder.parent / "other" / "record.key", folder / "record.key")


def spoil_bundle(folder: Path) -> None:
    with sqlite3.connect(folder / "steelyard.sqlite") as connection:
        (entries,) = connection.execute("SELECT entries FROM bundle WHERE first_index = 2").fetchone()
        changed = entries.replace(b'"id":"e7"', b'"id":"e8"')
        assert changed != entries
        connection.execute("UPDATE bundle SET entries = ? WHERE first_index = 2", (changed,))


def spoil_dedup(folder: Path) -> None:
    (folder / "dedup").mkdir(exist_ok=True)
    manifest = {"covers": 9, "leaf": "AAAA", "runs": []}
    (folder / "dedup" / "manifest.json").write_text(json.dumps(manifest))


SPOILED: dict[str, tuple[Callable[[Path], object], str, str, bool]] = {
    "no key": (lambda one: (one / "record.key").unlink(), "key", "restore the key", True),
    "another key": (spoil_key, "key", "put the right one back", True),
    "no key at all": (lambda one: (one / "record.key").write_text("x"), "key", "restore the key", True),
    "a damaged bundle": (spoil_bundle, "record", "verif", True),
    "no usage store": (lambda one: (one / "usage.duckdb").unlink(), "usage file", "makes it anew", False),
    "stale dedup": (spoil_dedup, "known events", "makes it anew", False),
    "open key": (lambda one: (one / "record.key").chmod(0o644), "permissions", "chmod 600", True),
    "erasure": (lambda one: (one / "erasure.pending").write_text("{}"), "erasure", "finishes it", False),
    "no record": (lambda one: (one / "steelyard.sqlite").unlink(), "files", "from a backup", True),
    "junk": (lambda one: (one / "steelyard.sqlite").write_bytes(b"junk" * 1000), "database", "restore", True),
}


def test_a_sound_workspace_has_nothing_to_tell(sound: Path, tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    shutil.copytree(sound, folder)
    bad = [one for one in findings(folder).values() if not one["ok"] and one["vital"]]
    assert bad == []


@pytest.mark.parametrize("name", SPOILED)
def test_what_is_wrong_is_said_with_what_to_do(name: str, sound: Path, tmp_path: Path) -> None:
    spoil, check, words, vital = SPOILED[name]
    folder = tmp_path / "workspace"
    shutil.copytree(sound, folder)
    spoil(folder)
    found = findings(folder)[check]
    assert (found["ok"], found["vital"]) == (False, vital), found
    assert words in found["text"], found
    if name == "a damaged bundle":
        damage = diagnosis.explain_damage(folder)
        assert "entries 9 do not verify" in damage.text
        assert "backup" in damage.text


def test_a_clock_behind_the_newest_entry_is_noticed(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnosis.time, "time_ns", lambda: 0)
    (check,) = [one for one in diagnosis.look_at(sound) if one.name == "clock"]
    assert (check.ok, "set the clock right" in check.text) == (False, True)


def test_a_disk_that_is_nearly_full_is_noticed(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, vital in ((100 << 20, True), (1 << 30, False)):
        usage = shutil._ntuple_diskusage(1, 1, free)  # type: ignore[attr-defined]
        monkeypatch.setattr(diagnosis.shutil, "disk_usage", lambda _, usage=usage: usage)
        (check,) = [one for one in diagnosis.look_at(sound) if one.name == "disk"]
        assert (check.ok, check.vital, "make room" in check.text) == (False, vital, True)


def test_a_folder_that_another_process_holds_is_said_to_be(sound: Path, tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    shutil.copytree(sound, folder)
    workspace = open_workspace(folder)
    try:
        found = findings(folder)
    finally:
        workspace.close()
    assert "held by another process" in found["workspace"]["text"]
    assert found["record"]["ok"], "the record is checked all the same"
