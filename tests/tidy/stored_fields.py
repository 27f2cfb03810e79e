"""Which fields the stored records had when they were first stored, and which they have today.

`stored_fields.txt` has one type a line: its name, and the fields that its bodies have had from the beginning
(of an enumeration: its words). A line is never changed, only added: `python -m tests.tidy.stored_fields` adds
the types that are stored since.
"""

from __future__ import annotations

import dataclasses
import sys
import typing
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec

from steelyard.adapters.sql.tables import TABLES

FILE = Path(__file__).with_name("stored_fields.txt")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A stored type: all its fields today, and those that may be left out of a body."""

    fields: tuple[str, ...]
    later: frozenset[str] = frozenset()
    grows: bool = True

    @property
    def first(self) -> tuple[str, ...]:
        """The fields that every body has."""
        return tuple(name for name in self.fields if name not in self.later)


def stored_types() -> dict[str, Stored]:
    """Every type that a stored record is made of, by room and name."""
    found: dict[str, Stored] = {}
    seen: set[Any] = set()
    waiting: list[Any] = [table.type for table in TABLES]
    while waiting:
        hint = waiting.pop()
        if hint in seen:
            continue
        seen.add(hint)
        waiting += typing.get_args(hint)
        stored = _stored(hint)
        if stored is not None:
            found[_name(hint)] = stored
            if stored.grows:
                waiting += typing.get_type_hints(hint).values()
    return found


def _name(type_: type) -> str:
    return f"{type_.__module__.split('.')[1]}.{type_.__qualname__}"


def _stored(hint: Any) -> Stored | None:
    if not isinstance(hint, type) or not hint.__module__.startswith("steelyard."):
        return None
    if issubclass(hint, Enum):
        return Stored(fields=tuple(str(one.value) for one in hint), grows=False)
    if dataclasses.is_dataclass(hint):
        fields = dataclasses.fields(hint)
        later = frozenset(field.name for field in fields if "later" in field.metadata)
        return Stored(fields=tuple(field.name for field in fields), later=later)
    if issubclass(hint, msgspec.Struct):
        return Stored(fields=hint.__struct_fields__, later=frozenset(getattr(hint, "later_fields", ())))
    return None


def first_fields() -> Mapping[str, tuple[str, ...]]:
    """What the file says."""
    lines = FILE.read_text(encoding="utf-8").splitlines() if FILE.exists() else []
    named = (line.partition(": ") for line in lines if line)
    return {name: tuple(fields.split()) for name, _, fields in named}


def complaints(known: Mapping[str, tuple[str, ...]], today: Mapping[str, Stored]) -> Iterator[str]:
    """What would make an earlier body unreadable, or give a body of today other bytes than before."""
    for name, first in known.items():
        stored = today.get(name)
        if stored is None:
            yield f"{name} is stored no more, but earlier bodies are of it"
            continue
        for field in first:
            if field not in stored.fields:
                yield f"{name}.{field} is gone, but earlier bodies have it"
            elif field in stored.later:
                yield f"{name}.{field} is marked LATER, but earlier bodies have it at its default too"
        if stored.grows:
            for field in stored.first:
                if field not in first:
                    yield f"{name}.{field} came later: field(default=..., metadata=LATER), or `later_fields`"
    for name in today:
        if name not in known:
            yield f"{name} is stored since: run `python -m tests.tidy.stored_fields`, which adds its line"


def main() -> int:
    """Adds the types that are stored since; says whether the file stays as it was otherwise."""
    known, today = dict(first_fields()), stored_types()
    for name, stored in today.items():
        known.setdefault(name, stored.first)
    FILE.write_text("".join(f"{name}: {' '.join(known[name])}\n" for name in sorted(known)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
