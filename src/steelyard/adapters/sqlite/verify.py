"""Verification of a record where it lies: reads each row raw and hands it to `record.verify`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from steelyard.adapters.sqlite.schema import open_for_reading
from steelyard.kernel import Problem
from steelyard.record.note import parse_vkey
from steelyard.record.verify import Audit, StoredBundle, Verification

_ALL = "SELECT first_index, entry_count, entries, checkpoint FROM bundle ORDER BY first_index"


def verify_record(directory: Path, vkey: str) -> Verification:
    """What is true of the record in this folder; a record being written to is verified up to some entry.

    Raises NotFound when there is no record there. Damage of any kind is reported, not raised.
    """
    connection = open_for_reading(directory)
    # Text is compared as the bytes that are stored; decoding it here could fail or forgive.
    connection.text_factory = bytes
    audit = Audit(parse_vkey(vkey))
    try:
        for stored in _stored(connection):
            if not audit.take(stored):
                break
    except sqlite3.DatabaseError as error:
        outcome = audit.outcome()
        problem = Problem(
            code="unreadable",
            message=f"the database cannot be read: {error}",
            field=f"entry {outcome.entries}",
        )
        return replace(outcome, ok=False, problems=(*outcome.problems, problem))
    finally:
        connection.close()
    return audit.outcome()


def _stored(connection: sqlite3.Connection) -> Iterator[StoredBundle]:
    for first_index, entry_count, entries, checkpoint in connection.execute(_ALL):
        yield StoredBundle(
            first_index=first_index, entry_count=entry_count, entries=entries, checkpoint=checkpoint
        )
