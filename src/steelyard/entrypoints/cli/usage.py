"""`steelyard ingest`: usage events from a file."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, BinaryIO, Final

from cyclopts import Parameter

from steelyard.client import ProblemError
from steelyard.entrypoints.cli.failure import INVALID
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, Talk, talk
from steelyard.entrypoints.terminal import note, print_json, say
from steelyard.kernel.errors import InvalidInput

_LINES_A_REQUEST: Final = 2000
_BYTES_A_REQUEST: Final = 8 * 1024 * 1024
_TOLD_MAX: Final = 20


def ingest(
    file: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Store usage events from a file: one JSON object a line, or one JSON array; `-` is standard input.

    Parameters
    ----------
    file
        Lines of JSON, or an array; a name that ends in .gz is unpacked. Sending it again changes nothing.
    """
    accepted = duplicates = first = 0
    refused: list[str] = []
    with talk(folder) as workspace, _opened(file) as source:
        for content, content_type, count in _requests(source):
            got = _send(workspace, content, content_type, first, refused)
            accepted, duplicates, first = accepted + got[0], duplicates + got[1], first + count
            note(f"{accepted + duplicates:,} events …")
    if json:
        print_json(
            {"accepted": accepted, "duplicates": duplicates, "refused": len(refused), "errors": refused}
        )
    else:
        for text in refused[:_TOLD_MAX]:
            say(f"refused: {text}")
        if len(refused) > _TOLD_MAX:
            say(f"… and {len(refused) - _TOLD_MAX} more (--json lists all)")
        say(f"{accepted} events stored, {duplicates} were there already, {len(refused)} refused")
    if refused:
        raise SystemExit(INVALID)


def _opened(file: Path) -> BinaryIO:
    if str(file) == "-":
        return sys.stdin.buffer
    return gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb")  # type: ignore[return-value]


def _requests(source: BinaryIO) -> Iterator[tuple[bytes, str, int]]:
    head = source.readline()
    while head and head.isspace():
        head = source.readline()
    if head.lstrip()[:1] == b"[":
        yield from _parts_of_array(head + source.read())
        return
    pending = [head] if head else []
    size = len(head)
    for line in source:
        if len(pending) >= _LINES_A_REQUEST or (pending and size + len(line) > _BYTES_A_REQUEST):
            yield b"".join(pending), "application/x-ndjson", len(pending)
            pending, size = [], 0
        pending.append(line)
        size += len(line)
    if pending:
        yield b"".join(pending), "application/x-ndjson", len(pending)


def _parts_of_array(content: bytes) -> Iterator[tuple[bytes, str, int]]:
    import msgspec

    try:
        items = iter(msgspec.json.decode(content, type=list[msgspec.Raw]))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the file is not readable as JSON: {error}", code="not_readable") from None
    while part := list(islice(items, _LINES_A_REQUEST)):
        yield b"[" + b",".join(part) + b"]", "application/json", len(part)


def _send(
    workspace: Talk, content: bytes, content_type: str, first: int, refused: list[str]
) -> tuple[int, int]:
    try:
        return workspace.send_events(content, content_type)
    except ProblemError as error:
        if error.code != "events_refused":
            raise
        refused += [f"event {first + one['index']}: {one['message']}" for one in error.errors]
        return error.problem["accepted"], error.problem["duplicates"]
