"""Reading what was sent: every mistake at once, each with its place, unknown fields with a suggestion."""

from __future__ import annotations

import ast
import re
from difflib import get_close_matches
from functools import cache
from types import UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from steelyard.entrypoints.api.bounds import out_of_bounds
from steelyard.entrypoints.api.wording import choices, in_words
from steelyard.kernel.errors import InvalidInput, Problem

T = TypeVar("T")
_MAP_LENGTH_MAX: Final = 10_000
_DEEP: Final = re.compile(r"^(?P<name>[^\[\]]+)\[(?P<key>[^\[\]]+)\]$")
_PLACE: Final = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")


def read_body(body: bytes, shape: type[T]) -> T:
    """The shape that JSON bytes stand for.

    Raises InvalidInput: `not_readable` when it is no JSON, else `invalid_body` with every mistake.

    >>> from steelyard.entrypoints.api.shapes.health import Health
    >>> read_body(b'{"status":"ok","version":"1"}', Health)
    Health(status='ok', version='1')
    >>> try:
    ...     read_body(b'{"statsu":"ok","version":1}', Health)
    ... except InvalidInput as error:
    ...     [str(one) for one in error.problems]  # doctest: +ELLIPSIS
    ['statsu: there is no such field; did you mean status?', 'version: must be a text, ...', ...]
    """
    try:
        return _within_bounds(msgspec.json.decode(body, type=shape), "body", "invalid_body")
    except (msgspec.ValidationError, RecursionError):
        pass
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise InvalidInput(f"the body is not readable as JSON: {error}", code="not_readable") from None
    try:
        tree = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"the body is not readable as JSON: {error}", code="not_readable") from None
    problems = tuple(mistakes(tree, shape))
    raise InvalidInput(_summary("body", problems), code="invalid_body", problems=problems)


def read_query(pairs: list[tuple[str, str]], shape: type[T]) -> T:
    """The shape of query parameters; lists repeat a name or use commas, maps are `f[k]=v` or JSON.

    Raises InvalidInput `invalid_parameter` with every mistake.
    """
    tree = _tree_of(pairs, shape)
    try:
        return _within_bounds(msgspec.convert(tree, type=shape, strict=False), "query", "invalid_parameter")
    except msgspec.ValidationError:
        problems = tuple(mistakes(tree, shape, strict=False))
        raise InvalidInput(_summary("query", problems), code="invalid_parameter", problems=problems) from None


def _within_bounds(read: T, what: str, code: str) -> T:
    problems = tuple(out_of_bounds(read))
    if problems:
        raise InvalidInput(_summary(what, problems), code=code, problems=problems)
    return read


def _tree_of(pairs: list[tuple[str, str]], shape: type[Any]) -> dict[str, Any]:
    containers = _containers(shape)
    tree: dict[str, Any] = {}
    for name, value in pairs:
        deep = _DEEP.match(name)
        if deep and containers.get(deep["name"]) is dict:
            tree.setdefault(deep["name"], {})[deep["key"]] = value
        elif containers.get(name) is dict:
            tree[name] = _mapping_of(value)
        elif containers.get(name) in (list, tuple):
            tree.setdefault(name, []).extend(part for part in value.split(",") if part)
        else:
            tree[name] = value
    return tree


def _mapping_of(text: str) -> Any:
    """A map that came as one text: JSON, or as OpenMeter's Python client writes it; else the text itself."""
    if len(text) <= _MAP_LENGTH_MAX and text.startswith("{"):
        for read in (msgspec.json.decode, ast.literal_eval):
            try:
                found = read(text)
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
            if isinstance(found, dict):
                return found
    return text


@cache
def _containers(shape: type[Any]) -> dict[str, type | None]:
    return {field.encode_name: _container(field.type) for field in msgspec.structs.fields(shape)}


