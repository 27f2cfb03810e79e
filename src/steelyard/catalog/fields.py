"""The kinds of fields and the tables of fields: what a catalog may say, stated once.

The reader, its messages and the JSON Schema all follow from the same tables, so they cannot disagree.
A kind reads one value and gives `WRONG` where it noted a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, cast

from steelyard.catalog.source import Path, Reading, allowed_names, did_you_mean
from steelyard.kernel import InvalidInput, is_currency, parse_decimal, plain

MISSING: Final = object()
WRONG: Final = object()

_KEY = re.compile(r"[a-z0-9](?:[a-z0-9._+-]{0,62}[a-z0-9+])?")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: how it reads, and its JSON Schema."""

    read: Callable[[Reading, Path, Any], Any]
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a noun: name, kind, whether it must be there, and what it means."""

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class Noun:
    """A record of the catalog: its name in words and its fields."""

    name: str
    fields: tuple[Field, ...]
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def one(self) -> str:
        """The name with its article.

        >>> Noun("plan", ()).one, Noun("event type", ()).one
        ('a plan', 'an event type')
        """
        return f"{'an' if self.name[0] in 'aeio' else 'a'} {self.name}"

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the record."""
        properties = {f.name: {**f.kind.schema, "description": f.meaning} for f in self.fields}
        required = [f.name for f in self.fields if f.required]
        return {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
            **self.extra,
        }


def read_noun(reading: Reading, noun: Noun, path: Path, value: Any) -> dict[str, Any] | None:
    """The fields of a record by name, defaults filled in, mistaken ones as WRONG; None if it is no mapping.

    Unknown fields and missing ones are noted, with the field that was probably meant.
    """
    if not isinstance(value, Mapping):
        reading.wrong(path, "wrong_type", f"{noun.one} is a mapping of fields, not {describe(value)}")
        return None
    given = cast("Mapping[str, Any]", value)
    known = [f.name for f in noun.fields]
    for name in given:
        if name not in known:
            message = f"{noun.one} has no field {name!r}{did_you_mean(str(name), known)}"
            reading.wrong((*path, name), "unknown_field", message, allowed=allowed_names(known, at_most=40))
    result: dict[str, Any] = {}
    for f in noun.fields:
        if given.get(f.name) is not None:
            result[f.name] = f.kind.read(reading, (*path, f.name), given[f.name])
        elif f.required:
            reading.wrong(path, "missing_field", f"this {noun.name} has no {f.name!r}: {f.meaning}")
            result[f.name] = WRONG
        else:
            result[f.name] = f.default
    return result


def is_right(*values: Any) -> bool:
    """Whether none of the values was noted as a mistake.

    >>> is_right("a", None), is_right("a", WRONG)
    (True, False)
    """
    return all(value is not WRONG for value in values)


def describe(value: Any) -> str:
    """What a value is, for a message.

    >>> describe([1]), describe("x"), describe(None)
    ('a list', "'x'", 'nothing')
    """
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    return repr(plain(value) if isinstance(value, Decimal) else value)[:80]


def _text(reading: Reading, path: Path, value: Any) -> Any:
    if isinstance(value, str) and value.strip():
        return value.strip()
    reading.wrong(path, "wrong_type", f"this is a text, not {describe(value)}")
    return WRONG


def _key(reading: Reading, path: Path, value: Any) -> Any:
    if isinstance(value, str) and _KEY.fullmatch(value):
        return value
    allowed = "1 to 64 of a-z 0-9 . _ - +, beginning with a letter or digit"
    reading.wrong(path, "bad_key", f"{describe(value)} cannot be a key", allowed=allowed)
    return WRONG


def _bool(reading: Reading, path: Path, value: Any) -> Any:
    if isinstance(value, bool):
        return value
    reading.wrong(path, "wrong_type", f"this is true or false, not {describe(value)}", allowed="true, false")
    return WRONG


