"""Importing one file: rows to events to requests, with what was refused written beside the file."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

import msgspec

from steelyard.client import ProblemError
from steelyard.entrypoints.importing.columns import Columns
from steelyard.entrypoints.importing.source import Row, Source
from steelyard.entrypoints.importing.state import Progress, State
from steelyard.kernel import Problem

ROWS_A_REQUEST: Final = 4000
BYTES_A_REQUEST: Final = 6 * 1024 * 1024
EVENT_BYTES_MAX: Final = 8 * 1024 * 1024
PROBLEMS_SHOWN: Final = 20
_PATIENCE_SECONDS: Final = 120.0
_MEDIA: Final = "application/json"


class Receiver(Protocol):
    """Where events go: a workspace, wherever it is."""

    def send_events(self, content: bytes, content_type: str) -> tuple[int, int]:
        """Store encoded events: how many were accepted, and how many were duplicates."""
        ...

    def check_events(self, content: bytes, content_type: str) -> dict[str, Any]:
        """What would become of encoded events; nothing is stored."""
        ...


@dataclass(slots=True, kw_only=True)
class Report:
    """What became of a file's rows; in a dry run `stored` is what would be taken, repeats included."""

    file: str
    dry_run: bool
    columns: dict[str, str]
    rows: int = 0
    stored: int = 0
    duplicates: int = 0
    refused: int = 0
    resumed_after: int = 0
    already_imported: bool = False
    seconds: float = 0.0
    rejected_file: str = ""
    problems: list[str] = field(default_factory=list[str])
    unmatched_types: Counter[str] = field(default_factory=Counter[str])
    unattributed_subjects: Counter[str] = field(default_factory=Counter[str])

    @property
    def rows_per_second(self) -> int:
        """Rows of this run by its time."""
        return round((self.rows - self.resumed_after) / self.seconds) if self.seconds else 0


@dataclass(slots=True, kw_only=True)
class _Chunk:
    """Rows that go in one request, and those among them that never became an event."""

    rows: list[Row]
    events: list[bytes]
    senders: list[Row]
    unreadable: list[tuple[Row, Problem]]


@dataclass(slots=True, kw_only=True)
class _Fate:
    """What became of a chunk."""

    accepted: int
    duplicates: int
    refused: list[tuple[Row, list[dict[str, Any]]]]
    unmatched: dict[str, int]
    unattributed: dict[str, int]


def import_file(
    receiver: Receiver,
    source: Source,
    columns: Columns,
    *,
    folder: Path,
    dry_run: bool,
    again: bool,
    seen: Callable[[int], None],
) -> Report:
    """Every row of the file as an event, from where an earlier run came to.

    `seen` is told how many bytes are read. Raises what the workspace refuses a whole request with; what was
    imported until then is kept, and the next run goes on from there.
    """
    state = State(folder, source, columns)
    progress = state.forget() if again and not dry_run else state.read()
    if dry_run:
        progress = Progress(file=source.path.name, digest=source.digest)
    report = Report(file=str(source.path), dry_run=dry_run, columns=columns.shown())
    if progress.finished:
        _take_over(report, progress)
        report.already_imported = True
        return report
    report.resumed_after = progress.rows
    rejected = source.path.with_name(source.path.name + ".rejected.jsonl")
    started = time.monotonic()
    with _Rejected(None if dry_run else rejected, progress.rejected_bytes) as out:
        for chunk, fate in _fates(receiver, source, columns, progress.rows, dry_run=dry_run, seen=seen):
            _note(report, progress, chunk, fate, out)
            if not dry_run:
                progress.rejected_bytes = out.size
                state.write(progress)
    if not dry_run:
        progress.finished = True
        state.write(progress)
    _take_over(report, progress)
    report.seconds = time.monotonic() - started
    report.rejected_file = str(rejected) if progress.refused and not dry_run else ""
    return report


def _take_over(report: Report, progress: Progress) -> None:
    report.rows, report.stored = progress.rows, progress.stored
    report.duplicates, report.refused = progress.duplicates, progress.refused


def _note(report: Report, progress: Progress, chunk: _Chunk, fate: _Fate, out: _Rejected) -> None:
    progress.rows = chunk.rows[-1].number
    progress.stored += fate.accepted
    progress.duplicates += fate.duplicates
    progress.refused += len(fate.refused)
    report.unmatched_types.update(fate.unmatched)
    report.unattributed_subjects.update(fate.unattributed)
    for row, errors in fate.refused:
        out.write(row, errors)
        if len(report.problems) < PROBLEMS_SHOWN:
            said = "; ".join(str(one["message"]) for one in errors)
            report.problems.append(f"line {row.line}: {said}")


