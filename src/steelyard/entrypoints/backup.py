"""Backups: a consistent copy of a workspace taken while it runs, verified before it counts, and its way back.

A backup is a folder, or one file `.tar` with the same in it: the record with its state, the keys, and a
manifest with a checksum of each. What derives from the record is left out and made anew on restoring.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec

from steelyard.adapters.keys import load_signer
from steelyard.adapters.sqlite import DATABASE_FILE, newest_checkpoint
from steelyard.entrypoints.audit import audit_folder
from steelyard.entrypoints.bootstrap import OWNER_KEY_FILE, WORKSPACE_FILE, rebuild_projections
from steelyard.entrypoints.erasing import PENDING_FILE
from steelyard.kernel import Conflict, DamagedRecord, InvalidInput, NotFound, SteelyardError, Unavailable
from steelyard.record.checkpoint import open_checkpoint

FORMAT: Final = "steelyard.backup/1"
MANIFEST: Final = "backup.json"
_KEY_PATTERN: Final = "record.key*"
_PAGES_A_STEP: Final = 2_000
_TRIES: Final = 3

Progress = Callable[[int, int], None]
"""Told how many pages are copied, of how many."""


class BackedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a backup: its name, length and SHA-256."""

    name: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds: the record at this size and root, its verifier key, and its files.

    `keys` says whether the private keys are among them.
    """

    format: str
    at: str
    vkey: str
    size: int
    root: str
    keys: bool
    files: tuple[BackedFile, ...]


def back_up(folder: Path, target: Path, *, keys: bool = True, progress: Progress | None = None) -> Manifest:
    """A verified backup of the workspace at a path where nothing is yet; the workspace may be in use.

    Raises Conflict where the target exists, Unavailable while an erasure is under way or the disk is full,
    DamagedRecord where the copy does not verify; then nothing is left at the target.
    """
    if not (folder / DATABASE_FILE).is_file() or not (folder / WORKSPACE_FILE).is_file():
        raise NotFound(f"{folder} holds no workspace", code="no_workspace")
    if target.exists():
        raise Conflict(f"{target} exists; a backup overwrites nothing", code="target_exists")
    if (folder / PENDING_FILE).exists():
        message = "an erasure is under way; a backup of what is being erased is not made"
        raise Unavailable(message, code="erasure_pending")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.partial-{os.getpid()}")
    try:
        draft.mkdir(mode=0o700)
        manifest = _copy(folder, draft, keys=keys, progress=progress)
        if target.name.endswith(".tar"):
            packed = target.with_name(f"{target.name}.partial-{os.getpid()}.tar")
            _pack(draft, packed)
            _place(packed, target)
        else:
            _place(draft, target)
    except (sqlite3.OperationalError, OSError) as error:
        raise Unavailable(f"the backup could not be written: {error}", code="not_written") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        target.with_name(f"{target.name}.partial-{os.getpid()}.tar").unlink(missing_ok=True)
    return manifest


def _place(draft: Path, target: Path) -> None:
    if target.exists():
        raise Conflict(f"{target} exists; a backup overwrites nothing", code="target_exists")
    draft.rename(target)


def _copy(folder: Path, draft: Path, *, keys: bool, progress: Progress | None) -> Manifest:
    for _ in range(_TRIES):
        _copy_database(folder / DATABASE_FILE, draft / DATABASE_FILE, progress)
        names = [WORKSPACE_FILE, *([OWNER_KEY_FILE] if keys else [])]
        found = [folder / name for name in names if (folder / name).exists()]
        for path in [*found, *(sorted(folder.glob(_KEY_PATTERN)) if keys else [])]:
            shutil.copy2(path, draft / path.name)
        if not keys or _fits(draft):
            break
    # The copy is checked by the key of the workspace, whether or not that key is in it.
    vkey = load_signer(folder).vkey
    found = audit_folder(draft, "" if keys else vkey)
    if not found["ok"]:
        raise DamagedRecord(f"the copy does not verify: {_first_problem(found)}", code="backup_damaged")
    files = sorted(path for path in draft.iterdir() if path.name != MANIFEST)
    manifest = Manifest(
        format=FORMAT,
        at=datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        vkey=vkey,
        size=found["size"],
        root=found["root"],
        keys=keys,
        files=tuple(_described(path) for path in files),
    )
    (draft / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    for path in draft.iterdir():
        _sync(path)
    return manifest


def _fits(folder: Path) -> bool:
    """Whether the folder's key signed its newest checkpoint: a key may change while a copy is made."""
    note = newest_checkpoint(folder)
    try:
        return note is None or bool(open_checkpoint(note, load_signer(folder).vkey))
    except SteelyardError:
        return False


