"""How a failure leaves the command line: one line in words, and the exit code of its kind."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Final, NoReturn

from steelyard.client import ProblemError
from steelyard.kernel.errors import (
    Conflict,
    DamagedRecord,
    InvalidInput,
    NotFound,
    Refused,
    SteelyardError,
    Unavailable,
)

if TYPE_CHECKING:
    from cyclopts import CycloptsError

OK: Final = 0
USAGE: Final = 2
INVALID: Final = 3
REFUSED: Final = 4
CONFLICT: Final = 5
UNAVAILABLE: Final = 6

_CODES: Final = (
    (InvalidInput, INVALID),
    (DamagedRecord, INVALID),
    (NotFound, INVALID),
    (Refused, REFUSED),
    (Conflict, CONFLICT),
    (Unavailable, UNAVAILABLE),
)
_CODE_OF_STATUS: Final = {0: UNAVAILABLE, 401: REFUSED, 403: REFUSED, 409: CONFLICT, 503: UNAVAILABLE}


def exit_code(error: Exception) -> int:
    """The exit code of a failure.

    >>> exit_code(Refused("no")), exit_code(ProblemError(409, {})), exit_code(OSError("disk full"))
    (4, 5, 6)
    """
    if isinstance(error, ProblemError):
        return _CODE_OF_STATUS.get(error.status, UNAVAILABLE if error.status >= 500 else INVALID)
    if isinstance(error, SteelyardError):
        return next((code for kind, code in _CODES if isinstance(error, kind)), UNAVAILABLE)
    return UNAVAILABLE


def leave(error: Exception) -> NoReturn:
    """Say what happened and end; with STEELYARD_TRACEBACK set, show where as well."""
    if os.environ.get("STEELYARD_TRACEBACK"):
        import traceback

        traceback.print_exception(error)
    for line in sentences(error):
        sys.stderr.write(line + "\n")
    sys.exit(exit_code(error))


def sentences(error: Exception) -> list[str]:
    """What happened, and each single mistake on a line of its own.

    >>> sentences(Refused("this key may not do that"))
    ['steelyard: this key may not do that']
    """
    if isinstance(error, ProblemError):
        return _with_singles(error.detail, [_item_line(item) for item in error.errors])
    if isinstance(error, SteelyardError):
        return _with_singles(error.message, [f"  {problem}" for problem in error.problems])
    if isinstance(error, OSError):
        place = f" ({error.filename})" if error.filename else ""
        return [f"steelyard: {error.strerror or error}{place}"]
    return [
        f"steelyard: an unexpected fault: {type(error).__name__}: {error}; set STEELYARD_TRACEBACK=1 for more"
    ]


def _with_singles(whole: str, singles: list[str]) -> list[str]:
    """What happened, and each mistake; one that the first line says already is not said twice."""
    said = len(singles) == 1 and singles[0].strip() in whole
    return [f"steelyard: {whole}", *([] if said else singles)]


def unreadable(error: CycloptsError) -> str:
    """Why the command line cannot be read, with what the command needs."""
    from cyclopts.exceptions import CoercionError, MissingArgumentError, UnusedCliTokensError

    words = f"steelyard {' '.join(error.command_chain or ())}".strip()
    hint = f"(see {words} --help)"
    if isinstance(error, MissingArgumentError) and error.argument is not None and not error.argument.tokens:
        name = error.argument.name
        return f"steelyard: {name if name.startswith('-') else name.upper()} is missing {hint}"
    if isinstance(error, UnusedCliTokensError):
        return f"steelyard: it takes no further {' '.join(error.unused_tokens or ())!r} {hint}"
    if isinstance(error, CoercionError) and error.target_type is datetime and error.token is not None:
        text = error.token.value
        return (
            f"steelyard: {text!r} is no day or moment; write it like 2026-11-01 or 2026-11-01T09:30Z {hint}"
        )
    return f"steelyard: {' '.join(str(error).split())} {hint}"


def _item_line(item: dict[str, object]) -> str:
    file = f"{item['file']}:{item.get('line', 0)}: " if item.get("file") else ""
    index = f"event {item['index']}: " if item.get("index") is not None else ""
    field = f"{item['field']}: " if item.get("field") else ""
    allowed = f" (allowed: {item['allowed']})" if item.get("allowed") else ""
    return f"  {file}{index}{field}{item.get('message', '')}{allowed}"
