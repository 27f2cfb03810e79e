"""A submission: a write on its way to the record, and where its outcome is to be told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from steelyard.adapters.sqlite.dedup import KEYED_KIND
from steelyard.kernel import InvalidInput
from steelyard.record.model import Write, Written

WRITE_ENTRIES_MAX = 100_000
WRITE_BYTES_MAX = 256 << 20

Outcome = Written | BaseException


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderNotes:
    """How the record says with which key usage comes from here on.

    `note` gives the write for pairs of an entry's index and a key.
    """

    note: Callable[[Sequence[tuple[int, str]]], Write]


class Submission:
    """One write that waits, with the future of a thread or of an event loop."""

    __slots__ = ("byte_count", "entry_count", "future", "loop", "waiter", "write")

    def __init__(
        self, write: Write, loop: asyncio.AbstractEventLoop | None, waiter: asyncio.Future[Written] | None
    ) -> None:
        self.write = write
        self.loop, self.waiter = loop, waiter
        self.future: Future[Written] | None = None if waiter is not None else Future()
        self.entry_count, self.byte_count = measure(write)


def measure(write: Write) -> tuple[int, int]:
    """How many entries and payload bytes a write has; raises InvalidInput when it is not well formed."""
    entries = size = 0
    for batch in write.batches:
        count = len(batch.payloads)
        if len(batch.customers) != count or (batch.keys is not None and len(batch.keys) != count):
            raise InvalidInput(
                "a batch needs one customer and one key for each payload", code="invalid_write"
            )
        if batch.keys is not None and batch.kind != KEYED_KIND:
            raise InvalidInput(f"entries of kind {batch.kind.name} have no keys", code="invalid_write")
        if not all(batch.customers):
            raise InvalidInput("an entry needs a customer chain", code="invalid_write")
        try:
            "".join(batch.customers).encode()
        except UnicodeEncodeError:
            raise InvalidInput("a customer's key is not valid Unicode", code="invalid_write") from None
        entries += count
        size += sum(map(len, batch.payloads))
    if entries > WRITE_ENTRIES_MAX or size > WRITE_BYTES_MAX:
        raise InvalidInput(f"a write holds at most {WRITE_ENTRIES_MAX} entries", code="too_many_entries")
    if any(not 0 <= save.told_by < entries for save in write.rows):
        raise InvalidInput("a row is told by an entry that the write does not have", code="invalid_write")
    return entries, size


def tell(answers: Iterable[tuple[Submission, Outcome]]) -> None:
    """Tells every outcome: threads one by one, each event loop with a single wake-up for all of its own."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Written], Outcome]]] = {}
    for submission, outcome in answers:
        if submission.future is not None:
            _settle(submission.future, outcome)
        elif submission.loop is not None and submission.waiter is not None:
            by_loop.setdefault(submission.loop, []).append((submission.waiter, outcome))
    for loop, settled in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle_all, settled)
        except RuntimeError:
            # The loop has ended, and with it whoever waited.
            continue


def _settle_all(settled: list[tuple[asyncio.Future[Written], Outcome]]) -> None:
    for waiter, outcome in settled:
        _settle(waiter, outcome)


def _settle(future: Any, outcome: Outcome) -> None:
    if future.done():
        return
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
