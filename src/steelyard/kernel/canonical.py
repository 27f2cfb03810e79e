"""Canonical encoding: equal values give equal bytes, so that a hash of a value means something.

The form is JSON with sorted keys and no blanks; Decimals are plain strings (`1E+3` and `1000.0` are both
`"1000"`), instants are RFC 3339 in UTC. Floats are refused: they have no one spelling. JSON text that is
already made (`msgspec.Raw`, such as an event as a client sent it) stays as it is, byte for byte.

A record may grow without changing what was hashed before: a field marked `LATER` is left out while it holds
its default.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Any, Final, TypeVar, overload

import msgspec

from steelyard.kernel.errors import InvalidInput
from steelyard.kernel.exact import plain
from steelyard.kernel.period import iso

T = TypeVar("T")

LATER: Final[Mapping[str, bool]] = {"later": True}
"""The metadata of a dataclass field that came after records of its type were first hashed.

A struct names such fields in `later_fields: ClassVar[tuple[str, ...]]`. While such a field holds its
default it is no part of the encoding, so catalog ids, evidence and what the record tells keep their bytes.
"""

_NOTHING: Final = object()

_encoder = msgspec.json.Encoder(order="deterministic")


def encode(value: Any) -> bytes:
    """The canonical bytes of a value made of records, mappings, lists, text, whole numbers and Decimals.

    >>> encode({"b": Decimal("2.50"), "a": [True, None, 1]})
    b'{"a":[true,null,1],"b":"2.5"}'
    """
    return _encoder.encode(to_builtins(value))


def to_builtins(value: Any) -> Any:
    """The value as plain JSON types, Decimals and instants already in their canonical text.

    >>> to_builtins({"at": datetime.fromisoformat("2026-11-01T00:00:00+00:00"), "n": Decimal("1.0")})
    {'at': '2026-11-01T00:00:00Z', 'n': '1'}
    """
    return _way(value.__class__)(value)


@functools.cache
def _way(type_: Any) -> Callable[[Any], Any]:
    """How values of the type become plain."""
    if issubclass(type_, Enum):
        return _enum if issubclass(type_, (int, str)) else lambda value: to_builtins(value.value)
    if issubclass(type_, (NoneType, bool, int, str, msgspec.Raw)):
        return _as_it_is
    if issubclass(type_, Decimal):
        return plain
    if issubclass(type_, datetime):
        return iso
    if issubclass(type_, date):
        return date.isoformat
    if issubclass(type_, Mapping):
        return _mapping
    if issubclass(type_, (list, tuple)):
        return lambda value: [to_builtins(item) for item in value]
    if issubclass(type_, (set, frozenset)):
        return lambda value: sorted((to_builtins(item) for item in value), key=_encoder.encode)
    if issubclass(type_, msgspec.Struct):
        return _struct_to_builtins
    if dataclasses.is_dataclass(type_):
        known = _record_fields(type_)
        return lambda value: _fields(value, known)
    if issubclass(type_, (bytes, bytearray)):
        return lambda value: bytes(value).hex()
    raise InvalidInput(f"a {type_.__name__} has no canonical encoding", code="not_canonical")


def _as_it_is(value: Any) -> Any:
    return value


def _enum(value: Any) -> Any:
    return value.value


def _mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(to_builtins(key)): to_builtins(item) for key, item in value.items()}


def _struct_to_builtins(value: msgspec.Struct) -> dict[str, Any]:
    config = value.__struct_config__
    fields = _fields(value, _struct_fields(type(value)))
    if config.tag_field is not None and config.tag is not None:
        fields[config.tag_field] = config.tag
    return fields


def _fields(value: Any, known: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    """The fields as plain types, without those that came later and hold the value they had until then."""
    fields: dict[str, Any] = {}
    for name, left_out_at in known:
        item = getattr(value, name)
        if left_out_at is _NOTHING or item != left_out_at:
            fields[name] = to_builtins(item)
    return fields


@functools.cache
def _record_fields(type_: Any) -> tuple[tuple[str, Any], ...]:
    """The fields of a dataclass, each with the value at which it is left out."""
    return tuple(
        (field.name, _default(field) if "later" in field.metadata else _NOTHING)
        for field in dataclasses.fields(type_)
    )


@functools.cache
def _struct_fields(type_: Any) -> tuple[tuple[str, Any], ...]:
    """The fields of a struct, each with the value at which it is left out; `later_fields` names them."""
    later = getattr(type_, "later_fields", ())
    found = {field.name: field for field in msgspec.structs.fields(type_)}
    return tuple(
        (name, _default(found[name]) if name in later else _NOTHING) for name in type_.__struct_fields__
    )


def _default(field: Any) -> Any:
    factory = field.default_factory
    return field.default if factory in (dataclasses.MISSING, msgspec.NODEFAULT) else factory()


@overload
def decode(data: bytes | str) -> Any: ...
@overload
def decode(data: bytes | str, type: type[T]) -> T: ...
def decode(data: bytes | str, type: Any = Any) -> Any:
    """The value that JSON bytes stand for, as the given type (Decimals from text, instants aware).

    Raises InvalidInput with the place of the first mistake.

    >>> decode(b'{"a":[1]}')
    {'a': [1]}
    """
    try:
        return msgspec.json.decode(data, type=type)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise InvalidInput(f"not readable: {error}", code="not_readable") from None


def digest(value: Any) -> bytes:
    """SHA-256 of the canonical bytes.

    >>> digest({"a": 1}) == digest({"a": 1}), len(digest(None))
    (True, 32)
    """
    return hashlib.sha256(encode(value)).digest()
