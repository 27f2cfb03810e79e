"""What every record store promises, whatever engine keeps its bytes."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from steelyard.adapters.keys import FileSigner
from steelyard.adapters.sqlite import RecordReader, RecordWriter, drop_snapshot, verify_record
from steelyard.kernel import Conflict, DamagedRecord, InvalidInput, NotFound, Unavailable
from steelyard.record import Batch, Bundle, Expect, Idempotency, Kind, Save, Write
from steelyard.record.checkpoint import open_checkpoint
from steelyard.record.merkle import leaf_hash, verify_consistency, verify_inclusion
from steelyard.record.proof import Proof, parse_proof, verify_proof
from steelyard.record.tiles import decode_entries
from tests.contracts.record.stores import PlainState, Row, Store, facts, payload, usage


def test_entries_are_numbered_from_zero_and_read_back_whole(store: Store) -> None:
    written = store.write(usage("a", "b"))
    assert list(written.indexes) == [0, 1]
    assert written.size == 2
    entry = store.reader.entry(1)
    assert (entry.customer, entry.kind, entry.payload) == ("acme", Kind.USAGE, payload("b"))
    assert entry.recorded_at == written.recorded_at


def test_each_customer_has_an_unbroken_chain(store: Store) -> None:
    for customer in ("acme", "globex", "acme"):
        store.write(Write(batches=(facts("1", "2", customer=customer),)))
    entries = store.reader.entries(range(6))
    for customer in ("acme", "globex"):
        chain = [entry for entry in entries if entry.customer == customer]
        assert [entry.customer_seq for entry in chain] == list(range(len(chain)))
        assert [entry.customer_prev for entry in chain] == [
            bytes(32),
            *(entry.leaf() for entry in chain[:-1]),
        ]
        assert store.reader.chain_head(customer) == (len(chain) - 1, chain[-1].leaf())
    assert store.reader.chain_head("nobody") is None


def test_a_repeat_is_a_duplicate_and_other_content_a_conflict(store: Store) -> None:
    store.write(usage("a", "b"))
    again = store.write(usage("b", "c"))
    assert (list(again.indexes), again.duplicates, again.conflicts) == ([1, 2], {0}, frozenset())
    other = store.write(usage("a", content="2"))
    assert (list(other.indexes), other.duplicates, other.conflicts) == ([0], frozenset(), {0})
    assert store.reader.size == 3


def test_a_key_twice_in_one_write_is_stored_once(store: Store) -> None:
    written = store.write(usage("a", "a", "b", "a"))
    assert (list(written.indexes), written.duplicates) == ([0, 0, 1, 0], {1, 3})
    assert store.reader.size == 2


def test_keys_with_the_same_hash_are_told_apart(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("steelyard.adapters.sqlite.dedup._hash_bytes", lambda key: bytes(8))
    assert list(store.write(usage("a", "b", "c")).indexes) == [0, 1, 2]
    assert list(store.write(usage("d", "b")).indexes) == [3, 1]
    store.reopen()
    again = store.write(usage("a", "d", "e"))
    assert (list(again.indexes), again.duplicates) == ([0, 3, 4], {0, 1})


def test_duplicates_are_known_after_a_restart_and_without_the_index(store: Store) -> None:
    store.write(usage(*(f"k{n}" for n in range(500))))
    for between in (None, lambda folder: (folder / "dedup" / "manifest.json").unlink(missing_ok=True)):
        store.reopen(between)
        again = store.write(usage("k7", "k499"))
        assert (list(again.indexes), again.duplicates) == ([7, 499], {0, 1})


def test_an_index_of_another_record_is_not_believed(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    one, other = Store(first), Store(second)
    one.write(usage(*(f"one{n}" for n in range(25_000))))
    other.write(usage(*(f"other{n}" for n in range(25_000))))
    one.writer.close()

    def exchange_indexes(folder: Path) -> None:
        (folder / "dedup").rename(folder / "gone")
        (first / "dedup").rename(folder / "dedup")

    other.reopen(exchange_indexes)
    assert other.write(usage("one5")).duplicates == frozenset()
    assert other.write(usage("other5")).duplicates == {0}
    other.writer.close()


def test_rows_commit_with_the_entries_that_tell_of_them(store: Store) -> None:
    store.write(usage("a"))
    write = Write(batches=(facts("x", "y"),), rows=(Save(record=Row("plan", "gold"), told_by=1),))
    written = store.write(write)
    assert store.rows() == {"plan": ("gold", written.indexes[1])}


def test_a_failed_precondition_writes_nothing_and_spoils_no_neighbour(store: Store) -> None:
    create = Write(
        batches=(facts("new"),),
        rows=(Save(record=Row("plan", "gold")),),
        expect=(Expect(type=Row, key="plan", version=None),),
    )
    outcomes = [store.writer.submit(write) for write in (usage("a"), create, usage("b"), create, usage("c"))]
    with pytest.raises(Conflict) as refusal:
        outcomes[3].result(30)
    assert refusal.value.detail_code == "changed_meanwhile"
    assert [list(outcomes[at].result(30).indexes) for at in (0, 1, 2, 4)] == [[0], [1], [2], [3]]
    assert store.reader.size == 4
    assert verify_record(store.directory, store.signer.vkey).ok


def test_a_refused_write_leaves_its_keys_free(store: Store) -> None:
    batch = usage("a").batches[0]
    refused = Write(batches=(batch,), expect=(Expect(type=Row, key="plan", version=7),))
    with pytest.raises(Conflict):
        store.write(refused)
    assert store.write(usage("a")).duplicates == frozenset()


def test_an_idempotency_key_is_taken_once(store: Store) -> None:
    answer = Idempotency(key="k", request_hash=b"h", answer=b"done")
    store.write(Write(batches=(facts("x"),), idempotency=answer))
    with pytest.raises(Conflict):
        store.write(Write(batches=(facts("y"),), idempotency=answer))
    assert store.reader.size == 1


def test_a_write_that_breaks_a_promise_does_not_spoil_its_neighbours(store: Store) -> None:
    broken = Write(batches=(facts("x"),), rows=(Save(record="no row at all"),))
    outcomes = [store.writer.submit(write) for write in (usage("a"), broken, usage("b"))]
    assert outcomes[0].result(30).size >= 1
    with pytest.raises(AssertionError):
        outcomes[1].result(30)
    assert list(store.reader.entry(outcomes[2].result(30).indexes[0]).payload) == list(payload("b"))
    assert store.reader.size == 2


@pytest.mark.parametrize(
    "write",
    [
        Write(batches=(Batch(kind=Kind.USAGE, customers=["a"], payloads=[b"1", b"2"]),)),
        Write(batches=(Batch(kind=Kind.USAGE, customers=[""], payloads=[b"1"]),)),
        Write(batches=(Batch(kind=Kind.USAGE, customers=["\ud800"], payloads=[b"1"]),)),
        Write(batches=(Batch(kind=Kind.INVOICE, customers=["a"], payloads=[b"1"], keys=[b"1"]),)),
        Write(batches=(facts("x"),), rows=(Save(record=Row("a", "b"), told_by=1),)),
    ],
)
def test_a_malformed_write_is_refused_at_once(store: Store, write: Write) -> None:
    with pytest.raises(InvalidInput):
        store.writer.submit(write)
    assert store.reader.size == 0


def test_a_full_queue_refuses_and_recovers(tmp_path: Path) -> None:
    store = Store(tmp_path, waiting_max=100)
    gate = threading.Event()

    def hold(bundle: Bundle) -> None:
        gate.wait(30)

    store.writer.subscribers.append(hold)
    first = store.writer.submit(usage("first"))
    waiting = [store.writer.submit(usage(*(f"{n}-{k}" for k in range(33)))) for n in range(3)]
    with pytest.raises(Unavailable) as refusal:
        store.writer.submit(usage("late", "later"))
    assert refusal.value.retryable
    gate.set()
    assert [outcome.result(30).size > 0 for outcome in [first, *waiting]] == [True] * 4
    assert store.write(usage("late")).duplicates == frozenset()
    store.writer.close()


def test_subscribers_see_a_bundle_before_its_answer_and_a_failing_one_stops_nothing(store: Store) -> None:
    seen: list[tuple[int, int]] = []

    def fail(bundle: Bundle) -> None:
        raise ValueError("a projection is broken")

    store.writer.subscribers += [fail, lambda bundle: seen.append((bundle.first_index, bundle.end))]
    written = store.write(usage("a", "b"))
    assert seen == [(0, 2)]
    assert written.size == 2


def test_an_event_loop_is_answered_for_many_writes(store: Store) -> None:
    async def many() -> list[int]:
        writes = [store.writer.awrite(usage(f"k{n}", f"m{n}")) for n in range(50)]
        return sorted(index for written in await asyncio.gather(*writes) for index in written.indexes)

    assert asyncio.run(many()) == list(range(100))


def test_after_closing_nothing_is_accepted(store: Store) -> None:
    outcome = store.writer.submit(usage("a"))
    store.writer.close()
    assert outcome.result(1).size == 1
    with pytest.raises(Unavailable):
        store.writer.submit(usage("b"))


def test_times_of_recording_always_increase(tmp_path: Path) -> None:
    store = Store(tmp_path, clock=lambda: 1_000)
    times = [store.write(usage(f"k{n}")).recorded_at for n in range(3)]
    assert times == [1_000, 1_001, 1_002]
    store.reopen()
    assert store.write(usage("k3")).recorded_at == 1_003
    store.writer.close()


def test_every_entry_is_provable_at_every_size(store: Store) -> None:
    for number in range(40):
        store.write(Write(batches=(facts(*(f"{number}-{n}" for n in range(1 + number * 7 % 23))),)))
    reader = store.reader
    size = reader.size
    assert size > 400
    for index in range(0, size, 13):
        leaf = leaf_hash(reader.entry(index).leaf())
        for at in {index + 1, (index + size) // 2 + 1, size}:
            proof = reader.inclusion_proof(index, at)
            assert verify_inclusion(index=index, size=at, leaf=leaf, proof=proof, root=reader.root(at))
    for first in range(1, size, 17):
        proof = reader.consistency_proof(first)
        assert verify_consistency(
            first=first, second=size, first_root=reader.root(first), second_root=reader.root(), proof=proof
        )


def test_checkpoints_are_signed_and_cover_what_they_say(store: Store) -> None:
    empty = open_checkpoint(store.reader.checkpoint(), store.signer.vkey)
    assert (empty.size, empty.origin) == (0, "steelyard.local/test")
    sizes = [store.write(usage(f"a{n}", f"b{n}")).size for n in range(3)]
    for size in sizes:
        checkpoint = open_checkpoint(store.reader.checkpoint(size), store.reader.vkey)
        assert (checkpoint.size, checkpoint.root) == (size, store.reader.root(size))
    assert store.reader.checkpoint() == store.reader.checkpoint(sizes[-1])
    with pytest.raises(NotFound):
        store.reader.checkpoint(1)


def test_a_proof_file_verifies_offline(store: Store) -> None:
    store.write(usage(*(f"k{n}" for n in range(300))))
    reader = store.reader
    proof = Proof(index=17, hashes=tuple(reader.inclusion_proof(17)), checkpoint=reader.checkpoint())
    assert verify_proof(parse_proof(str(proof)), reader.entry(17).leaf(), reader.vkey).size == 300
    with pytest.raises(Exception, match="index 17"):
        verify_proof(proof, reader.entry(18).leaf(), reader.vkey)


def test_tiles_hold_the_tree_and_the_public_leaves(store: Store) -> None:
    for number in range(7):
        store.write(usage(*(f"{number}-{n}" for n in range(100))))
    reader = store.reader
    leaves = [entry.leaf() for entry in reader.entries(range(700))]
    assert decode_entries(reader.entry_bundle(1)) == leaves[256:512]
    assert reader.tile(0, 2, 188) == b"".join(map(leaf_hash, leaves[512:700]))
    tile = reader.tile(1, 0, 2)
    assert len(tile) == 64
    assert tile[:32] == reader.root(256)
    for missing in ((0, 2, 189), (1, 0, 3), (2, 0, 1), (0, 3, 1)):
        with pytest.raises(NotFound):
            reader.tile(*missing)


def test_bundles_are_walked_from_any_entry(store: Store) -> None:
    for number in range(30):
        store.write(usage(f"a{number}", f"b{number}"))
    assert [bundle.first_index for bundle in store.reader.bundles(15)] == list(range(14, 60, 2))
    assert list(store.reader.bundles(60)) == []
    with pytest.raises(NotFound):
        store.reader.entry(60)


def test_a_restart_continues_the_same_tree_with_and_without_its_snapshot(store: Store) -> None:
    for between in (
        None,
        drop_snapshot,
        lambda folder: (folder / "record.tail").write_bytes(b"nonsense" * 9),
    ):
        for number in range(3):
            store.write(usage(*(f"{store.reader.size}-{n}" for n in range(150 + number))))
        size, root, head = store.reader.size, store.reader.root(), store.reader.chain_head("acme")
        store.reopen(between)
        assert (store.reader.size, store.reader.root(), store.reader.chain_head("acme")) == (size, root, head)
    store.write(usage("last"))
    assert verify_record(store.directory, store.signer.vkey).ok


def test_a_snapshot_from_another_time_is_caught_up(store: Store) -> None:
    store.write(usage(*(f"a{n}" for n in range(400))))
    store.reopen()
    old = (store.directory / "record.tail").read_bytes()
    store.write(usage(*(f"b{n}" for n in range(400))))
    root = store.reader.root()
    store.reopen(lambda folder: (folder / "record.tail").write_bytes(old))
    assert (store.reader.size, store.reader.root()) == (800, root)


def test_a_reader_of_its_own_follows_the_writer(store: Store) -> None:
    store.write(usage("a"))
    reader = RecordReader(store.directory, store.signer.vkey)
    assert reader.size == 1
    store.write(usage("b"))
    assert reader.refresh() == 2
    assert reader.entry(1).payload == payload("b")
    assert reader.checkpoint() == store.reader.checkpoint()
    reader.close()


class _FailsToCommit:
    """The writer's connection, whose next commit fails as on a full disk."""

    def __init__(self, connection: sqlite3.Connection, *, after: bool) -> None:
        self._connection, self._after, self.left = connection, after, 1

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def close(self) -> None:
        self._connection.close()

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        is_commit = sql.startswith("INSERT INTO bundle")
        if is_commit and self.left and not self._after:
            self.left -= 1
            raise sqlite3.OperationalError("database or disk is full")
        cursor = self._connection.execute(sql, *parameters)
        if is_commit and self.left:
            self.left -= 1
            raise sqlite3.OperationalError("disk I/O error")
        return cursor