def _scalar(reading: Reading, path: Path, value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return plain(Decimal(value))
    return _text(reading, path, value)


def _currency(reading: Reading, path: Path, value: Any) -> Any:
    if isinstance(value, str) and is_currency(value):
        return value
    allowed = "an ISO 4217 code in capitals, such as USD, EUR, JPY"
    reading.wrong(path, "unknown_currency", f"{describe(value)} is not a currency", allowed=allowed)
    return WRONG


TEXT: Final = Kind(_text, {"type": "string", "minLength": 1})
KEY: Final = Kind(_key, {"type": "string", "pattern": f"^{_KEY.pattern}$"})
BOOL: Final = Kind(_bool, {"type": "boolean"})
SCALAR: Final = Kind(_scalar, {"type": ["string", "number", "boolean"]})
CURRENCY: Final = Kind(_currency, {"type": "string", "pattern": "^[A-Z]{3}$"})
_NUMBER_SCHEMA: Final = {"type": ["string", "number"], "pattern": r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"}


def decimal(
    *, at_least: Decimal | None = None, above: Decimal | None = None, at_most: Decimal | None = None
) -> Kind:
    """An exact number within bounds."""

    def read(reading: Reading, path: Path, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
            reading.wrong(path, "not_a_number", f"{describe(value)} is not a number")
            return WRONG
        try:
            number = parse_decimal(value)
        except InvalidInput as error:
            reading.wrong(path, error.detail_code, error.message)
            return WRONG
        if at_least is not None and number < at_least:
            reading.wrong(
                path, "out_of_range", f"{plain(number)} is too small", allowed=f"{at_least} or more"
            )
            return WRONG
        if above is not None and number <= above:
            reading.wrong(path, "out_of_range", f"{plain(number)} is too small", allowed=f"more than {above}")
            return WRONG
        if at_most is not None and number > at_most:
            allowed = f"{plain(at_most)} or less"
            reading.wrong(path, "out_of_range", f"{plain(number)} is too large", allowed=allowed)
            return WRONG
        return number

    return Kind(read, _NUMBER_SCHEMA)


def whole(*, at_least: int, at_most: int) -> Kind:
    """A whole number within bounds."""

    def read(reading: Reading, path: Path, value: Any) -> Any:
        number = decimal().read(reading, path, value)
        if number is WRONG:
            return WRONG
        if number != number.to_integral_value() or not at_least <= number <= at_most:
            allowed = f"a whole number from {at_least} to {at_most}"
            reading.wrong(path, "out_of_range", f"{plain(number)} does not fit", allowed=allowed)
            return WRONG
        return int(number)

    return Kind(read, {"type": ["integer", "string"], "minimum": at_least, "maximum": at_most})


def one_of(choices: type[StrEnum]) -> Kind:
    """One of the words of an enumeration."""
    words = [choice.value for choice in choices]

    def read(reading: Reading, path: Path, value: Any) -> Any:
        if isinstance(value, str) and value in words:
            return choices(value)
        hint = did_you_mean(value, words) if isinstance(value, str) else ""
        message = f"{describe(value)} is not one of the words allowed here{hint}"
        reading.wrong(path, "not_allowed", message, allowed=", ".join(words))
        return WRONG

    return Kind(read, {"enum": words})


def list_of(kind: Kind, *, whole: bool = False) -> Kind:
    """A list, each item of the kind; mistaken items are left out after they were noted.

    `whole` is for lists that mean nothing without all their items: one mistake makes all of it wrong.
    """

    def read(reading: Reading, path: Path, value: Any) -> Any:
        if not isinstance(value, Sequence) or isinstance(value, str):
            reading.wrong(path, "wrong_type", f"this is a list, not {describe(value)}")
            return WRONG
        items = cast("Sequence[Any]", value)
        read_items = [kind.read(reading, (*path, index), item) for index, item in enumerate(items)]
        if whole and not is_right(*read_items):
            return WRONG
        return tuple(item for item in read_items if item is not WRONG)

    return Kind(read, {"type": "array", "items": dict(kind.schema)})


def one_or_many(kind: Kind, *, whole: bool = False) -> Kind:
    """One value, or a list of them; always read as a tuple. `whole` as in `list_of`."""

    def read(reading: Reading, path: Path, value: Any) -> Any:
        if isinstance(value, Sequence) and not isinstance(value, str):
            return list_of(kind, whole=whole).read(reading, path, value)
        item = kind.read(reading, path, value)
        return WRONG if item is WRONG else (item,)

    return Kind(read, {"anyOf": [dict(kind.schema), {"type": "array", "items": dict(kind.schema)}]})


def mapping_to(kind: Kind) -> Kind:
    """A mapping from names to values of the kind; mistaken values are left out after they were noted."""

    def read(reading: Reading, path: Path, value: Any) -> Any:
        if not isinstance(value, Mapping):
            reading.wrong(path, "wrong_type", f"this is a mapping, not {describe(value)}")
            return WRONG
        given = cast("Mapping[str, Any]", value)
        items = {name: kind.read(reading, (*path, name), item) for name, item in given.items()}
        return {str(name): item for name, item in items.items() if item is not WRONG}

    return Kind(read, {"type": "object", "additionalProperties": dict(kind.schema)})


def record(noun: Noun, build: Callable[[Reading, Path, dict[str, Any]], Any]) -> Kind:
    """A nested record, built from its fields once they are read."""

    def read(reading: Reading, path: Path, value: Any) -> Any:
        values = read_noun(reading, noun, path, value)
        return WRONG if values is None else build(reading, path, values)

    return Kind(read, noun.schema())
