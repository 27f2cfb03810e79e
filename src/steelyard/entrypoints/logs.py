"""What the server writes to its log: lines of text or of JSON, without personal data in either.

A line names endpoints and statuses, never paths, payloads, subjects or customers. Of an exception it names
the type and the places in the code, not the message: messages quote what was sent.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Literal

Format = Literal["text", "json"]

REQUESTS: Final = logging.getLogger("steelyard.request")
"""One line a request, at level INFO: endpoint, status, milliseconds."""

_ROOT: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_KNOWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_Trace = tuple[type[BaseException], BaseException, TracebackType | None]


def configure(form: Format) -> None:
    """Sends the process's log to standard error in this form; JSON has a line for each request."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    REQUESTS.setLevel(logging.INFO if form == "json" else logging.WARNING)


def places_of(error: BaseException) -> list[str]:
    """Where in the code an exception came from, innermost last, without what it says."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename.removeprefix(_ROOT)}:{frame.lineno} {frame.name}" for frame in frames]


def chain_of(error: BaseException | None) -> list[tuple[str, list[str]]]:
    """The types and places of an exception and of those that caused it."""
    found: list[tuple[str, list[str]]] = []
    while error is not None and len(found) < 10:
        kind = type(error)
        found.append((f"{kind.__module__}.{kind.__qualname__}", places_of(error)))
        error = error.__cause__ or error.__context__
    return found


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, whatever else the line carries."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        said |= {name: value for name, value in vars(record).items() if name not in _KNOWN}
        if record.exc_info:
            said["errors"] = [{"type": kind, "at": places} for kind, places in chain_of(record.exc_info[1])]
        return json.dumps(said, ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    """A line of text, and one more for each type of exception and place in the code."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatException(self, ei: Any) -> str:  # noqa: N802 - named by the library
        """Type and places of an exception."""
        return "\n".join(
            f"  {kind}\n" + "\n".join(f"    {place}" for place in places) for kind, places in chain_of(ei[1])
        )