def mistakes(tree: Any, shape: Any, *, place: str = "", strict: bool = True) -> list[Problem]:
    """Every way in which a tree of plain values is not of the shape."""
    if _bare(shape) is msgspec.Raw:
        return []
    inner = _struct_of(shape)
    if inner is not None and isinstance(tree, dict):
        return _mistakes_of_struct(tree, inner, place=place, strict=strict)
    found = [
        mistake
        for where, value, item in _parts(tree, shape, place)
        for mistake in mistakes(value, item, place=where, strict=strict)
    ]
    return found or _mistakes_of_whole(tree, shape, place=place, strict=strict)


def _parts(tree: Any, shape: Any, place: str) -> list[tuple[str, Any, Any]]:
    """What a list or a map holds: where each value stands, the value, and the shape that it must have."""
    items, values = _held(shape, (list, tuple)), _held(shape, (dict,))
    if items and isinstance(tree, list):
        return [(f"{place}[{number}]", value, items[0]) for number, value in enumerate(tree)]
    if len(values) > 1 and isinstance(tree, dict):
        return [(f"{place}.{name}" if place else name, value, values[1]) for name, value in tree.items()]
    return []


def _mistakes_of_whole(tree: Any, shape: Any, *, place: str, strict: bool) -> list[Problem]:
    try:
        msgspec.convert(tree, type=shape, strict=strict)
    except msgspec.ValidationError as error:
        text = str(error)
        where = _PLACE.search(text)
        inside = where["path"] if where else ""
        field = f"{place}.{inside}" if place and inside and not inside.startswith("[") else place + inside
        message = in_words(_PLACE.sub("", text))
        allowed = choices(_bare(shape)) if text.startswith("Invalid enum") and not inside else ""
        return [Problem(code="invalid_value", message=message, field=field, allowed=allowed)]
    return []


def _mistakes_of_struct(tree: dict[str, Any], shape: Any, *, place: str, strict: bool) -> list[Problem]:
    found: list[Problem] = []
    fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    hints = get_type_hints(shape, include_extras=True)
    for name, value in tree.items():
        where = f"{place}.{name}" if place else name
        if name in fields:
            found += mistakes(value, hints[fields[name].name], place=where, strict=strict)
        elif shape.__struct_config__.forbid_unknown_fields:
            found.append(_unknown(name, where, list(fields)))
    for name, field in fields.items():
        if field.required and name not in tree:
            where = f"{place}.{name}" if place else name
            found.append(Problem(code="missing_field", message="is required", field=where))
    return found


def _unknown(name: str, where: str, known: list[str]) -> Problem:
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    allowed = "" if near else ", ".join(sorted(known)) or "nothing"
    return Problem(
        code="unknown_field", message=f"there is no such field{hint}", field=where, allowed=allowed
    )


def _arms(shape: Any) -> tuple[Any, ...]:
    origin = get_origin(shape)
    if origin is UnionType or origin is Union:
        return tuple(arm for arm in get_args(shape) if arm is not type(None))
    return (shape,)


def _bare(shape: Any) -> Any:
    while hasattr(shape, "__metadata__"):
        shape = shape.__origin__
    return shape


def _struct_of(shape: Any) -> Any:
    arms = _arms(_bare(shape))
    one = _bare(arms[0]) if len(arms) == 1 else None
    return one if isinstance(one, type) and issubclass(one, msgspec.Struct) else None


def _held(shape: Any, kinds: tuple[type, ...]) -> tuple[Any, ...]:
    arms = _arms(_bare(shape))
    one = _bare(arms[0]) if len(arms) == 1 else None
    return get_args(one) if get_origin(one) in kinds else ()


def _container(shape: Any) -> type | None:
    one = _bare(_arms(_bare(shape))[0])
    origin = get_origin(one) or one
    return origin if origin in (list, tuple, dict) else None


def _summary(what: str, problems: tuple[Problem, ...]) -> str:
    count = len(problems)
    return (
        f"the {what} has {'a mistake' if count == 1 else f'{count} mistakes'}: {problems[0]}" if count else ""
    )
