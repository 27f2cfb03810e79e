"""The numbers of prices and plans in the texts of a catalog, found and replaced where they stand.

Everything else in a file stays as it was written: comments, order, quotes, what other numbers look like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml
from yaml.events import (
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from steelyard.adapters.files.yaml_nodes import nodes_of
from steelyard.kernel import InvalidInput, Problem

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_CELL: Final = re.compile(r"table\..+\[([0-9]+)\]")
_LISTS: Final = {"prices": (), "plans": (), "rate_cards": ("rates",), "cost_cards": ("rates",)}
"""The sections whose entries have numbers, and the lists within their entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One number: in which file and where, of which entry (`noun`, `key`, `name`), in which of its fields.

    `metric` is the one that a cell of a table of prices is for.
    """

    id: str
    file: str
    line: int
    noun: str
    key: str
    name: str
    field: str
    value: str
    start: int
    end: int
    metric: str = ""


@dataclass(slots=True)
class _Scalar:
    value: str
    start: int
    end: int
    line: int


_Tree = Any


def numbers_of(files: Mapping[str, str]) -> list[Number]:
    """Every number of a price or a plan, in the order in which they stand; none of a file that is no YAML.

    >>> text = "prices:\\n  - {key: fee, name: Fee, amount: 49}  # since May\\n"
    >>> [(one.key, one.field, one.value, one.line) for one in numbers_of({"a.yaml": text})]
    [('fee', 'amount', '49', 2)]
    """
    found: list[Number] = []
    for file, text in files.items():
        try:
            nodes_of(text)
        except (yaml.YAMLError, RecursionError):
            continue
        found += _of_file(file, text)
    return found


def with_numbers(files: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """The files with these numbers, by id, in place of what stands there.

    Raises InvalidInput with every id that names none, and every value that is no number.

    >>> text = "prices:\\n  - {key: fee, name: Fee, amount: 49}  # since May\\n"
    >>> (one,) = numbers_of({"a.yaml": text})
    >>> with_numbers({"a.yaml": text}, {one.id: "55.5"})["a.yaml"]
    'prices:\\n  - {key: fee, name: Fee, amount: 55.5}  # since May\\n'
    """
    known = {one.id: one for one in numbers_of(files)}
    problems = [
        Problem(code="unknown_number", message=f"no number stands at {id[:200]!r}", field=id)
        for id in values
        if id not in known
    ]
    problems += [
        Problem(code="not_a_number", message=f"{text[:60]!r} is no number", field=id, allowed="such as 12.50")
        for id, text in values.items()
        if not _NUMBER.fullmatch(text)
    ]
    if problems:
        raise InvalidInput("the numbers have mistakes", code="invalid_numbers", problems=tuple(problems))
    changed = dict(files)
    for id in sorted(values, key=lambda id: -known[id].start):
        one = known[id]
        text = changed[one.file]
        written = text[one.start : one.end]
        quote = written[0] if written[:1] in ("'", '"') else ""
        changed[one.file] = f"{text[: one.start]}{quote}{values[id]}{quote}{text[one.end :]}"
    return changed


def without_section(text: str, section: str) -> str:
    r"""The text without a section of its documents, such as the document of a change that is done.

    >>> without_section("a: 1\n\nchange:\n  hypothesis: h\nb: 2\n", "change")
    'a: 1\n\nb: 2\n'
    """
    try:
        nodes_of(text)
    except (yaml.YAMLError, RecursionError):
        return text
    events: Iterator[Event] = yaml.parse(text, Loader=_LOADER)  # pyright: ignore[reportUnknownMemberType]
    for start, end in reversed(list(_spans(events, section))):
        rest = text[end:]
        line = rest.partition("\n")[0]
        text = text[:start] + (rest[len(line) + 1 :] if not line.strip() else rest)
    return text


def _spans(events: Iterator[Event], section: str) -> Iterator[tuple[int, int]]:
    """From where to where the section stands in each document."""
    for event in events:
        if not isinstance(event, DocumentStartEvent):
            continue
        root = next(events)
        while isinstance(root, MappingStartEvent) and not isinstance(key := next(events), MappingEndEvent):
            _last(key, events)
            value = _last(next(events), events)
            start: Any = key.start_mark
            end: Any = value.end_mark
            if isinstance(key, ScalarEvent) and key.value == section:
                yield start.index, end.index


def _last(event: Event, events: Iterator[Event]) -> Event:
    """The last event of the node that begins with this one."""
    depth = 0
    while True:
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            depth += 1
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            depth -= 1
        if not depth:
            return event
        event = next(events)


def _of_file(file: str, text: str) -> Iterator[Number]:
    events: Iterator[Event] = yaml.parse(text, Loader=_LOADER)  # pyright: ignore[reportUnknownMemberType]
    for place, root in enumerate(_tree(next(events), events) for one in events if _begins(one)):
        for section, within in _LISTS.items():
            entries = root.get(section) if isinstance(root, dict) else None
            for n, entry in enumerate(entries if isinstance(entries, list) else []):
                path = f"{file}#{place}/{section}/{n}"
                yield from _of_entry(file, path, section, entry, within)
                for inner in within:
                    rows = entry.get(inner) if isinstance(entry, dict) else None
                    for m, row in enumerate(rows if isinstance(rows, list) else []):
                        yield from _of_entry(file, f"{path}/{inner}/{m}", section, row, ())


def _begins(event: Event) -> bool:
    return isinstance(event, DocumentStartEvent)


def _of_entry(file: str, path: str, noun: str, entry: _Tree, leave: tuple[str, ...]) -> Iterator[Number]:
    if not isinstance(entry, dict):
        return
    key, name = _word(entry, "key"), _word(entry, "name")
    for field, one in _numbers(entry, leave):
        yield Number(
            id=f"{path}/{field}",
            file=file,
            line=one.line,
            noun=noun,
            key=key,
            name=name or key,
            field=field,
            value=one.value,
            start=one.start,
            end=one.end,
            metric=_metric(entry, field),
        )


def _metric(entry: Mapping[str, _Tree], field: str) -> str:
    """Which of the entry's metrics a cell of its table is for, by its column; empty for other numbers."""
    columns, cell = entry.get("metrics"), _CELL.fullmatch(field)
    if cell is None or not isinstance(columns, list) or int(cell[1]) >= len(columns):
        return ""
    column = columns[int(cell[1])]
    return column.value if isinstance(column, _Scalar) else ""


