"""The one place where adapters meet ports: a folder becomes an open workspace.

What derives from the record (the usage store, the directory of subjects, the index of duplicates) is resumed
here and told of every new bundle from then on.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import secrets
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

import sqlalchemy.exc

from steelyard.access import (
    ApiKey,
    KeyRing,
    Person,
    Review,
    Roster,
    Session,
    create_owner_key,
    noting_senders,
)
from steelyard.adapters.duckdb import DuckUsageStore, Follower, drop_files
from steelyard.adapters.keys import FileSigner, load_signer, make_signer, settle_keys
from steelyard.adapters.sql import REGISTRY, SqlStateWriter, StateStore, prepare_state, sqlite_engine
from steelyard.adapters.sqlite import (
    DATABASE_FILE,
    ProfileLog,
    RecordWriter,
    RejectedLog,
    SenderNotes,
    TriesLog,
    clock_micros,
    drop_snapshot,
    newest_checkpoint,
)
from steelyard.billing.run import Books
from steelyard.catalog import CatalogVersion, live_version
from steelyard.contracts import Customer, Directory, Subscription
from steelyard.entrypoints.door import Door
from steelyard.entrypoints.erasing import finish_pending
from steelyard.entrypoints.feeding import Feeder
from steelyard.entrypoints.impacts import Impacts
from steelyard.entrypoints.sampling import Sampler
from steelyard.entrypoints.watching import Watcher
from steelyard.kernel import Conflict, DamagedRecord, NotFound, Unavailable, encode
from steelyard.metering import AttributionRule, EventSchemas, Rules, Shapes, decode, key_of, same_content
from steelyard.record import WORKSPACE_CHAIN, Batch, Kind, Write
from steelyard.record.seal import HashEntries

WORKSPACE_FILE: Final = "workspace.json"
OWNER_KEY_FILE: Final = "owner.key"
LOCK_FILE: Final = "lock"
USAGE_FILE: Final = "usage.duckdb"
QUALITY_FILE: Final = "quality.sqlite"
FRESH_SECONDS: Final = 0.5
STARTING_SECONDS: Final = 10.0
"""How long a question waits for a usage store that is still behind what the record held at the start."""
DEDUP_FOLDER: Final = "dedup"
_log: Final = logging.getLogger(__name__)
_LOOKS_SECONDS: Final = (0.01, 0.05, 0.1)
_REBUILD_SECONDS_MAX: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which workspace a folder holds; `vkey` verifies its record."""

    name: str
    origin: str
    created: str
    vkey: str = ""


