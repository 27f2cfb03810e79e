"""Schemas of event types: what `data` should look like, and what becomes of an event whose data does not.

A schema is JSON Schema, draft 2020-12, about the event's `data`; data that is absent or null counts as `{}`.
It is compiled once for each publication. Formats are annotations, as the draft has it, patterns run in linear
time, and references lead to places in the schema itself, never to another address.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

import jsonschema_rs
import msgspec

from steelyard.metering.model import EventType, OnMismatch, UsageEvent

SCHEMA_BYTES_MAX: Final = 64 * 1024
"""The longest schema that is taken, as JSON."""

FIELD_LENGTH_MAX: Final = 120

_META: Final = jsonschema_rs.Draft202012Validator(
    {"$ref": "https://json-schema.org/draft/2020-12/schema"}, offline=True
)
_encode: Final = msgspec.json.Encoder(order="deterministic", decimal_format="number").encode
_read: Final = msgspec.json.Decoder(float_hook=Decimal).decode
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError)


class SchemaProblem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a schema: the place in it, as a path, and why."""

    path: tuple[str | int, ...]
    message: str


class Mismatch(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What in an event's data its schema does not allow: the field, why, and what becomes of the event.

    The field alone stands in the stored event, so that events can be counted by it.
    """

    action: OnMismatch
    field: str
    message: str


def schema_text(value: Any) -> str:
    """A schema of plain values as its one canonical JSON text; Decimals become numbers.

    >>> schema_text({"type": "object", "minimum": Decimal("0.5")})
    '{"minimum":0.5,"type":"object"}'
    """
    return _encode(value).decode()


def schema_value(text: str) -> Any:
    """The plain values that a schema's text stands for; numbers with a point are Decimals."""
    return _read(text)


def schema_problems(value: Any) -> list[SchemaProblem]:
    """Everything that keeps plain values from being a schema of ours; nothing if they are one.

    >>> [problem.path for problem in schema_problems({"type": "objekt", "required": "n"})]
    [('required',), ('type',)]
    >>> schema_problems({"$ref": "https://example.com/schema"})[0].path
    ()
    """
    if not isinstance(value, dict):
        return [SchemaProblem(path=(), message="a schema is a mapping, such as {type: object}")]
    if len(_encode(value)) > SCHEMA_BYTES_MAX:
        return [SchemaProblem(path=(), message=f"a schema has at most {SCHEMA_BYTES_MAX} bytes as JSON")]
    found = [
        SchemaProblem(path=tuple(error.instance_path), message=_first_line(error.message))
        for error in _META.iter_errors(value)
    ]
    if not found:
        try:
            _compiled(value)
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            path = tuple(getattr(error, "instance_path", ()))
            found.append(SchemaProblem(path=path, message=_first_line(str(error))))
    return sorted(found, key=lambda problem: [str(part) for part in problem.path])


def _first_line(text: str) -> str:
    return text.partition("\n")[0][:300]


def _compiled(value: Any) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        value, offline=True, pattern_options=jsonschema_rs.RegexOptions(), mask="the value"
    )


def _instance(data: msgspec.Raw) -> Any:
    found = _read(data) if bytes(data) else None
    return {} if found is None else found


class EventSchema:
    """One event type's schema, compiled.

    >>> schema = EventSchema('{"properties":{"n":{"type":"integer"}},"required":["n"]}', OnMismatch.REJECT)
    >>> schema.fits(msgspec.Raw(b'{"n": 3}')), schema.fits(msgspec.Raw(b"null"))
    (True, False)
    >>> schema.mismatch(msgspec.Raw(b'{"n": "3"}')).field
    'data.n'
    """

    __slots__ = ("_validator", "action")

    def __init__(self, text: str, action: OnMismatch) -> None:
        """Compiles a schema that `schema_problems` has nothing against."""
        self._validator = _compiled(_read(text))
        self.action = action

    def fits(self, data: msgspec.Raw) -> bool:
        """Whether the data is as the schema says."""
        try:
            return self._validator.is_valid(_instance(data))
        except _UNREADABLE:
            return False

    def mismatch(self, data: msgspec.Raw) -> Mismatch | None:
        """The first thing that the schema does not allow, by its place; None where the data fits.

        The message does not repeat the value, which may be personal.
        """
        try:
            errors = list(self._validator.iter_errors(_instance(data)))
        except _UNREADABLE as error:
            return Mismatch(action=self.action, field="data", message=f"data cannot be read: {error}")
        if not errors:
            return None
        places = sorted((_field(error.instance_path), _first_line(error.message)) for error in errors)
        field, message = places[0]
        more = len(places) - 1
        also = f" (and {more} more)" if more else ""
        message = f"{field}: {message}, by the schema of this event type{also}"
        return Mismatch(action=self.action, field=field[:FIELD_LENGTH_MAX], message=message)


def _field(path: Iterable[str | int]) -> str:
    """A place in the data as people write it; control characters, which nobody can read, become `?`."""
    text = "data" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(mark if mark.isprintable() else "?" for mark in text)


class EventSchemas:
    """The schemas of all event types that have one.

    >>> kind = EventType(name="t", schema='{"required":["n"]}')
    >>> found = EventSchemas([kind]).mismatches([UsageEvent(source="s", id="1", type="t", time=0)])
    >>> found[0].message
    'data: "n" is a required property, by the schema of this event type'
    """

    __slots__ = ("_by_type",)

    def __init__(self, event_types: Iterable[EventType] = ()) -> None:
        """Compiles the schemas of these types."""
        self._by_type = {
            each.name: EventSchema(each.schema, each.on_mismatch) for each in event_types if each.schema
        }

    def get(self, event_type: str) -> EventSchema | None:
        """The schema of a type, or None where it has none."""
        return self._by_type.get(event_type)

    def keep_apart(self, event: UsageEvent) -> bool:
        """Whether the event's data do not fit and its type's owner wants such events in quarantine."""
        schema = self._by_type.get(event.type)
        return (
            schema is not None
            and schema.action is OnMismatch.QUARANTINE
            and schema.mismatch(event.data) is not None
        )

    def mismatches(self, events: Sequence[UsageEvent]) -> dict[int, Mismatch]:
        """What does not fit, by the place of its event; types without a schema cost nothing but a look."""
        by_type = self._by_type
        if not by_type or by_type.keys().isdisjoint({event.type for event in events}):
            return {}
        found: dict[int, Mismatch] = {}
        for number, event in enumerate(events):
            schema = by_type.get(event.type)
            if schema is not None and not schema.fits(event.data):
                mismatch = schema.mismatch(event.data)
                if mismatch is not None:
                    found[number] = mismatch
        return found
