"""Payloads of the usual kind read by Arrow's reader of JSON: in C++, at once, with Python free for others.

Usual is: every text that meters read is a JSON text, every number a JSON number, no name stands twice. Arrow
refuses anything else, and then `extraction` reads the same payloads in Python, some three times slower.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.json

from steelyard.metering import RESERVED_DIMENSIONS, parse_path

pc: Any = pyarrow.compute
json: Any = pyarrow.json
"""Their functions are made when they are imported, which no type checker sees."""

CodesOf = Callable[[list[str]], list[int]]
"""Gives each name its code."""

_DECIMAL: Final = pa.decimal128(38, 12)
_BLANK: Final = ("subject", "mismatch", "currency")
"""Texts that are blank where an event has none."""

_OPTIONAL: Final = (*_BLANK, *RESERVED_DIMENSIONS, "cost")
_REQUIRED: Final = ("source", "type", "time")

_MISSES_MAX: Final = 6

Names = tuple[str, ...]


class UsualRows:
    """Reads base columns, and the texts and numbers at paths into the data, from payloads of the usual kind.

    >>> rows = UsualRows(texts=["$.model"], numbers=["$.tokens"])
    >>> payload = b'{"source":"s","id":"1","type":"t","time":0,"data":{"model":"m","tokens":12}}'
    >>> found = rows.read(pa.array([payload]), lambda names: [7 for _ in names])
    >>> found["$.tokens"].to_pylist(), found["type"].to_pylist(), found["subject"].to_pylist()
    ([12], [7], [''])
    >>> rows.read(pa.array([payload.replace(b"12", b'"many"')]), lambda names: [7]) is None
    True
    """

    def __init__(self, *, texts: Iterable[str], numbers: Iterable[str]) -> None:
        self._texts = {path: parse_path(path) for path in texts}
        self._numbers = {path: parse_path(path) for path in numbers}
        self._texts |= {path: parse_path(path) for path in (f"$.{name}" for name in RESERVED_DIMENSIONS)}
        self._misses = self._pause = 0
        self._options: list[Any] = []
        if _lie_apart({*self._texts.values()}, {*self._numbers.values()}):
            # Whole numbers are read twice as fast; the first number with a point makes the change for good.
            self._options = [self._parsing(number) for number in (pa.int64(), _DECIMAL)]

    def _parsing(self, number: Any) -> Any:
        tree: dict[str, Any] = {}
        for names in self._texts.values():
            _put(tree, names, pa.string())
        for names in self._numbers.values():
            _put(tree, names, number)
        own = [("source", pa.string()), ("type", pa.string()), ("time", pa.int64())]
        own += [(name, pa.string()) for name in _OPTIONAL]
        schema = pa.schema([*own, ("data", _struct(tree))])
        return json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")

    def read(self, payloads: Any, codes_of: CodesOf) -> dict[str, Any] | None:
        """The columns by name, and by path those inside the data; None where a payload is not usual.

        `payloads` is an Arrow array of bytes.
        """
        lines = _lines(payloads) if self._options else b""
        table = self._table(lines) if lines else None
        if table is None or table.num_rows != len(payloads):
            return None
        if any(table[name].null_count for name in _REQUIRED):
            return None
        inside = {path: _at(table, names) for path, names in (self._texts | self._numbers).items()}
        dimensions = {name: _first(table[name], inside[f"$.{name}"]) for name in RESERVED_DIMENSIONS}
        cost = table["cost"]
        columns: dict[str, Any] = {
            "time": table["time"],
            "type": _codes(table["type"], codes_of),
            "source": table["source"],
            **{name: pc.fill_null(table[name], "") for name in _BLANK},
            **dimensions,
            "cost": pc.cast(cost, _DECIMAL) if cost.null_count < len(cost) else pa.nulls(len(cost), _DECIMAL),
        }
        return columns | inside

    def _table(self, lines: bytes) -> Any | None:
        if self._pause:
            self._pause -= 1
            return None
        for place, options in enumerate(self._options):
            try:
                reading = json.ReadOptions(use_threads=False, block_size=len(lines) + 1)
                table = json.read_json(pa.BufferReader(lines), reading, options)
            except pa.ArrowInvalid:
                continue
            del self._options[:place]
            self._misses = 0
            return table
        # Senders of unusual payloads send more of them: it is tried more and more rarely.
        self._misses = min(self._misses + 1, _MISSES_MAX)
        self._pause = (1 << self._misses) - 2
        return None


def _lines(payloads: Any) -> bytes:
    """The payloads, one a line; nothing where one has lines of its own or is no text."""
    ended = pc.binary_join_element_wise(
        payloads, pa.scalar(b"\n", payloads.type), pa.scalar(b"", payloads.type)
    )
    offsets, data = np.frombuffer(ended.buffers()[1], np.int32), ended.buffers()[2]
    start, end = offsets[ended.offset], offsets[ended.offset + len(ended)]
    lines = data.to_pybytes()[start:end]
    try:
        str(lines, "utf-8")
    except UnicodeDecodeError:
        return b""
    return lines if lines.count(b"\n") == len(payloads) else b""


def _lie_apart(texts: set[Names], numbers: set[Names]) -> bool:
    """Whether no path is read in two ways or leads through a value that is read itself."""
    every = texts | numbers
    beginnings = {names[:length] for names in every for length in range(1, len(names))}
    return not (texts & numbers or every & beginnings)


def _put(tree: dict[str, Any], names: Names, kind: Any) -> None:
    for name in names[:-1]:
        tree = tree.setdefault(name, {})
    tree[names[-1]] = kind


def _struct(tree: Mapping[str, Any]) -> Any:
    return pa.struct(
        [(name, _struct(kind) if isinstance(kind, dict) else kind) for name, kind in tree.items()]
    )


def _at(table: pa.Table, names: Names) -> Any:
    return pc.struct_field(table["data"], list(names))


def _first(own: Any, inside: Any) -> Any:
    """The event's own text, or else that in its data."""
    if own.null_count == len(own):
        return inside
    return pc.coalesce(own, inside)


def _codes(names: Any, codes_of: CodesOf) -> Any:
    coded = names.combine_chunks().dictionary_encode()
    codes = np.array(codes_of(coded.dictionary.to_pylist()), dtype=np.int32)
    return pa.array(codes[coded.indices.to_numpy()])
