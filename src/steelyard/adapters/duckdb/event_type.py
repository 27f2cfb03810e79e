"""The record type into which the payloads of events are decoded: exactly the fields that columns need.

A number is decoded as one, exactly; a text as whatever JSON value stands there. Where a path is read in both
ways, or leads through a value that is read itself, the JSON text is kept and read by the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
    """The record type, and how its records are turned around into columns.

    >>> shape = EventShape(texts=["$.model"], numbers=["$.usage.tokens"])
    >>> event = shape.decode(b'{"source":"s","id":"1","type":"t","time":0,"data":{"usage":{"tokens":12}}}')
    >>> shape.columns([event])
    {'$.model': [None], '$.usage.tokens': [12]}
    """

    def __init__(self, *, texts: Iterable[str], numbers: Iterable[str]) -> None:
        root = _Node()
        self._paths: dict[tuple[str, ...], str] = {}
        for path in texts:
            root.at(self._names_of(path)).as_text = True
        for path in numbers:
            root.at(self._names_of(path)).as_number = True
        self._getters: dict[str, Callable[[Any], Any]] = {}
        self.kept_as_text: set[str] = set()
        data = self._record_type(root, (), "")
        fields: list[Any] = [(name, str, "") for name in TEXTS[2:]]
        fields = [("source", str), ("type", str), ("time", int), *fields]
        fields.append(("data", data, msgspec.field(default_factory=data)))
        event = msgspec.defstruct("Event", fields, gc=False)
        self.decode: Callable[[bytes], Any] = msgspec.json.Decoder(event).decode
        self.decode_all: Callable[[bytes], list[Any]] = msgspec.json.Decoder(list[event]).decode

    def columns(self, events: Sequence[Any]) -> dict[str, list[Any]]:
        """The values at every path, one for each event.

        Those in `kept_as_text` are the texts that the reference reads.
        """
        datas = [event.data for event in events]
        return {path: list(map(get, datas)) for path, get in self._getters.items()}

    def _names_of(self, path: str) -> tuple[str, ...]:
        names = parse_path(path)
        self._paths[names] = path
        return names

    def _record_type(self, node: _Node, prefix: tuple[str, ...], place: str) -> type[msgspec.Struct]:
        fields: list[Any] = []
        for number, (name, below) in enumerate(node.below.items()):
            attribute, path = f"f{number}", (*prefix, name)
            if below.is_read_twice:
                self._keep_text(below, path, (), attrgetter(place + attribute))
                kind, default = msgspec.Raw, {"default": msgspec.Raw(b"null")}
            elif below.below:
                kind = self._record_type(below, path, f"{place}{attribute}.")
                default = {"default_factory": kind}
            else:
                kind, default = _NUMBER if below.as_number else Any, {"default": None}
                self._getters[self._paths[path]] = attrgetter(place + attribute)
            fields.append((attribute, kind, msgspec.field(name=name, **default)))
        return msgspec.defstruct("Data", fields, gc=False)

    def _keep_text(
        self, node: _Node, path: tuple[str, ...], inside: tuple[str, ...], raw: Callable[[Any], msgspec.Raw]
    ) -> None:
        if node.as_number or node.as_text:
            self._getters[self._paths[path]] = lambda data: _text_inside(raw(data), inside)
            self.kept_as_text.add(self._paths[path])
        for name, below in node.below.items():
            self._keep_text(below, (*path, name), (*inside, name), raw)


def _text_inside(raw: msgspec.Raw, names: tuple[str, ...]) -> str | None:
    found: Any = tree(bytes(raw))
    for name in names:
        found = cast("dict[str, Any]", found).get(name) if isinstance(found, dict) else None
    return text_of(found)
