"""Which column of a file becomes which part of an event: named by a person, or found by its heading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from steelyard.entrypoints.importing.moments import moment_of
from steelyard.entrypoints.importing.source import Row, Source
from steelyard.kernel import InvalidInput, Problem
from steelyard.kernel.period import zone

DEFAULT_SOURCE: Final = "import"
CONSTANT: Final = "="
"""What stands before a text that every row has, in place of a column."""

USUAL: Final[Mapping[str, tuple[str, ...]]] = {
    "type": ("type", "event_type", "event_name", "code", "event"),
    "id": ("id", "event_id", "transaction_id", "identifier", "uuid", "idempotency_key"),
    "subject": (
        "subject",
        "external_subscription_id",
        "external_customer_id",
        "stripe_customer_id",
        "customer_id",
        "account_id",
        "account",
        "user_id",
        "user",
    ),
    "time": ("time", "timestamp", "occurred_at", "event_time", "datetime", "created_at", "date"),
    "source": ("source",),
}
"""Headings by which a part of an event is found, the likeliest first."""

MORE: Final = (
    "feature",
    "integration",
    "agent",
    "team",
    "role",
    "environment",
    "customer",
    "cost",
    "currency",
)
"""Further parts of an event, found by their own names."""

WHOLE: Final = ("data", "properties", "payload")
"""Headings of a column that holds the data of its event as JSON."""

_ENVELOPE: Final = frozenset({"specversion", "datacontenttype", "dataschema"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person asked for: a column or `=text` for each part, and members of data by column."""

    parts: Mapping[str, str] = field(default_factory=dict[str, str])
    data: Mapping[str, str] = field(default_factory=dict[str, str])
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where each part of an event comes from, and the members of its data.

    Where one column is the data as a whole, `whole` names it.
    """

    parts: Mapping[str, str]
    constants: Mapping[str, str]
    data: Mapping[str, str]
    whole: str
    zone: ZoneInfo

    def shown(self) -> dict[str, str]:
        """What a person is shown before anything happens."""
        found = {part: f"column {column}" for part, column in self.parts.items()}
        found |= {part: f"always {text!r}" for part, text in self.constants.items()}
        found.setdefault("id", "made of the file's content and the row's number")
        found.setdefault("time", "the time of import")
        found.setdefault("source", f"always {DEFAULT_SOURCE!r}")
        members = ", ".join(
            name if name == column else f"{name} = {column}" for name, column in self.data.items()
        )
        found["data"] = f"column {self.whole}" if self.whole else members or "none"
        return found

    def event_of(self, row: Row, digest: str) -> bytes | Problem:
        """The event of a row as JSON, or why it is none."""
        said: dict[str, Any] = {"id": f"{digest[:24]}-{row.number}", "source": DEFAULT_SOURCE}
        said |= self.constants
        for part, column in self.parts.items():
            text = _text(row.values.get(column))
            if part == "time" and text:
                moment = moment_of(text, self.zone)
                if moment is None:
                    message = f"{text[:60]!r} is no time; write it as 2026-11-01T00:00:00Z"
                    return Problem(code="not_a_time", message=message, field=column)
                text = moment
            if text:
                said[part] = text
        data = self._data(row)
        if isinstance(data, Problem):
            return data
        if data is not None:
            said["data"] = data
        try:
            return msgspec.json.encode(said)
        except UnicodeEncodeError:
            return Problem(code="invalid_utf8", message="the row is not UTF-8")
        except (TypeError, ValueError, OverflowError) as error:
            return Problem(code="wrong_type", message=f"a value has no form in JSON: {error}")

    def _data(self, row: Row) -> Any:
        if self.whole:
            return _whole(row.values.get(self.whole), self.whole)
        members: dict[str, Any] = {}
        for name, column in self.data.items():
            value = row.values.get(column)
            if value is not None and value != "":
                members[name] = value
        return members or None


def _whole(value: Any, column: str) -> Any:
    """A cell that is the data of its event: JSON, be it as text."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        return Problem(code="malformed_json", message=f"the cell is not JSON: {error}", field=column)
    return msgspec.Raw(value.encode())


def _text(value: Any) -> str:
    """A cell as the text of a part of an event; blank where there is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, msgspec.Raw):
        plain = bytes(value)
        if plain[:1] == b'"':
            return msgspec.json.decode(plain, type=str)
        return "" if plain == b"null" else plain.decode()
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep="T")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def detect(source: Source, wanted: Wanted) -> Columns:
    """Where each part of an event comes from in this file.

    Raises InvalidInput with every column that was named and is not there, and where no type can be found.
    """
    problems: list[Problem] = []
    constants: dict[str, str] = {}
    parts: dict[str, str] = {}
    for part, named in wanted.parts.items():
        if named.startswith(CONSTANT):
            constants[part] = named[1:]
        elif named in source.columns:
            parts[part] = named
        else:
            problems.append(_no_column(part, named, source))
    for part in (*USUAL, *MORE):
        if part not in parts and part not in constants:
            found = next((one for one in _candidates(part, source) if one not in parts.values()), None)
            if found is not None:
                parts[part] = found
    problems += [_no_column(n, c, source) for n, c in wanted.data.items() if c not in source.columns]
    if "type" not in (*parts, *constants, *wanted.parts):
        message = "no column says what happened; name one with --type COLUMN, or give --type =NAME for all"
        problems.append(
            Problem(code="missing_field", message=message, field="type", allowed=", ".join(source.columns))
        )
    if problems:
        raise InvalidInput(
            f"{source.path.name} cannot be imported so", code="invalid_columns", problems=tuple(problems)
        )
    data, whole = _data_of(source, wanted, parts)

    return Columns(parts=parts, constants=constants, data=data, whole=whole, zone=zone(wanted.timezone))


def _candidates(part: str, source: Source) -> list[str]:
    by_name = {column.lower().replace(" ", "_").replace("-", "_"): column for column in source.columns}
    return [by_name[name] for name in USUAL.get(part, (part,)) if name in by_name]


def _data_of(source: Source, wanted: Wanted, parts: Mapping[str, str]) -> tuple[dict[str, str], str]:
    if wanted.data:
        return dict(wanted.data), ""
    whole = next((name for name in WHOLE if name in source.columns and name not in parts.values()), "")
    if whole:
        return {}, whole
    taken = {*parts.values(), *_ENVELOPE}
    return {column: column for column in source.columns if column not in taken}, ""


def _no_column(part: str, named: str, source: Source) -> Problem:
    return Problem(
        code="unknown_column",
        message=f"there is no column {named!r}; a text for all rows is written ={named}",
        field=part,
        allowed=", ".join(source.columns),
    )
