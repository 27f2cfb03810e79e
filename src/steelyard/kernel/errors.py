"""The one tree of exceptions, for broken promises; expected refusals are returned values instead.

    SteelyardError
    ├── InvalidInput       what was given cannot be read; carries every problem at once
    ├── NotFound           what was named does not exist in this workspace
    ├── Conflict           the world changed meanwhile, or the same key came with another body
    ├── Refused            the asker may not do this
    ├── Unavailable        a part that is needed does not answer; trying again can help
    └── DamagedRecord      stored bytes do not verify; nothing may be built on them

Each class has a stable `code`, which the HTTP interface and the command line pass on unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in what was given: what, where, and what would be allowed.

    >>> print(Problem(code="unknown_currency", message="ABX is no currency", file="plans.yaml", line=3))
    plans.yaml:3: ABX is no currency
    """

    code: str
    message: str
    field: str = ""
    file: str = ""
    line: int = 0
    allowed: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.file else ""
        field = f"{self.field}: " if self.field else ""
        allowed = f" (allowed: {self.allowed})" if self.allowed else ""
        return f"{place}{field}{self.message}{allowed}"


class SteelyardError(Exception):
    """The root of the tree: a broken promise with a stable code, and the single problems behind it."""

    code: ClassVar[str] = "internal_error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, code: str = "", problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.detail_code = code or self.code
        self.problems = problems


class InvalidInput(SteelyardError):
    """What was given cannot be read or breaks a rule; `problems` names every place."""

    code = "invalid_input"


class NotFound(SteelyardError):
    """What was named does not exist in this workspace."""

    code = "not_found"


class Conflict(SteelyardError):
    """A precondition no longer holds, or an idempotency key came back with another body."""

    code = "conflict"


class Refused(SteelyardError):
    """The asker may not do this; the reason is in the message."""

    code = "refused"


class Unavailable(SteelyardError):
    """A part that is needed does not answer now; the same request may succeed later."""

    code = "unavailable"
    retryable = True


class DamagedRecord(SteelyardError):
    """Stored bytes do not verify; the message says which entry."""

    code = "damaged_record"
