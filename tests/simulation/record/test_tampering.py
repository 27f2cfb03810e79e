"""Any byte of any column of any row, changed: verification finds it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from steelyard.adapters.sqlite import verify as verifying
from steelyard.adapters.sqlite import verify_record
from steelyard.record import Kind, Write
from steelyard.record.verify import StoredBundle, verify_bundles
from tests.contracts.record.stores import Store, facts, usage

Rows = list[tuple[int, int, bytes, bytes]]


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A small record: four bundles, three customers, two kinds."""
    directory = tmp_path_factory.mktemp("record")
    store = Store(directory)
    for number in range(3):
        batches = (facts(f"f{number}", customer="globex"), *usage(f"k{number}", f"m{number}").batches)
        store.write(Write(batches=batches))
    store.write(Write(batches=(facts("ü", kind=Kind.CATALOG, customer="Käufer"), facts("", customer="acme"))))
    store.writer.close()
    return directory, store.signer.vkey


def rows_of(directory: Path) -> Rows:
    with sqlite3.connect(directory / "steelyard.sqlite") as connection:
        connection.text_factory = bytes
        return connection.execute("SELECT * FROM bundle ORDER BY first_index").fetchall()


def is_accepted(rows: Rows, vkey: str) -> bool:
    bundles = [
        StoredBundle(first_index=row[0], entry_count=row[1], entries=row[2], checkpoint=row[3])
        for row in sorted(rows)
    ]
    return verify_bundles(bundles, vkey).ok


def spoiled(value: Any, masks: tuple[int, ...]) -> Iterator[Any]:
    """The value with each of its bytes changed in several ways."""
    data = value.to_bytes(8) if isinstance(value, int) else value
    for place in range(len(data)):
        for mask in masks:
            changed = data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :]
            yield int.from_bytes(changed, signed=True) if isinstance(value, int) else changed


def test_every_changed_byte_is_found(record: tuple[Path, str]) -> None:
    directory, vkey = record
    rows = rows_of(directory)
    assert is_accepted(rows, vkey)
    missed: list[tuple[int, int, Any]] = []
    tried = 0
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            for changed in spoiled(value, (0x01, 0x20, 0x80, 0xFF)):
                tampered = [*rows]
                tampered[number] = (*row[:column], changed, *row[column + 1 :])  # type: ignore[assignment]
                tried += 1
                if is_accepted(tampered, vkey):
                    missed.append((number, column, changed))
    assert missed == []
    assert tried > 5_000


def test_cut_off_and_added_bytes_are_found(record: tuple[Path, str]) -> None:
    directory, vkey = record
    rows = rows_of(directory)
    for number, (first, count, entries, checkpoint) in enumerate(rows):
        others = rows[:number] + rows[number + 1 :]
        for changed in (
            (first, count, entries[:-1], checkpoint),
            (first, count, entries + b"\x00", checkpoint),
            (first, count, entries[:10], checkpoint),
            (first, count, b"", checkpoint),
            (first, count, entries, checkpoint[:-1]),
            (first, count, entries, checkpoint + b"\n"),
            (first, count, entries, checkpoint + checkpoint.split(b"\n\n")[1]),
            (first, count, entries, b""),
        ):
            assert not is_accepted([*others, changed], vkey)


def test_missing_repeated_and_exchanged_bundles_are_found(record: tuple[Path, str]) -> None:
    directory, vkey = record
    rows = rows_of(directory)
    assert not is_accepted(rows[1:], vkey)
    assert not is_accepted([rows[0], *rows[2:]], vkey)
    assert not is_accepted([*rows, rows[-1]], vkey)
    exchanged = [(rows[1][0], *rows[2][1:]), (rows[2][0], *rows[1][1:])]
    assert not is_accepted([rows[0], *exchanged, rows[3]], vkey)


def test_the_damaged_entry_is_named(record: tuple[Path, str], tmp_path: Path) -> None:
    directory, vkey = record
    copy = tmp_path / "steelyard.sqlite"
    with sqlite3.connect(directory / "steelyard.sqlite") as source, sqlite3.connect(copy) as target:
        source.backup(target)
        entries = target.execute("SELECT entries FROM bundle WHERE first_index = 3").fetchone()[0]
        changed = entries.replace(b"m1|1", b"m1|9")
        assert changed != entries
        target.execute("UPDATE bundle SET entries = ? WHERE first_index = 3", (changed,))
    outcome = verify_record(tmp_path, vkey)
    assert not outcome.ok
    assert [(problem.code, problem.field) for problem in outcome.problems] == [("damaged_entry", "entry 5")]


def test_a_broken_database_file_is_reported(record: tuple[Path, str], tmp_path: Path) -> None:
    directory, vkey = record
    data = bytearray((directory / "steelyard.sqlite").read_bytes())
    schema_page = 16_384
    data[schema_page:] = bytes(len(data) - schema_page)
    (tmp_path / "steelyard.sqlite").write_bytes(data)
    assert not verify_record(tmp_path, vkey).ok


def test_another_key_does_not_verify(record: tuple[Path, str]) -> None:
    directory, _ = record
    other = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    assert not verify_record(directory, other).ok


def test_several_processes_come_to_the_same_verdict(
    record: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory, vkey = record
    monkeypatch.setattr(verifying, "WORTH_SHARING", 0)
    monkeypatch.setattr(verifying, "SEGMENT_ENTRIES", 3)
    told: list[tuple[int, int]] = []
    shared = verify_record(directory, vkey, processes=2, progress=lambda *done: told.append(done))
    assert shared == verify_record(directory, vkey, processes=1)
    assert shared.ok
    assert told[-1] == (shared.entries, shared.entries)
    broken = tmp_path / "broken"
    broken.mkdir()
    with (
        sqlite3.connect(directory / "steelyard.sqlite") as source,
        sqlite3.connect(broken / "steelyard.sqlite") as target,
    ):
        source.backup(target)
    with sqlite3.connect(broken / "steelyard.sqlite") as connection:
        original = rows_of(directory)[1][2]
        connection.execute(
            "UPDATE bundle SET entries = ? WHERE first_index = 3",
            (original[:-1] + bytes([original[-1] ^ 1]),),
        )
    shared = verify_record(broken, vkey, processes=2)
    assert shared == verify_record(broken, vkey, processes=1)
    assert not shared.ok
