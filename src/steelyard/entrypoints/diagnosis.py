"""What is wrong with a workspace's folder, in words, and what to do: looked at from outside."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec

from steelyard.adapters.keys import load_signer
from steelyard.adapters.sqlite import DATABASE_FILE, newest_checkpoint, rows
from steelyard.adapters.sqlite.dedup import FOLDER as DEDUP_FOLDER
from steelyard.adapters.sqlite.dedup import Manifest
from steelyard.adapters.sqlite.schema import open_for_reading
from steelyard.entrypoints.audit import audit_folder
from steelyard.entrypoints.bootstrap import OWNER_KEY_FILE, USAGE_FILE, WORKSPACE_FILE
from steelyard.entrypoints.erasing import PENDING_FILE
from steelyard.kernel import NotFound, SteelyardError, from_micros, iso
from steelyard.record import Bundle
from steelyard.record.checkpoint import open_checkpoint

DISK_FREE_VITAL: Final = 200 << 20
DISK_FREE_FINE: Final = 2 << 30
CLOCK_SLACK_MICROS: Final = 2_000_000
_ENTRIES_NAMED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something that was looked at: whether it is well, in words; `vital` where nothing works without it."""

    name: str
    ok: bool
    text: str
    vital: bool = False


def look_at(folder: Path) -> list[Check]:
    """What can be seen from outside; nothing is opened for writing, and no lock is taken.

    Raises NotFound for a folder that holds no workspace at all.
    """
    if not (folder / WORKSPACE_FILE).is_file() and not (folder / DATABASE_FILE).is_file():
        raise NotFound(
            f"{folder} is no workspace; make one with: steelyard init --dir {folder}", code="no_workspace"
        )
    return [
        *_missing_files(folder),
        *_keys(folder),
        *_permissions(folder),
        _disk(folder),
        *_interrupted(folder),
        *_newest(folder),
    ]


def _missing_files(folder: Path) -> Iterator[Check]:
    if not (folder / DATABASE_FILE).is_file():
        text = f"{folder / DATABASE_FILE} is missing: the record is gone; restore the folder from a backup"
        yield Check(name="files", ok=False, vital=True, text=text)
    if not (folder / WORKSPACE_FILE).is_file():
        text = f"{folder / WORKSPACE_FILE} is missing (name and origin); restore it from a backup"
        yield Check(name="files", ok=False, vital=True, text=text)
    if not (folder / OWNER_KEY_FILE).is_file():
        text = f"{OWNER_KEY_FILE} is not here: fine if it is kept elsewhere; give it in STEELYARD_KEY"
        yield Check(name="owner key", ok=True, text=text)
    if not (folder / USAGE_FILE).is_file():
        text = "the usage store is missing; the next start makes it anew from the record, which takes a while"
        yield Check(name="usage file", ok=False, text=text)


def _keys(folder: Path) -> Iterator[Check]:
    path = folder / "record.key"
    try:
        vkey = load_signer(folder).vkey
    except NotFound:
        text = (
            f"{path} is missing: the record verifies, but cannot be continued; restore the key from where it"
        )
        yield Check(name="key", ok=False, vital=True, text=f"{text} is kept apart, with mode 0600")
        return
    except SteelyardError as error:
        text = f"{error.message}; restore the key from where it is kept apart"
        yield Check(name="key", ok=False, vital=True, text=text)
        return
    try:
        note = newest_checkpoint(folder)
        if note is not None:
            open_checkpoint(note, vkey)
    except (SteelyardError, sqlite3.DatabaseError) as error:
        said = error.message if isinstance(error, SteelyardError) else str(error)
        text = f"{path} is not the key that signed the newest checkpoint ({said}): it is another record's, or"
        text += " an older one; put the right one back. Its key id stands in the checkpoint's signature line"
        yield Check(name="key", ok=False, vital=True, text=text)
        return
    yield Check(name="key", ok=True, text="the key is the one that signs the record")


