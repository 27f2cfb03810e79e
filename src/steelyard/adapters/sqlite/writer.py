"""The record's one writer: a thread that commits what waits, a group at a time.

The way of a group: look the keys up, place each write (its preconditions and rows in a SAVEPOINT), seal the
entries into a bundle, sign the tree, commit once. Only then does memory advance, are the subscribers told
and the clients answered. When the commit fails, none of that happens and every write of the group is
answered with Unavailable.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Final

from steelyard.adapters.sqlite import rows
from steelyard.adapters.sqlite.dedup import DedupIndex, KeyOf, hash_key
from steelyard.adapters.sqlite.erasing import empty_log, erase_entries
from steelyard.adapters.sqlite.group import Group, Placed, SameContent
from steelyard.adapters.sqlite.reader import RecordReader
from steelyard.adapters.sqlite.schema import open_for_writing
from steelyard.adapters.sqlite.submission import Outcome, SenderNotes, Submission, tell
from steelyard.adapters.sqlite.tail import load_tail, save_snapshot
from steelyard.adapters.sqlite.upkeep import Upkeep, move_log
from steelyard.kernel import DamagedRecord, InvalidInput, SteelyardError, Unavailable
from steelyard.record.bundle import Bundle
from steelyard.record.checkpoint import open_checkpoint, sign_checkpoint
from steelyard.record.erasure import ErasedSection
from steelyard.record.merkle import EMPTY_ROOT, root_of
from steelyard.record.model import SALT_BYTES, Kind, Save, Write, Written
from steelyard.record.note import parse_note, parse_vkey
from steelyard.record.ports import Signer, StateWriter, Subscriber
from steelyard.record.seal import HashEntries, Sealed, seal

WAITING_MAX: Final = 200_000
GROUP_ENTRIES_MAX: Final = 8_192
GROUP_BYTES_MAX: Final = 32 << 20
LOG_BYTES_MAX: Final = 48 << 20
SNAPSHOT_ENTRIES: Final = 1 << 20
RECENT_WORTH_KEEPING: Final = 20_000

logger = logging.getLogger(__name__)


def clock_micros() -> int:
    """Now, in microseconds since 1970."""
    return time.time_ns() // 1000


def fresh_salts(count: int) -> bytes:
    """A secret salt of 16 bytes for each entry.

    Stretched by SHAKE-128 from one draw of 32 random bytes: the kernel's generator, asked for all of it,
    would cost a tenth of the time that an entry takes.
    """
    return hashlib.shake_128(os.urandom(32)).digest(SALT_BYTES * count)


def equal_bytes(stored: bytes, new: bytes) -> bool:
    """Whether two payloads are the same, byte for byte."""
    return stored == new


def whole_payload(payload: bytes) -> bytes:
    """A payload that is its own deduplication key."""
    return payload


class RecordWriter:
    """Appends to the record of a folder; the port `RecordWriter`.

    `key_of` reads the deduplication key out of a usage payload; `same_content` tells a repeat (the same
    content) from a conflict (other content under the same key). With `senders`, the record says from which
    entry on usage came with which key. `hash_with` may have the entries hashed elsewhere.

    Opening raises DamagedRecord for a record that has a gap, a wrong newest checkpoint, or another key.
    """

    def __init__(  # noqa: PLR0913 - what the writer works with, each part named
        self,
        directory: Path,
        *,
        signer: Signer,
        state_writer: StateWriter | None = None,
        key_of: KeyOf = whole_payload,
        same_content: SameContent = equal_bytes,
        clock: Callable[[], int] = clock_micros,
        waiting_max: int = WAITING_MAX,
        senders: SenderNotes | None = None,
        hash_with: HashEntries | None = None,
    ) -> None:
        self._directory, self._signer, self._state, self._clock = directory, signer, state_writer, clock
        self._key_of, self._same_content = key_of, same_content
        self._connection = open_for_writing(directory)
        self._tail = load_tail(directory, self._connection)
        self._refuse_what_cannot_be_continued()
        self.reader = RecordReader(directory, signer.vkey, self._tail)
        self._dedup = DedupIndex(directory)
        self._load_dedup()
        self.subscribers: list[Subscriber] = []
        self._writing = threading.Lock()
        self._upkeep = Upkeep()
        self._log_bytes, self._snapshot_size = 0, self._tail.size
        self._doubtful = False
        self._successor: Signer | None = None
        self._hash_with = hash_with
        self._senders = senders
        self._sender = None if self._tail.size else ""
        self._waiting, self._waiting_max = 0, waiting_max
        self._entrance = threading.Lock()
        self._closed = False
        self._queue: queue.SimpleQueue[Submission | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="record-writer", daemon=True)
        self._thread.start()

    def _refuse_what_cannot_be_continued(self) -> None:
        """Raises DamagedRecord unless the newest checkpoint is of these leaves, whole, and by this key."""
        tail, stored = self._tail, rows.end_of(self._connection)
        try:
            if stored != tail.size:
                raise DamagedRecord(f"entry {tail.size} is missing, though the record has {stored} entries")
            if not tail.size:
                tail.checkpoint = sign_checkpoint(size=0, root=EMPTY_ROOT, signer=self._signer)
            signed = open_checkpoint(tail.checkpoint, self._signer.vkey)
            if (signed.size, signed.root) != (tail.size, root_of(tail.frontier)):
                raise DamagedRecord(f"the checkpoint is not that of the {tail.size} entries before it")
        except SteelyardError as damage:
            self._connection.close()
            message = f"the record in {self._directory} cannot be continued: {damage.message}; verify it"
            raise DamagedRecord(message) from damage

    def _load_dedup(self) -> None:
        def leaf_of(index: int) -> bytes:
            return self.reader.leaves(index, index + 1)[0]

        if not self._dedup.belongs_to(self._tail.size, leaf_of):
            self._dedup.clear()
        self._dedup.rebuild(self.reader.bundles(self._dedup.covers), self._key_of)

    @property
    def connection(self) -> sqlite3.Connection:
        """The writer's own connection, for creating state tables before the first write."""
        return self._connection

    @property
    def waiting(self) -> int:
        """How many entries wait to be committed."""
        return self._waiting

    def find_entries(self, keys: Sequence[bytes]) -> list[int | None]:
        """For each deduplication key the index of the durable entry that has it; None where there is none.

        Any thread may ask.
        """
        return [self._find_entry(key) for key in keys]

    def _find_entry(self, key: bytes) -> int | None:
        found = [index for index in self._dedup.find(hash_key(key)) if index < self.reader.size]
        payloads = self.reader.payloads(found)
        # What was erased has no payload, and nobody can say any more which key it had.
        known = [index for index in sorted(found) if payloads[index]]
        return next((index for index in known if self._key_of(payloads[index]) == key), None)

    def was_erased(self, key: bytes) -> bool:
        """Whether an erased entry had this deduplication key, as far as 64 bits of hash can tell."""
        found = [index for index in self._dedup.find(hash_key(key)) if index < self.reader.size]
        return not all(self.reader.payloads(found).values())

    def submit(self, write: Write) -> Future[Written]:
        """A future of the outcome; raises Unavailable at once when too many entries wait already."""
        submission = Submission(write, None, None)
        self._enter(submission)
        assert submission.future is not None
        return submission.future

    async def awrite(self, write: Write) -> Written:
        """The outcome, awaited; raises what the write was refused with."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Written] = loop.create_future()
        self._enter(Submission(write, loop, waiter))
        return await waiter

    def _enter(self, submission: Submission) -> None:
        if self._state is None and _needs_state(submission.write):
            raise InvalidInput("this record keeps no state rows", code="no_state")
        with self._entrance:
            if self._closed:
                raise Unavailable("the record is closing", code="closing")
            if self._waiting and self._waiting + submission.entry_count > self._waiting_max:
                raise Unavailable(f"{self._waiting} entries wait to be recorded already", code="too_busy")
            self._waiting += submission.entry_count
            self._queue.put(submission)

    def rotate(self, successor: Signer, write: Write) -> Written:
        """Records the write that names the next key; both sign its checkpoint, later ones the next alone.

        Raises what the write is refused with; then the key stays.
        """
        self._successor = successor
        try:
            return self.submit(write).result()
        finally:
            self._successor = None

    def erase(self, sections: Sequence[ErasedSection], indexes: Sequence[int]) -> int:
        """Erases what these sections mean in the bundles that hold these entries; see `erase_entries`.

        State rows that repeat what the entries said go first.
        """
        if self._state is not None:
            with self._writing:
                self._state.forget(self._connection, indexes)
        return erase_entries(self._connection, self._writing, self.reader, sections, indexes)

    def empty_log(self, seconds: float = 30.0) -> bool:
        """Cuts the write-ahead log to nothing, so that no older page is left; False if readers hold it."""
        return empty_log(self._directory, self._writing, seconds=seconds)

    def close(self) -> None:
        """Finishes what was submitted, saves what makes the next start quick, and lets go of the files."""
        with self._entrance:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        if self._tail.size:
            self._upkeep.request("snapshot", self._save_snapshot)
            if self._dedup.recent_count >= RECENT_WORTH_KEEPING and not self._dedup.is_frozen:
                self._freeze_keys()
        self._upkeep.request("write-ahead log", lambda: move_log(self._directory, self._writing))
        self._upkeep.close()
        self.reader.close()
        self._connection.close()

    # The writer's thread.

    def _run(self) -> None:
        held: Submission | None = None
        is_open = True
        while is_open or held is not None:
            first = held or self._queue.get()
            if first is None:
                break
            group, held, is_open = self._gather(first)
            outcomes = self._commit(group)
            with self._entrance:
                self._waiting -= sum(submission.entry_count for submission in group)
            tell(zip(group, outcomes, strict=True))

    def _gather(self, first: Submission) -> tuple[list[Submission], Submission | None, bool]:
        """What is committed together: all that waits, up to a size; what is left over; whether to go on."""
        group, entries, size = [first], first.entry_count, first.byte_count
        while True:
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                return group, None, True
            if following is None:
                return group, None, False
            entries, size = entries + following.entry_count, size + following.byte_count
            if entries > GROUP_ENTRIES_MAX or size > GROUP_BYTES_MAX:
                return group, following, True
            group.append(following)

    def _commit(self, submissions: Sequence[Submission]) -> list[Outcome]:
        """The outcome of each submission of one group."""
        try:
            with self._writing:
                if self._doubtful:
                    self._resolve_doubt()
                return self._commit_group(submissions)
        except Exception as error:
            logger.exception("a group of %d writes was not recorded", len(submissions))
            failure = error
        self._roll_back()
        if isinstance(failure, sqlite3.OperationalError) or type(failure) is sqlite3.DatabaseError:
            failure = Unavailable(f"the record could not be written: {failure}", code="not_written")
        elif len(submissions) > 1:
            # One write of the group broke a promise; the others must not suffer for it.
            return [self._commit([submission])[0] for submission in submissions]
        return [failure] * len(submissions)

    def _roll_back(self) -> None:
        self._doubtful = True
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            logger.error("the record could not be rolled back: %s", error)

    def _resolve_doubt(self) -> None:
        """After a failed commit: takes in whatever reached the file after all, so that memory equals it."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        for bundle in list(rows.walk(self._connection, self._tail.size)):
            self._follow_key(bundle)
            self._tail.replay(bundle)
            self._dedup.rebuild([bundle], self._key_of)
            self._publish(bundle)
        self._doubtful, self._sender = False, None

    def _commit_group(self, submissions: Sequence[Submission]) -> list[Outcome]:
        group = Group(self._dedup, self.reader, self._key_of, self._same_content)
        group.look_up([submission.write for submission in submissions])
        placed, sender = self._place_all(group, submissions)
        sealed = self._seal(group) if group.payloads else None
        if sealed is not None:
            bundle = sealed[0]
            row = (bundle.first_index, bundle.count, bundle.data, bundle.checkpoint)
            # Without a transaction of its own this one statement is the commit.
            self._connection.execute(rows.INSERT, row)
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")
        if sealed is not None:
            self._advance(group, *sealed)
        self._sender = sender
        return [self._answer(outcome) for outcome in placed]

    def _place_all(
        self, group: Group, submissions: Sequence[Submission]
    ) -> tuple[list[Placed | SteelyardError], str | None]:
        """Where each write goes, behind them a note where usage has another sender; and the last sender."""
        placed: list[Placed | SteelyardError] = []
        runs: list[tuple[int, str]] = []
        sender = self._sender
        for submission in submissions:
            write, first = submission.write, group.next_index
            placed.append(self._place(group, write))
            is_usage = any(batch.keys is not None for batch in write.batches)
            if is_usage and group.next_index > first and write.sender != sender:
                sender = write.sender
                runs.append((first, sender))
        if runs and self._senders is not None:
            self._place(group, self._senders.note(runs))
        return placed, sender

    def _place(self, group: Group, write: Write) -> Placed | SteelyardError:
        if not _needs_state(write):
            return group.place(write)
        connection, mark = self._connection, group.mark(write)
        if not connection.in_transaction:
            connection.execute("BEGIN IMMEDIATE")
        connection.execute("SAVEPOINT one_write")
        try:
            placed = self._place_with_rows(group, write)
        except SteelyardError as refusal:
            group.go_back(mark)
            connection.execute("ROLLBACK TO one_write")
            connection.execute("RELEASE one_write")
            return refusal
        connection.execute("RELEASE one_write")
        return placed

    def _place_with_rows(self, group: Group, write: Write) -> Placed:
        state, connection = self._state, self._connection
        assert state is not None
        if write.expect:
            state.check(connection, write.expect)
        placed = group.place(write)
        if write.rows:
            state.apply(connection, [_versioned(save, placed) for save in write.rows])
        if write.idempotency is not None:
            state.remember(connection, write.idempotency)
        return placed

    def _seal(self, group: Group) -> tuple[Bundle, Sealed]:
        count = len(group.payloads)
        sealed = seal(
            first_index=group.first_index,
            recorded_at=max(self._clock(), self._tail.recorded_at + 1),
            kinds=bytes(group.kinds),
            customers=group.customers,
            payloads=group.payloads,
            salts=fresh_salts(count),
            heads=self._tail.heads,
            frontier=self._tail.frontier,
            hash_with=self._hash_with,
        )
        size = group.first_index + count
        successor = self._successor if Kind.KEY_ROTATION in group.kinds else None
        checkpoint = sign_checkpoint(
            size=size, root=root_of(sealed.frontier), signer=self._signer, successor=successor
        )
        bundle = Bundle(first_index=group.first_index, count=count, data=sealed.data, checkpoint=checkpoint)
        return bundle, sealed

    def _advance(self, group: Group, bundle: Bundle, sealed: Sealed) -> None:
        """What is durable becomes visible."""
        if Kind.KEY_ROTATION in group.kinds:
            self._follow_key(bundle)
        self.reader.keep(bundle)
        self._dedup.add_fresh(group.fresh, group.collisions)
        self._tail.advance(bundle, sealed.frontier, sealed.tile_rows, sealed.heads)
        self._publish(bundle)
        self._log_bytes += len(bundle.data)
        if self._log_bytes > LOG_BYTES_MAX:
            self._log_bytes = 0
            self._upkeep.request("write-ahead log", lambda: move_log(self._directory, self._writing))
        if self._dedup.is_full:
            self._freeze_keys()
        if self._tail.size - self._snapshot_size >= SNAPSHOT_ENTRIES:
            self._save_snapshot_soon()

    def _follow_key(self, bundle: Bundle) -> None:
        """From the checkpoint that the next key has signed too, that key signs alone."""
        successor = self._successor
        if successor is not None and successor.vkey != self._signer.vkey:
            key = parse_vkey(successor.vkey)
            signed = {(one.name, one.key_id) for one in parse_note(bundle.checkpoint).signatures}
            if (key.name, key.key_id) in signed:
                self._signer = successor
                self.reader.use_key(successor.vkey)

    def _publish(self, bundle: Bundle) -> None:
        for subscriber in self.subscribers:
            try:
                subscriber(bundle)
            except Exception:
                # The bundle is durable whatever a projection makes of it; projections can be rebuilt.
                logger.exception("a subscriber failed on the bundle at entry %d", bundle.first_index)

    def _answer(self, outcome: Placed | SteelyardError) -> Outcome:
        if isinstance(outcome, SteelyardError):
            return outcome
        return Written(
            indexes=outcome.indexes,
            duplicates=outcome.duplicates,
            conflicts=outcome.conflicts,
            recorded_at=self._tail.recorded_at,
            size=self._tail.size,
        )

    def _freeze_keys(self) -> None:
        size = self._tail.size
        self._dedup.freeze(size, self.reader.leaves(size - 1, size)[0])
        self._upkeep.request("deduplication run", self._dedup.flush)

    def _save_snapshot_soon(self) -> None:
        snapshot, self._snapshot_size = self._tail.snapshot(), self._tail.size
        self._upkeep.request("snapshot", lambda: save_snapshot(self._directory, snapshot))

    def _save_snapshot(self) -> None:
        save_snapshot(self._directory, self._tail.snapshot())


def _needs_state(write: Write) -> bool:
    return bool(write.rows or write.expect or write.idempotency)


def _versioned(save: Save, placed: Placed) -> tuple[object, int]:
    return save.record, placed.indexes[save.told_by]