def _fates(
    receiver: Receiver,
    source: Source,
    columns: Columns,
    done: int,
    *,
    dry_run: bool,
    seen: Callable[[int], None],
) -> Iterator[tuple[_Chunk, _Fate]]:
    """Each chunk with what became of it, in order; the next is made ready while one is on its way."""
    send = _check if dry_run else _send
    with ThreadPoolExecutor(max_workers=1) as pool:
        under_way: tuple[_Chunk, Future[_Fate]] | None = None
        for chunk in _chunks(source, columns, done, seen):
            following = (chunk, pool.submit(send, receiver, chunk))
            if under_way is not None:
                yield under_way[0], under_way[1].result()
            under_way = following
        if under_way is not None:
            yield under_way[0], under_way[1].result()


def _chunks(source: Source, columns: Columns, done: int, seen: Callable[[int], None]) -> Iterator[_Chunk]:
    chunk, size = _Chunk(rows=[], events=[], senders=[], unreadable=[]), 0
    for row in source.rows(seen):
        if row.number <= done:
            continue
        event = _event(columns, row, source.digest)
        chunk.rows.append(row)
        if isinstance(event, Problem):
            chunk.unreadable.append((row, event))
        else:
            chunk.events.append(event)
            chunk.senders.append(row)
            size += len(event)
        if len(chunk.rows) >= ROWS_A_REQUEST or size >= BYTES_A_REQUEST:
            yield chunk
            chunk, size = _Chunk(rows=[], events=[], senders=[], unreadable=[]), 0
    if chunk.rows:
        yield chunk


def _event(columns: Columns, row: Row, digest: str) -> bytes | Problem:
    if row.problem:
        return Problem(code="not_readable", message=row.problem)
    event = columns.event_of(row, digest)
    if isinstance(event, bytes) and len(event) > EVENT_BYTES_MAX:
        return Problem(code="too_large", message="the row is larger than 8 MiB")
    return event


def _content(chunk: _Chunk) -> bytes:
    return b"[" + b",".join(chunk.events) + b"]"


def _unreadable(chunk: _Chunk) -> list[tuple[Row, list[dict[str, Any]]]]:
    return [
        (row, [{"code": one.code, "field": one.field, "message": one.message}])
        for row, one in chunk.unreadable
    ]


def _refused(chunk: _Chunk, errors: list[dict[str, Any]]) -> list[tuple[Row, list[dict[str, Any]]]]:
    by_row: dict[int, list[dict[str, Any]]] = {}
    for one in errors:
        said = {name: one.get(name, "") for name in ("code", "field", "message")}
        by_row.setdefault(int(one["index"]), []).append(said)
    found = [*_unreadable(chunk), *((chunk.senders[at], said) for at, said in by_row.items())]
    return sorted(found, key=lambda pair: pair[0].number)


def _send(receiver: Receiver, chunk: _Chunk) -> _Fate:
    accepted = duplicates = 0
    errors: list[dict[str, Any]] = []
    if chunk.events:
        try:
            accepted, duplicates = _patiently(lambda: receiver.send_events(_content(chunk), _MEDIA))
        except ProblemError as error:
            if error.code != "events_refused":
                raise
            accepted, duplicates = error.problem["accepted"], error.problem["duplicates"]
            errors = error.errors
    return _Fate(
        accepted=accepted,
        duplicates=duplicates,
        refused=_refused(chunk, errors),
        unmatched={},
        unattributed={},
    )


def _patiently(send: Callable[[], tuple[int, int]]) -> tuple[int, int]:
    """Sends until it is taken in: a server that is busy, or that limits our key, asks to come back."""
    pause, deadline = 0.5, time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return send()
        except ProblemError as error:
            if error.status not in (429, 503) or time.monotonic() > deadline:
                raise
        time.sleep(pause)
        pause = min(2 * pause, 10.0)


def _check(receiver: Receiver, chunk: _Chunk) -> _Fate:
    said: dict[str, Any] = {"good": 0, "errors": [], "unmatched": {}, "unattributed": {}}
    if chunk.events:
        said = receiver.check_events(_content(chunk), _MEDIA)
    return _Fate(
        accepted=said["good"],
        duplicates=0,
        refused=_refused(chunk, said["errors"]),
        unmatched=said["unmatched"],
        unattributed=said["unattributed"],
    )


class _Rejected:
    """The file of refused rows, one JSON object a line; made with the first of them."""

    def __init__(self, path: Path | None, size: int) -> None:
        self._path, self.size = path, size
        self._file: BinaryIO | None = None

    def __enter__(self) -> _Rejected:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, row: Row, errors: list[dict[str, Any]]) -> None:
        """A row with why it was refused."""
        if self._path is None:
            return
        if self._file is None:
            # What was written after the last progress that was kept is written again.
            self._file = self._path.open("r+b" if self._path.exists() and self.size else "wb")
            self._file.truncate(self.size)
            self._file.seek(self.size)
        shown: Any = row.raw or row.values
        said = {"line": row.line, "row": shown, "errors": errors}
        self._file.write(_printable(said) + b"\n")
        self._file.flush()
        self.size = self._file.tell()


def _printable(said: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(said)
    except (UnicodeEncodeError, TypeError, ValueError, OverflowError):
        return msgspec.json.encode({**said, "row": ascii(said["row"])})
