"""`steelyard import`: usage from CSV, lines of JSON and Parquet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter

from steelyard.entrypoints.cli.failure import INVALID
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.importing import Report, Source, Wanted, detect, import_file, open_source
from steelyard.entrypoints.importing.source import Format
from steelyard.entrypoints.terminal import print_json, say
from steelyard.kernel.errors import InvalidInput

_SHOWN_MAX: Final = 10


def import_files(
    *files: Annotated[Path, Parameter(allow_leading_hyphen=False)],
    type: str = "",
    id: str = "",
    subject: str = "",
    time: str = "",
    source: str = "",
    map: Annotated[tuple[str, ...], Parameter(negative="", consume_multiple=False)] = (),
    timezone: str = "UTC",
    format: Format | None = None,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    again: Annotated[bool, Parameter(negative="")] = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Import usage from files: CSV, lines of JSON, Parquet. Importing again counts nothing twice.

    Parameters
    ----------
    files
        The files; .gz and .zst are unpacked. Refused rows are written to FILE.rejected.jsonl.
    type
        The column that says what happened; `=NAME` for the same in all rows.
    id
        The column with the id; without one, ids follow from the file's content and the row's number.
    subject
        The column that says who used something.
    time
        The column that says when: RFC 3339, a local time, or a count since 1970.
    source
        The column that says who tells of it; `import` if there is none.
    map
        NAME=COLUMN: a member of the data and its column, may be repeated. Without any, all other columns.
    timezone
        The zone of times without an offset.
    format
        What the file is, where its name does not tell.
    dry_run
        Say what would become of every row, and write nothing.
    again
        Begin anew where an earlier import of the same file is known.
    """
    parts = {"type": type, "id": id, "subject": subject, "time": time, "source": source}
    wanted = Wanted(
        parts={part: column for part, column in parts.items() if column},
        data=dict(_pair(one) for one in map),
        timezone=timezone,
    )
    if not files:
        raise InvalidInput("name at least one file to import", code="no_file")
    sources = [open_source(file, format) for file in files]
    chosen = [detect(one, wanted) for one in sources]
    reports: list[Report] = []
    with talk(folder) as workspace:
        for one, columns in zip(sources, chosen, strict=True):
            if not json:
                _say_columns(one, columns.shown())
            with _bar(one) as seen:
                report = import_file(
                    workspace, one, columns, folder=folder, dry_run=dry_run, again=again, seen=seen
                )
            reports.append(report)
            if not json:
                _say_report(report)
    if json:
        print_json({"files": [_as_json(report) for report in reports]})
    if any(report.refused for report in reports):
        raise SystemExit(INVALID)


def _pair(text: str) -> tuple[str, str]:
    name, mark, column = text.partition("=")
    if not mark or not name or not column:
        raise InvalidInput(f"{text!r} is no NAME=COLUMN", code="invalid_columns")
    return name, column


def _say_columns(source: Source, shown: dict[str, str]) -> None:
    say(f"{source.path.name} ({source.format}):")
    for part, origin in shown.items():
        say(f"  {part}: {origin}")


def _say_report(report: Report) -> None:
    if report.already_imported:
        say(f"imported before: {report.rows:,} rows, {report.stored:,} stored (--again sends them again)")
        return
    if report.resumed_after:
        say(f"went on after row {report.resumed_after:,}")
    for text in report.problems:
        say(f"{'would be refused' if report.dry_run else 'refused'}: {text}")
    if report.refused > len(report.problems):
        say(f"… and {report.refused - len(report.problems):,} more")
    _say_most("of a type that no meter reads", report.unmatched_types)
    _say_most("of a subject that is nobody's yet", report.unattributed_subjects)
    pace = f"{report.seconds:.1f} s, {report.rows_per_second:,} rows/s"
    if report.dry_run:
        verdict = f"{report.stored:,} good, {report.refused:,} would be refused"
        say(f"{report.rows:,} rows: {verdict}; nothing is written ({pace})")
        return
    where = f", see {report.rejected_file}" if report.rejected_file else ""
    say(
        f"{report.rows:,} rows: {report.stored:,} stored, {report.duplicates:,} were there already, "
        f"{report.refused:,} refused{where} ({pace})"
    )


def _say_most(what: str, counts: Any) -> None:
    if counts:
        most = ", ".join(f"{name or '(none)'} {count:,}" for name, count in counts.most_common(_SHOWN_MAX))
        say(f"{sum(counts.values()):,} {what}: {most}")


def _as_json(report: Report) -> dict[str, Any]:
    said = {one.name: getattr(report, one.name) for one in fields(report)}
    return {**said, "seconds": round(report.seconds, 3), "rows_per_second": report.rows_per_second}


@contextmanager
def _bar(source: Source) -> Iterator[Callable[[int], None]]:
    """What is told how many bytes are read: a bar on standard error, where a person watches."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns: Sequence[Any] = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(source.path.name, total=source.size)
        yield lambda size: progress.update(task, completed=size)