def _word(entry: Mapping[str, _Tree], field: str) -> str:
    found = entry.get(field)
    return found.value if isinstance(found, _Scalar) else ""


def _numbers(node: _Tree, leave: tuple[str, ...], field: str = "") -> Iterator[tuple[str, _Scalar]]:
    if isinstance(node, _Scalar):
        if field and _NUMBER.fullmatch(node.value):
            yield field, node
    elif isinstance(node, dict):
        for name, each in node.items():
            if name not in leave and (field or name not in ("key", "name", "definition", "owner")):
                yield from _numbers(each, (), f"{field}.{name}" if field else name)
    else:
        for n, each in enumerate(node):
            yield from _numbers(each, (), f"{field}[{n}]")


def _tree(event: Event, events: Iterator[Event]) -> _Tree:
    """The tree that begins with the event, scalars with where they stand; of a repeated key the first."""
    if isinstance(event, ScalarEvent):
        start: Any = event.start_mark
        end: Any = event.end_mark
        return _Scalar(event.value, start.index, end.index, start.line + 1)
    if isinstance(event, SequenceStartEvent):
        items: list[_Tree] = []
        while not isinstance(each := next(events), SequenceEndEvent):
            items.append(_tree(each, events))
        return items
    assert isinstance(event, MappingStartEvent), "aliases were refused before"
    pairs: dict[str, _Tree] = {}
    while not isinstance(each := next(events), MappingEndEvent):
        key = _tree(each, events)
        value = _tree(next(events), events)
        pairs.setdefault(key.value if isinstance(key, _Scalar) else "", value)
    return pairs
