"""A small world for the state: the real tables in a file, and a record that holds what was told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from steelyard.adapters.sql import (
    REGISTRY,
    SqlStateWriter,
    StateStore,
    check_state,
    prepare_state,
    sqlite_engine,
)
from steelyard.kernel import Problem
from steelyard.record import Bundle, Expect, Idempotency, Kind
from steelyard.record.bundle import encode_bundle
from steelyard.record.telling import telling


class World:
    """Saves records as the record writer does: entry first, then its row, in one transaction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        prepare_state(path, REGISTRY)
        self.connection = sqlite3.connect(path)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.writer = SqlStateWriter(REGISTRY)
        self.state = StateStore(sqlite_engine(path), REGISTRY)
        self.payloads: list[tuple[Kind, bytes]] = []

    def save(self, *records: object, expect: tuple[Expect, ...] = ()) -> None:
        with self.connection:
            self.writer.check(self.connection, expect)
            saves: list[tuple[object, int]] = []
            for record in records:
                saves.append((record, len(self.payloads)))
                self.payloads.append((Kind.CUSTOMER, telling(record)))
            self.writer.apply(self.connection, saves)

    def remember(self, idempotency: Idempotency) -> None:
        with self.connection:
            self.writer.remember(self.connection, idempotency)

    def refresh(self) -> int:
        return len(self.payloads)

    def bundles(self, from_index: int = 0) -> Iterator[Bundle]:
        if self.payloads:
            data = encode_bundle(
                recorded_at=1,
                kinds=bytes(kind for kind, _ in self.payloads),
                codes=np.zeros(len(self.payloads), np.uint32),
                names=[b"acme"],
                firsts=(np.zeros(1), [bytes(32)]),
                salts=bytes(16 * len(self.payloads)),
                leaves=[bytes(32)] * len(self.payloads),
                payloads=[payload for _, payload in self.payloads],
            )
            yield Bundle(first_index=0, count=len(self.payloads), data=data, checkpoint="")

    @contextmanager
    def other_writer(self) -> Iterator[World]:
        """The same world on a connection of its own, as a server beside would write."""
        mine, self.connection = self.connection, sqlite3.connect(self.path)
        try:
            yield self
        finally:
            self.connection.close()
            self.connection = mine

    def problems(self) -> tuple[Problem, ...]:
        return check_state(self.connection, REGISTRY, self)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "steelyard.sqlite")
    yield made
    made.state.close()
    made.connection.close()