def _permissions(folder: Path) -> Iterator[Check]:
    open_to_others = [
        path
        for path in sorted([*folder.glob("record.key*"), *folder.glob(OWNER_KEY_FILE)])
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    for path in open_to_others:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = f"{path} can be read by others (mode {mode:04o}); run: chmod 600 {path}"
        yield Check(name="permissions", ok=False, vital=True, text=text)
    if not open_to_others:
        yield Check(name="permissions", ok=True, text="keys can be read by their owner alone")


def _disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    text = f"{free / (1 << 30):.1f} GiB are free on the disk"
    if free < DISK_FREE_VITAL:
        text += ": writing will soon be refused (`not_written`); make room, nothing is lost by that"
    elif free < DISK_FREE_FINE:
        text += ": make room before it is full"
    return Check(name="disk", ok=free >= DISK_FREE_FINE, vital=free < DISK_FREE_VITAL, text=text)


def _interrupted(folder: Path) -> Iterator[Check]:
    if (folder / PENDING_FILE).exists():
        text = "an erasure was cut off or is under way; the next start finishes it"
        yield Check(name="erasure", ok=False, text=text)
    if (folder / "record.key.next").exists():
        text = "a change of the key was cut off or is under way; the next start settles it"
        yield Check(name="key change", ok=False, text=text)


def _newest(folder: Path) -> Iterator[Check]:
    """What the newest bundle says beside the clock and the index of known events."""
    if not (folder / DATABASE_FILE).is_file():
        return
    try:
        with closing(open_for_reading(folder)) as connection:
            size = rows.end_of(connection)
            newest = rows.bundle_at(connection, size - 1) if size else None
            yield _dedup(folder, connection, size)
    except (sqlite3.DatabaseError, SteelyardError) as error:
        text = f"the newest commit cannot be read: {error}; restore the folder from a backup that verifies"
        yield Check(name="database", ok=False, vital=True, text=text)
        return
    if newest is not None:
        yield _clock(newest)


def _clock(newest: Bundle) -> Check:
    behind = newest.recorded_at - time.time_ns() // 1000
    if behind <= CLOCK_SLACK_MICROS:
        return Check(name="clock", ok=True, text="the clock is after the newest entry")
    text = (
        f"the clock is {timedelta(seconds=behind // 1_000_000)} behind the newest entry of "
        f"{iso(from_micros(newest.recorded_at))}: new entries get times just after that one until the clock "
        "has passed it; set the clock right"
    )
    return Check(name="clock", ok=False, text=text)


def _dedup(folder: Path, connection: sqlite3.Connection, size: int) -> Check:
    name, path = "known events", folder / DEDUP_FOLDER / "manifest.json"
    if not path.exists():
        return Check(name=name, ok=True, text="the index of known events is short enough to be made on start")
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
        missing = [run for run in manifest.runs if not (path.parent / run).is_file()]
        bundle = rows.bundle_at(connection, manifest.covers - 1) if manifest.covers else None
        fits = not manifest.covers or (
            bundle is not None and bundle.leaf_at(manifest.covers - 1 - bundle.first_index) == manifest.leaf
        )
    except (OSError, msgspec.DecodeError):
        missing, fits = ["manifest.json"], False
    if fits and not missing and not (path.parent / "stale").exists():
        return Check(name=name, ok=True, text="the index of known events belongs to this record")
    text = f"the index of known events is not of this record's {size} entries; the next start makes it anew"
    return Check(name=name, ok=False, text=text)


def explain_damage(folder: Path) -> Check:
    """Whether the record verifies, which entries do not, and what to do then."""
    try:
        found = audit_folder(folder)
    except SteelyardError as error:
        return Check(name="record", ok=False, vital=True, text=error.message)
    if found["ok"]:
        text = f"{found['entries']} entries verify, root {found['root']}"
        return Check(name="record", ok=True, vital=True, text=text)
    indexes = sorted({one["index"] for one in found["problems"] if one["index"] is not None})
    named = ", ".join(map(str, indexes[:_ENTRIES_NAMED])) + (" …" if len(indexes) > _ENTRIES_NAMED else "")
    first = [*(one["message"] for one in found["problems"]), *found["state_problems"]][0]
    where = f"entries {named} do not verify: {first}" if indexes else f"it does not verify: {first}"
    todo = (
        "stop the server, keep this folder as it is, and restore a backup that verifies beside it; "
        "events recorded since that backup have to be sent again, which is safe"
    )
    return Check(name="record", ok=False, vital=True, text=f"{where}; {todo}")