class Workspace:
    """An open workspace: its record, its state, its usage, and who belongs to whom.

    One process holds it at a time. `close` finishes what was accepted.
    """

    def __init__(
        self,
        folder: Path,
        identity: Identity,
        lock: IO[str],
        signer: FileSigner,
        *,
        clock: Callable[[], int] = clock_micros,
        hash_with: HashEntries | None = None,
    ) -> None:
        """`clock` says when entries are recorded, in microseconds since 1970."""
        self.folder = folder
        self.name, self.origin = identity.name, identity.origin
        self.signer = signer
        self._lock = lock
        prepare_state(folder / DATABASE_FILE, REGISTRY)
        self.state = StateStore(sqlite_engine(folder / DATABASE_FILE), REGISTRY)
        self.writer = RecordWriter(
            folder,
            signer=signer,
            state_writer=SqlStateWriter(REGISTRY),
            key_of=key_of,
            same_content=same_content,
            clock=clock,
            senders=SenderNotes(note=noting_senders),
            hash_with=hash_with,
        )
        self.reader = self.writer.reader
        self._held_at_start = self.reader.size
        self.directory = Directory(self.state.find(Customer), self.state.find(Subscription))
        self.keys = KeyRing(self.state.find(ApiKey))
        self.roster = Roster(self.state.find(Person), self.state.find(Session), self.state.find(Review))
        self.usage = _usage_store(folder / USAGE_FILE)
        self.shapes = Shapes()
        self.schemas = EventSchemas()
        self.rules = Rules(self.state.find(AttributionRule))
        self.rejected = RejectedLog(folder / QUALITY_FILE)
        self.profiles = ProfileLog(folder / QUALITY_FILE)
        self._tries = TriesLog(folder / QUALITY_FILE, now=time.time_ns() // 1000)
        self.door = Door(self.state, self.writer, self.roster, kept=self._tries)
        self.sampler = Sampler(self.profiles)
        self.watcher = Watcher(self)
        self.decode_events = decode
        self.session_secret = secrets.token_bytes(32)
        self.render_metrics: Callable[[], bytes] = bytes
        self.verified: tuple[datetime, bool] | None = None
        self.worth: Any = None
        self.impacts = Impacts()
        self.public_prices = False
        self.billing = threading.Lock()
        self.publishing = threading.Lock()
        self.erasing = threading.Lock()
        self.rotating = threading.Lock()
        self.feeder = Feeder(
            origin=self.origin, state=self.state, writer=self.writer, usage=self.usage, catch_up=self.catch_up
        )
        self.books = Books(state=self.state, usage=self.usage, reader=self.reader, submit=self.writer.submit)
        self._follower = Follower(self.usage, self.reader)
        self._open = True
        self._resume()

    def _resume(self) -> None:
        live = live_version(self.state)
        if live is not None:
            self.adopt(live)
        if self.usage.position() > self.reader.size:
            self.usage.rebuild(self.reader)
        finish_pending(self)
        self.writer.subscribers += [self.directory.follow, self.keys.follow, self.roster.follow]
        self.writer.subscribers += [self._follower.tell, self.rules.follow, self.sampler.tell]
        self._follower.start()
        self.sampler.start()
        self.watcher.start()

    @property
    def writing(self) -> bool:
        """Whether the record takes writes and the usage store follows it."""
        return self._open and self._follower.failure is None

    def adopt(self, version: CatalogVersion) -> None:
        """Measure by this version's meters from now on; stored events are read again where meters are new."""
        catalog = version.catalog
        self.shapes = Shapes(catalog.meters)
        self.schemas = EventSchemas(catalog.event_types.values())
        self.usage.define(catalog.meters, tuple(catalog.event_types.values()))
        metrics = catalog.metrics.values()
        self.watcher.define([(one.meter, one.anomalies) for one in metrics if one.anomalies])

    def fold_lag(self) -> int:
        """How many entries the usage store is behind the record."""
        return self._follower.lag

    def catch_up(self, seconds: float = FRESH_SECONDS) -> bool:
        """Wait, not long, until what is recorded now is folded, so that a reader sees its own writes.

        Raises Unavailable `usage_behind` while not even what was recorded when the workspace was opened is
        folded, as when the store is built anew: figures would be partial, and nobody could see it.
        """
        size = self.reader.size
        if size == 0 or self.usage.wait_for(size - 1, seconds):
            return True
        if self._held_at_start and not self.usage.wait_for(self._held_at_start - 1, STARTING_SECONDS):
            done = f"{self.usage.position():,} of {self._held_at_start:,} entries"
            raise Unavailable(f"the usage store is being built: {done}; try again soon", code="usage_behind")
        return False

    def levels(self) -> dict[str, tuple[str, Callable[[], float]]]:
        """What can be read off at any moment, for the metrics."""
        return {
            "steelyard_fold_lag_entries": ("Entries that the usage store has not folded yet", self.fold_lag),
            "steelyard_writer_queue_entries": (
                "Entries that wait to be committed",
                lambda: self.writer.waiting,
            ),
            "steelyard_anomalies_found": (
                "Events and silences that were not expected, since the start",
                self.watcher.found.total,
            ),
            "steelyard_anomaly_lag_entries": (
                "Entries that the watch for anomalies has not looked at yet",
                lambda: self.watcher.lag,
            ),
            "steelyard_record_entries": ("Entries in the record", lambda: self.reader.size),
            **self.feeder.levels(),
        }

    def close(self) -> None:
        """Finish what was accepted, then let go of the files and of the folder."""
        if not self._open:
            return
        self._open = False
        self.watcher.stop()
        self.feeder.stop()
        self.writer.close()
        self._follower.stop()
        self.sampler.stop()
        self.profiles.close()
        self._tries.close()
        self.rejected.close()
        self.usage.close()
        self.state.close()
        self._lock.close()


def _usage_store(path: Path) -> DuckUsageStore:
    """The usage store of a folder; a file that is damaged is dropped, since it derives from the record."""
    try:
        return DuckUsageStore(path)
    except DamagedRecord as damage:
        _log.warning("the usage store is made anew from the record: %s", damage.message)
        drop_files(path)
        return DuckUsageStore(path)


def open_workspace(
    folder: Path, *, clock: Callable[[], int] = clock_micros, hash_with: HashEntries | None = None
) -> Workspace:
    """The workspace of a folder, resumed.

    `clock` says when entries are recorded; `hash_with` may have them hashed elsewhere.

    Raises NotFound for a folder that is no workspace, Unavailable when another process holds it,
    DamagedRecord when the record cannot be read.
    """
    identity = identity_of(folder)
    lock = _locked(folder)
    try:
        settle_keys(folder, newest_checkpoint(folder))
        return Workspace(folder, identity, lock, load_signer(folder), clock=clock, hash_with=hash_with)
    except (sqlite3.DatabaseError, sqlalchemy.exc.DatabaseError) as error:
        lock.close()
        raise _unreadable(folder, error) from error
    except BaseException:
        lock.close()
        raise


def _unreadable(folder: Path, error: Exception) -> DamagedRecord | Unavailable:
    """What SQLite's refusal to open the database means for a person."""
    cause = error.orig if isinstance(error, sqlalchemy.exc.DatabaseError) else error
    if isinstance(cause, sqlite3.OperationalError):
        message = f"the database in {folder} cannot be opened now: {cause}"
        return Unavailable(message, code="not_written")
    message = f"the database in {folder} is damaged: {cause}; restore a copy that verifies"
    return DamagedRecord(message, code="unreadable")


def identity_of(folder: Path) -> Identity:
    """Which workspace the folder holds; NotFound if none."""
    try:
        said = json.loads((folder / WORKSPACE_FILE).read_text())
    except FileNotFoundError:
        raise NotFound(
            f"{folder} is no workspace; make one with: steelyard init --dir {folder}", code="no_workspace"
        ) from None
    return Identity(name=said["name"], origin=said["origin"], created=said["created"])


def init_workspace(folder: Path, *, name: str = "") -> Identity:
    """A new workspace in the folder: keys of mode 0600, an empty record, the owner's key.

    A start that was cut off is finished. Raises Conflict when the folder holds a workspace already.
    """
    if (folder / WORKSPACE_FILE).exists():
        raise Conflict(f"{folder} holds a workspace already", code="workspace_exists")
    folder.mkdir(parents=True, exist_ok=True)
    lock = _locked(folder)
    try:
        signer = _signer(folder)
        now = datetime.now(UTC)
        identity = Identity(
            name=name or folder.resolve().name,
            origin=signer.name,
            created=now.isoformat().replace("+00:00", "Z"),
            vkey=signer.vkey,
        )
        workspace = Workspace(folder, identity, lock, signer)
        try:
            _write_first(workspace, identity, now)
        finally:
            workspace.close()
        said = {"name": identity.name, "origin": identity.origin, "created": identity.created}
        _write_file(folder / WORKSPACE_FILE, json.dumps(said, indent=2) + "\n", mode=0o644)
        return identity
    finally:
        lock.close()


def _signer(folder: Path) -> FileSigner:
    try:
        return make_signer(folder, f"steelyard.local/{secrets.token_hex(4)}")
    except Conflict:
        return load_signer(folder)


def _write_first(workspace: Workspace, identity: Identity, now: datetime) -> None:
    """The first two entries: which workspace this is, and that its owner has a key."""
    created = create_owner_key(at=now, entropy=secrets.token_bytes(64))
    _write_file(workspace.folder / OWNER_KEY_FILE, created.secret + "\n", mode=0o600)
    about = {"created": identity.created, "name": identity.name, "origin": identity.origin}
    first = Batch(kind=Kind.WORKSPACE, customers=[WORKSPACE_CHAIN], payloads=[encode(about)])
    workspace.writer.submit(Write(batches=(first,))).result()
    write = created.write
    workspace.writer.submit(write).result()


def _write_file(path: Path, text: str, *, mode: int) -> None:
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _got(file: IO[str]) -> bool:
    """Whether the lock is ours; with a moment's patience, for others look whether anybody holds it."""
    for pause in _LOOKS_SECONDS:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(pause)
        else:
            return True
    return False


def _locked(folder: Path) -> IO[str]:
    """The folder's lock, which lasts as long as the file is open and the process lives."""
    file = (folder / LOCK_FILE).open("a+")
    if not _got(file):
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise Unavailable(
            f"{folder} is held by another process ({holder}); stop it, or wait until it is done", code="held"
        )
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def rebuild_projections(folder: Path) -> None:
    """Make everything anew that derives from the record: the usage store and the index of duplicates.

    Raises Unavailable when another process holds the folder.
    """
    identity_of(folder)
    lock = _locked(folder)
    try:
        for path in (folder / USAGE_FILE, folder / f"{USAGE_FILE}.wal"):
            path.unlink(missing_ok=True)
        shutil.rmtree(folder / DEDUP_FOLDER, ignore_errors=True)
        drop_snapshot(folder)
    finally:
        lock.close()
    workspace = open_workspace(folder)
    try:
        if workspace.reader.size:
            workspace.usage.wait_for(workspace.reader.size - 1, _REBUILD_SECONDS_MAX)
    finally:
        workspace.close()
