"""The record type into which the payloads of events are decoded: exactly the fields that columns need.

A number is decoded as one, exactly; a text as whatever JSON value stands there. Where a path is read in both
ways, or leads through a value that is read itself, the JSON text is kept and read by the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final, cast

import msgspec

from steelyard.metering import RESERVED_DIMENSIONS, parse_path, text_of, tree

TEXTS: Final = ("source", "type", "subject", "mismatch", *RESERVED_DIMENSIONS, "cost", "currency")
"""The texts that every event has; blank where absent."""

_NUMBER: Final = int | Decimal | None


@dataclass(slots=True)
class _Node:
    """One name in the data: what lies below it, and how its own value is read."""

    below: dict[str, _Node] = field(default_factory=dict[str, "_Node"])
    as_number: bool = False
    as_text: bool = False

    def at(self, names: Iterable[str]) -> _Node:
        node = self
        for name in names:
            node = node.below.setdefault(name, _Node())
        return node

    @property
    def is_read_twice(self) -> bool:
        return bool(self.below) + self.as_number + self.as_text > 1


class EventShape:
    """The record type, and how each path is read from its records.

    >>> shape = EventShape(texts=["$.model"], numbers=["$.usage.tokens"])
    >>> event = shape.decode(b'{"source":"s","id":"1","type":"t","time":0,"data":{"usage":{"tokens":12}}}')
    >>> shape.get("$.usage.tokens")(event), shape.get("$.model")(event)
    (12, None)
    """

    def __init__(self, *, texts: Iterable[str], numbers: Iterable[str]) -> None:
        root = _Node()
        for path in texts:
            root.at(parse_path(path)).as_text = True
        for path in numbers:
            root.at(parse_path(path)).as_number = True
        self._getters: dict[tuple[str, ...], Callable[[Any], Any]] = {}
        self._kept_as_text: set[tuple[str, ...]] = set()
        data = self._record_type(root, (), "data.")
        fields: list[Any] = [(name, str, "") for name in TEXTS[2:]]
        fields = [("source", str), ("type", str), ("time", int), *fields]
        fields.append(("data", data, msgspec.field(default_factory=data)))
        event = msgspec.defstruct("Event", fields, gc=False)
        self.decode: Callable[[bytes], Any] = msgspec.json.Decoder(event).decode
        self.decode_all: Callable[[bytes], list[Any]] = msgspec.json.Decoder(list[event]).decode

    def get(self, path: str) -> Callable[[Any], Any]:
        """What reads the value at a path from a decoded event."""
        return self._getters[parse_path(path)]

    def is_text_only(self, path: str) -> bool:
        """Whether the value at the path comes as the text that the reference reads, also for a number."""
        return parse_path(path) in self._kept_as_text

    def _record_type(self, node: _Node, prefix: tuple[str, ...], place: str) -> type[msgspec.Struct]:
        fields: list[Any] = []
        for number, (name, below) in enumerate(node.below.items()):
            attribute, path = f"f{number}", (*prefix, name)
            if below.is_read_twice:
                fields.append(
                    (attribute, msgspec.Raw, msgspec.field(name=name, default=msgspec.Raw(b"null")))
                )
                self._keep_as_text(below, path, (), f"{place}{attribute}")
            elif below.below:
                inner = self._record_type(below, path, f"{place}{attribute}.")
                fields.append((attribute, inner, msgspec.field(name=name, default_factory=inner)))
            else:
                kind = _NUMBER if below.as_number else Any
                fields.append((attribute, kind, msgspec.field(name=name, default=None)))
                self._getters[path] = attrgetter(f"{place}{attribute}")
        return msgspec.defstruct("Data", fields, gc=False)

    def _keep_as_text(self, node: _Node, path: tuple[str, ...], inside: tuple[str, ...], place: str) -> None:
        if node.as_number or node.as_text:
            raw = attrgetter(place)
            self._getters[path] = lambda event: _text_inside(raw(event), inside)
            self._kept_as_text.add(path)
        for name, below in node.below.items():
            self._keep_as_text(below, (*path, name), (*inside, name), place)


def _text_inside(raw: msgspec.Raw, names: tuple[str, ...]) -> str | None:
    found: Any = tree(bytes(raw))
    for name in names:
        found = cast("dict[str, Any]", found).get(name) if isinstance(found, dict) else None
    return text_of(found)
