"""Which entry has a deduplication key: asked by any thread, answered exactly."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from steelyard.record import Write
from tests.contracts.record.stores import Store, facts, usage


def test_a_key_leads_to_its_entry_and_an_unknown_one_to_none(store: Store) -> None:
    store.writer.submit(Write(batches=(facts("x"),))).result()
    store.writer.submit(usage("a", "b")).result()
    store.writer.submit(usage("b", "c")).result()
    assert store.writer.find_entries([b"a", b"b", b"c", b"x", b""]) == [1, 2, 3, None, None]
    store.reopen()
    assert store.writer.find_entries([b"c", b"a"]) == [3, 1]


def test_keys_are_found_while_they_move_to_disk(store: Store) -> None:
    """Other threads ask for every key, again and again, while the writer freezes and merges its runs."""
    store.writer._dedup._recent_max = 40
    known: list[str] = []
    wrong: list[str] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            keys = list(known)
            found = store.writer.find_entries([key.encode() for key in keys])
            wrong.extend(key for key, index in zip(keys, found, strict=True) if index != int(key[1:]))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for start in range(0, 600, 10):
        keys = [f"k{number}" for number in range(start, start + 10)]
        store.writer.submit(usage(*keys)).result()
        known += keys
    done.set()
    for thread in threads:
        thread.join()
    assert not wrong
    assert store.writer._dedup.covers > 0


def test_a_repeat_is_known_when_its_key_reaches_the_disk_within_the_very_group(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run is written after the group has asked the runs, and before it asks the keys in memory."""
    store.write(usage("a", "b"))
    dedup = store.writer._dedup
    ask = dedup.find_old

    def ask_and_flush(hashes: Any) -> Any:
        found = ask(hashes)
        dedup.flush()
        return found

    dedup.freeze(store.reader.size, store.reader.leaves(1, 2)[0])
    monkeypatch.setattr(dedup, "find_old", ask_and_flush)
    again = store.write(usage("b", "c"))
    assert again.duplicates == {0}
    assert again.size == 3
    monkeypatch.undo()
    assert store.write(usage("a", "b", "c")).duplicates == {0, 1, 2}
    assert dedup.recent_count == 1