def _copy_database(source: Path, target: Path, progress: Progress | None) -> None:
    """SQLite's own online backup, from one snapshot: a writer beside it goes on and is not seen."""
    target.unlink(missing_ok=True)

    def told(_status: int, remaining: int, total: int) -> None:
        if progress is not None:
            progress(total - remaining, total)

    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, isolation_level=None)) as reading:
        reading.execute("BEGIN")
        reading.execute("SELECT 1 FROM sqlite_master").fetchone()
        with closing(sqlite3.connect(target, isolation_level=None)) as writing:
            reading.backup(writing, pages=_PAGES_A_STEP, progress=told, sleep=0)
            # One file, complete in itself: the copy has no log that could be forgotten.
            writing.execute("PRAGMA journal_mode=DELETE")
        reading.execute("ROLLBACK")


def _described(path: Path) -> BackedFile:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return BackedFile(name=path.name, bytes=path.stat().st_size, sha256=digest.hexdigest())


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _pack(folder: Path, target: Path) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            for path in sorted(folder.iterdir()):
                archive.add(path, arcname=path.name)
        file.flush()
        os.fsync(file.fileno())


def _first_problem(found: dict[str, Any]) -> str:
    texts = [*(one["message"] for one in found["problems"]), *found["state_problems"]]
    return texts[0] if texts else "no reason was given"


def restore(source: Path, folder: Path) -> Manifest:
    """The workspace of a backup in an empty or new folder, verified, with all that derives from the record.

    Raises NotFound where there is no backup, Conflict where the folder holds anything, DamagedRecord where
    the backup is not what its manifest says or does not verify; then the folder is as it was.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict(f"{folder} is not empty; restore into a new folder", code="target_exists")
    with _unpacked(source, beside=folder) as unpacked:
        manifest = _checked(unpacked)
        draft = folder.with_name(f"{folder.name}.partial-{os.getpid()}")
        try:
            draft.mkdir(parents=True, mode=0o700)
            for file in manifest.files:
                shutil.copy2(unpacked / file.name, draft / file.name)
                _sync(draft / file.name)
            _verify(draft, manifest.vkey)
            if manifest.keys:
                rebuild_projections(draft)
            if folder.exists():
                folder.rmdir()
            draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return manifest


def _verify(folder: Path, vkey: str) -> None:
    found = audit_folder(folder, vkey)
    if not found["ok"]:
        raise DamagedRecord(f"the backup does not verify: {_first_problem(found)}", code="backup_damaged")


@contextmanager
def _unpacked(source: Path, *, beside: Path) -> Iterator[Path]:
    if source.is_dir():
        yield source
        return
    if not source.is_file():
        raise NotFound(f"there is no backup at {source}", code="no_file")
    beside.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=beside.parent, prefix=".unpacked-") as name:
        try:
            with tarfile.open(source) as archive:
                archive.extractall(name, filter="data")
        except (tarfile.TarError, EOFError) as error:
            raise InvalidInput(f"{source} is no backup: {error}", code="not_a_backup") from None
        yield Path(name)


def _checked(folder: Path) -> Manifest:
    """The manifest, after comparing each file with it."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise InvalidInput(f"{folder} is no backup: {error}", code="not_a_backup") from None
    if manifest.format != FORMAT:
        message = f"the backup has the form {manifest.format[:60]!r}, this program reads {FORMAT!r}"
        raise InvalidInput(message, code="unknown_format")
    for file in manifest.files:
        path = folder / file.name
        if "/" in file.name or not path.is_file() or _described(path) != file:
            message = f"{file.name} of the backup is missing or not what its manifest says"
            raise DamagedRecord(message, code="backup_damaged")
    return manifest
