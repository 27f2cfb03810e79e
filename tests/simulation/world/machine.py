"""The real thing in a folder: record, state, usage store and billing, with a clock that is set from outside.

A crash is what the disk held at that moment: at certain points of the writer's work (before it seals, before
it signs, after it committed and before it answers) or in between, the folder is copied; then the process's
objects are thrown away, whatever they did since, and the copy is opened as the next process would open it.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import Any

from steelyard.adapters.duckdb import DuckUsageStore
from steelyard.adapters.keys import FileSigner, load_signer, make_signer
from steelyard.adapters.sql import REGISTRY, SqlStateWriter, StateStore, prepare_state, sqlite_engine
from steelyard.adapters.sqlite import RecordWriter
from steelyard.billing.run import Books
from steelyard.catalog import live_version
from steelyard.contracts import Customer, Directory, Subscription
from steelyard.kernel import from_micros
from steelyard.metering import Shapes, admit, decode
from steelyard.metering.payload import key_of, same_content
from steelyard.record import Bundle, Write, Written

POINTS = ("seal", "sign", "told", "quiet")


class Crashed(Exception):
    """The process is no more; the next one has been started on what the disk held."""


class _Signer:
    """Signs as the real key does, and tells that it is about to."""

    def __init__(self, inner: FileSigner, reached: Callable[[str], None]) -> None:
        self._inner, self._reached = inner, reached
        self.name, self.vkey = inner.name, inner.vkey

    def sign(self, message: bytes) -> bytes:
        self._reached("sign")
        return self._inner.sign(message)


class Machine:
    """One process after another on one folder."""

    def __init__(self, folder: Path, now_micros: int, *, in_memory: bool = False) -> None:
        """`in_memory`: the usage store needs no file, because no process follows this one."""
        self.folder, self.now_micros = folder, now_micros
        self._in_memory = in_memory
        self._armed, self._image = "", folder.with_name(f"{folder.name}-image")
        self._held, self._may_go = threading.Event(), threading.Event()
        self._holding = False
        if not folder.exists():
            folder.mkdir(parents=True)
            make_signer(folder, "steelyard.local/world", seed=bytes(range(32)))
        self._open()

    def _open(self) -> None:
        folder = self.folder
        prepare_state(folder / "steelyard.sqlite", REGISTRY)
        signer = load_signer(folder)
        self.vkey = signer.vkey
        self.writer = RecordWriter(
            folder,
            signer=_Signer(signer, self._reached),
            state_writer=SqlStateWriter(REGISTRY),
            key_of=key_of,
            same_content=same_content,
            clock=self._clock,
        )
        self.reader = self.writer.reader
        self.state = StateStore(sqlite_engine(folder / "steelyard.sqlite"), REGISTRY)
        self.directory = Directory(self.state.find(Customer), self.state.find(Subscription))
        self.usage = DuckUsageStore(None if self._in_memory else folder / "usage.duckdb", threads=1)
        self.usage.read_from(self.reader)
        self.shapes = Shapes()
        live = live_version(self.state)
        if live is not None:
            self.shapes = Shapes(live.catalog.meters)
            self.usage.define(live.catalog.meters, tuple(live.catalog.event_types.values()))
        self.writer.subscribers += [self.directory.follow, self._told]
        self.books = Books(state=self.state, usage=self.usage, reader=self.reader, submit=self.writer.submit)

    def adopt(self) -> None:
        """Measure by the catalog that was just published."""
        live = live_version(self.state)
        assert live is not None
        self.shapes = Shapes(live.catalog.meters)
        self.usage.define(live.catalog.meters, tuple(live.catalog.event_types.values()))

    @property
    def now(self) -> datetime:
        """What this world's clock says."""
        return from_micros(self.now_micros)

    def close(self) -> None:
        """End the process in order."""
        self.writer.close()
        self.usage.close()
        self.state.close()

    def restart(self) -> None:
        """End the process in order and start the next."""
        self.close()
        self._open()

    def arm(self, point: str) -> None:
        """Crash at this point of what follows."""
        self._armed = point

    def survive(self) -> None:
        """Go on; raises Crashed after starting the next process, if this one crashed or was armed to."""
        if self._armed == "quiet":
            self._reached("quiet")
        self._armed = ""
        if not self._image.exists():
            return
        self.close()
        shutil.rmtree(self.folder)
        self._image.rename(self.folder)
        self._open()
        raise Crashed

    def _reached(self, point: str) -> None:
        if point == self._armed:
            self._armed = ""
            shutil.copytree(self.folder, self._image, ignore=shutil.ignore_patterns("*-shm"))

    def _clock(self) -> int:
        if self._holding:
            self._holding = False
            self._held.set()
            self._may_go.wait(30)
        self._reached("seal")
        return self.now_micros

    def _told(self, bundle: Bundle) -> None:
        self._reached("told")

    def submit(self, writes: Sequence[Write]) -> list[Written]:
        """Record writes that come at the same time: the first is under way when the others arrive."""
        futures: list[Future[Written]] = []
        if len(writes) > 1:
            self._held.clear()
            self._may_go.clear()
            self._holding = True
        for number, write in enumerate(writes):
            futures.append(self.writer.submit(write))
            if number == 0 and len(writes) > 1:
                # A write of nothing but known events seals nothing, and so never asks for the time.
                while not self._held.wait(0.001) and not futures[0].done():
                    pass
        self._holding = False
        self._may_go.set()
        return [future.result(30) for future in futures]

    def receive(self, bodies: Sequence[bytes]) -> list[Any]:
        """Requests that arrive together: for each the positions in it with what was written, and refusals."""
        prepared = []
        for body in bodies:
            decoded = decode(body, "application/json", {}, self.now)
            admitted = admit(
                decoded.events, self.directory, self.shapes, self.now, positions=decoded.positions
            )
            prepared.append((admitted, [*decoded.refusals, *admitted.refusals]))
        writes = [Write(batches=(admitted.batch,)) for admitted, _ in prepared if admitted.batch.payloads]
        written = iter(self.submit(writes) if writes else ())
        return [
            (admitted.positions, next(written) if admitted.batch.payloads else None, refusals)
            for admitted, refusals in prepared
        ]

    def fold(self, bundles: int | None = None) -> None:
        """Fold what was recorded, or only so many bundles of it."""
        if bundles is None:
            self.usage.catch_up(self.reader)
            return
        for number, bundle in enumerate(self.reader.bundles(self.usage.position())):
            if number >= bundles:
                return
            self.usage.fold([bundle])