@pytest.mark.parametrize("after", [False, True], ids=["not-written", "written-but-not-reported"])
def test_a_failing_commit_fails_its_writes_and_nothing_else(
    store: Store, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    store.write(usage("a"))
    before = (store.reader.size, store.reader.root(), store.reader.checkpoint())
    monkeypatch.setattr(store.writer, "_connection", _FailsToCommit(store.writer.connection, after=after))
    with pytest.raises(Unavailable) as refusal:
        store.write(usage("b", "c"))
    assert refusal.value.retryable
    assert (store.reader.size, store.reader.root(), store.reader.checkpoint()) == before
    # The same request again succeeds, and finds what may have reached the disk after all.
    again = store.write(usage("b", "c"))
    assert list(again.indexes) == [1, 2]
    assert again.duplicates == ({0, 1} if after else frozenset())
    assert store.reader.size == 3
    assert verify_record(store.directory, store.signer.vkey).ok


def test_a_really_full_disk_is_survived(store: Store) -> None:
    store.write(usage("a"))
    pages = store.writer.connection.execute("PRAGMA page_count").fetchone()[0]
    store.writer.connection.execute(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(Unavailable):
        store.write(usage("b", content="x" * 200_000))
    store.writer.connection.execute("PRAGMA max_page_count=1000000")
    assert list(store.write(usage("b", content="x" * 200_000)).indexes) == [1]
    assert verify_record(store.directory, store.signer.vkey).ok


def test_a_record_without_state_refuses_rows(tmp_path: Path) -> None:
    store = Store(tmp_path, state_writer=PlainState())
    store.writer.close()
    with pytest.raises(InvalidInput):
        RecordWriter(tmp_path, signer=store.signer).submit(
            Write(batches=(facts("x"),), rows=(Save(record=Row("a", "b")),))
        )


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM bundle WHERE first_index = 1",
        "DELETE FROM bundle WHERE first_index = 0",
        "UPDATE bundle SET checkpoint = (SELECT checkpoint FROM bundle WHERE first_index = 1)",
    ],
)
def test_a_record_that_cannot_be_continued_is_not_opened_for_writing(store: Store, damage: str) -> None:
    for key in "abc":
        store.write(usage(key))
    store.writer.close()
    drop_snapshot(store.directory)
    with sqlite3.connect(store.directory / "steelyard.sqlite") as connection:
        connection.execute(damage)
    with pytest.raises(DamagedRecord):
        RecordWriter(store.directory, signer=store.signer)
    assert not verify_record(store.directory, store.signer.vkey).ok


def test_a_record_is_not_continued_with_another_key(store: Store) -> None:
    store.write(usage("a"))
    store.writer.close()
    with pytest.raises(DamagedRecord):
        RecordWriter(store.directory, signer=FileSigner("steelyard.local/test", bytes(32)))


def test_a_file_made_by_somebody_else_gets_the_pages_that_bundles_like(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "steelyard.sqlite") as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE other (key TEXT PRIMARY KEY)")
        connection.execute("INSERT INTO other VALUES ('kept')")
    connection.close()
    store = Store(tmp_path)
    assert store.writer.connection.execute("PRAGMA page_size").fetchone() == (16_384,)
    assert store.writer.connection.execute("SELECT key FROM other").fetchone() == ("kept",)
    assert store.writer.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.writer.close()
