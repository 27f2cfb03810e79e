"""What recent events of one type carry: every path into their data, how often it is there, and examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from steelyard.entrypoints.console.answers import Json
from steelyard.kernel import SteelyardError, parse_decimal

EXAMPLES_MAX = 3
FIELDS_MAX = 60
_DEPTH_MAX = 6
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenField:
    """One path that events carry: `share` is in how many of them in percent; `numbers` if all are numbers."""

    path: str
    share: int
    numbers: bool
    examples: tuple[str, ...]
    different: int

    @property
    def name(self) -> str:
        """The last part of the path, as a name for a dimension."""
        return self.path.rpartition(".")[2]


def fields_of(events: list[Json]) -> list[SeenField]:
    """The paths that these events carry, those that all of them have first; objects are looked into.

    >>> [
    ...     (f.path, f.share, f.numbers, f.examples)
    ...     for f in fields_of([{"data": {"n": 5}}, {"data": {"n": 7}}])
    ... ]
    [('$.n', 100, True, ('5', '7'))]
    >>> [f.path for f in fields_of([{"data": {"usage": {"tokens": 1}, "tags": ["a"]}}])]
    ['$.usage.tokens']
    """
    found: dict[str, list[Any]] = {}
    for event in events:
        for path, value in _leaves("$", event.get("data"), 0):
            found.setdefault(path, []).append(value)
    seen = [_field(path, values, len(events)) for path, values in found.items()]
    return sorted(seen, key=lambda field: (-field.share, not field.numbers))[:FIELDS_MAX]


def _leaves(path: str, value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and depth < _DEPTH_MAX:
        for name, child in value.items():
            if _PLAIN.fullmatch(str(name)):
                yield from _leaves(f"{path}.{name}", child, depth + 1)
    elif isinstance(value, (str, int, float, bool)) and path != "$":
        yield path, value


def _field(path: str, values: list[Any], events: int) -> SeenField:
    texts = list(dict.fromkeys(_text(value) for value in values))
    return SeenField(
        path=path,
        share=len(values) * 100 // max(1, events),
        numbers=all(_is_number(value) for value in values),
        examples=tuple(texts[:EXAMPLES_MAX]),
        different=len(texts),
    )


def _text(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, (int, float)):
        return True
    try:
        parse_decimal(value)
    except (SteelyardError, ValueError):
        return False
    return True
