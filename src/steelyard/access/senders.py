"""Who sent usage events: an entry of the record where the sender changes, not one for each event.

Millions of events come with the same few keys, one after the other. So the record says from which entry on
usage came with which key, and says it again only where that changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from steelyard.kernel import decode
from steelyard.record import WORKSPACE_CHAIN, Batch, Kind, Write

RUNS_MAX: Final = 500
"""So many changes stand in one entry, so that none grows without bound."""

_encode: Final = msgspec.json.Encoder(order="sorted").encode
"""The canonical form of a note, which has nothing but text and whole numbers; made at every group commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderRun:
    """From the entry `first` on, usage events came with the key `by`; blank: another entry says whose."""

    first: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """What one entry says: runs in the order of their entries; the last holds until the next such entry."""

    runs: tuple[SenderRun, ...]

    def of(self, index: int) -> str | None:
        """With which key the usage event of an entry came; None where an earlier note says it.

        >>> note = Senders(runs=(SenderRun(first=7, by="key_1"), SenderRun(first=9, by="key_2")))
        >>> note.of(8), note.of(9), note.of(6)
        ('key_1', 'key_2', None)
        """
        return next((run.by for run in reversed(self.runs) if run.first <= index), None)


def noting_senders(runs: Sequence[tuple[int, str]]) -> Write:
    """The write that says from which entries on usage came with which keys.

    >>> noting_senders([(7, "key_1"), (9, "key_2")]).batches[0].payloads
    [b'{"runs":[{"by":"key_1","first":7},{"by":"key_2","first":9}]}']
    """
    payloads = [_encode(note) for note in _notes(runs)]
    chains = [WORKSPACE_CHAIN] * len(payloads)
    return Write(batches=(Batch(kind=Kind.SENDER, customers=chains, payloads=payloads),))


def _notes(runs: Sequence[tuple[int, str]]) -> Iterator[Senders]:
    for start in range(0, len(runs), RUNS_MAX):
        part = runs[start : start + RUNS_MAX]
        yield Senders(runs=tuple(SenderRun(first=first, by=by) for first, by in part))


def read_senders(payload: bytes) -> Senders:
    """What an entry of kind `SENDER` says; raises InvalidInput for anything else."""
    return decode(payload, Senders)
