"""The nodes of a YAML text, made from its events: quick, and nothing multiplies or builds objects.

Anchors, aliases and tags are refused. With aliases a small file means an endless one, tags name types of a
program, and a catalog needs neither: templates say what is alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import yaml
from yaml.composer import ComposerError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

_DEPTH_MAX: Final = 100
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ScalarNode(msgspec.Struct, frozen=True, gc=False):
    """A text with its line; `is_plain` where it stands without quotes."""

    value: str
    line: int
    is_plain: bool


class SequenceNode(msgspec.Struct, frozen=True, gc=False):
    """A list with its line."""

    value: list[Any]
    line: int


class MappingNode(msgspec.Struct, frozen=True, gc=False):
    """Keys and values in their order, with the line of the first."""

    value: list[tuple[Any, Any]]
    line: int


Node = ScalarNode | SequenceNode | MappingNode


def nodes_of(text: str) -> list[Node]:
    """The root node of every document that holds something.

    Raises yaml.YAMLError with the place where the text is no YAML, or has what is refused.

    >>> [type(node).__name__ for node in nodes_of("a: [1, 2]")]
    ['MappingNode']
    """
    events: Iterator[Event] = yaml.parse(text, Loader=_LOADER)  # pyright: ignore[reportUnknownMemberType]
    return [_node(next(events), events, depth=0) for event in events if isinstance(event, DocumentStartEvent)]


def _node(event: Event, events: Iterator[Event], *, depth: int) -> Node:
    _refuse(event, depth)
    if isinstance(event, ScalarEvent):
        return ScalarNode(event.value, _line(event), event.style in (None, ""))
    if isinstance(event, SequenceStartEvent):
        items: list[Node] = []
        while not isinstance(each := next(events), SequenceEndEvent):
            items.append(_node(each, events, depth=depth + 1))
        return SequenceNode(items, _line(event))
    assert isinstance(event, MappingStartEvent), "a node begins with one of three events"
    pairs: list[tuple[Node, Node]] = []
    while not isinstance(each := next(events), MappingEndEvent):
        key = _node(each, events, depth=depth + 1)
        pairs.append((key, _node(next(events), events, depth=depth + 1)))
    return MappingNode(pairs, _line(event))


def _line(event: Event) -> int:
    mark: Any = event.start_mark
    return mark.line + 1


def _refuse(event: Event, depth: int) -> None:
    mark: Any = event.start_mark
    if isinstance(event, AliasEvent):
        raise ComposerError(None, None, "aliases (*name) are not allowed; write the value out", mark)
    if getattr(event, "anchor", None) is not None:
        raise ComposerError(None, None, "anchors (&name) are not allowed; use a template", mark)
    if getattr(event, "tag", None) is not None:
        raise ComposerError(None, None, "tags (!name) are not allowed; write the value alone", mark)
    if depth > _DEPTH_MAX:
        raise ComposerError(None, None, f"nothing in a catalog is {_DEPTH_MAX} levels deep", mark)
