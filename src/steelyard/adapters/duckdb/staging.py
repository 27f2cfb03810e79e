"""Bundles as Arrow tables, without a step of Python per event."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pyarrow as pa

from steelyard.record import Bundle

_RUN: Final = 17
"""A number that a double cannot hold takes at least so many digits and points."""

_DIGITS: Final = bytes(0x30 if byte in b"0123456789.eE" else 0x20 for byte in range(256))
_MARK: Final = b"0" * _RUN
_BEFORE_NUMBER: Final = frozenset(b":,[ \t\r\n")
_MINUS: Final = ord("-")


def table_of(bundle: Bundle, codes_of: Callable[[list[str]], list[int]]) -> pa.Table:
    """The entries of a bundle: idx, kind, customer code, seq, recorded_at, payload, exact.

    `exact` is false where the payload holds a number too long for SQL's reader of JSON, or where the bytes
    are not UTF-8. Payloads are not copied.
    """
    codes = np.asarray(codes_of(bundle.customers), dtype=np.int32)
    buffers = [None, pa.py_buffer(bundle.offsets), pa.py_buffer(bundle.payloads)]
    payload: Any = pa.Array.from_buffers(pa.binary(), bundle.count, buffers)
    exact = np.ones(bundle.count, dtype=bool)
    exact[_long_numbers(bundle.payloads, bundle.offsets.tolist())] = False
    try:
        text: Any = payload.view(pa.string())
        text.validate(full=True)
    except pa.ArrowInvalid:
        text, readable = _only_text(payload)
        exact &= readable
    return pa.table(
        {
            "idx": np.arange(bundle.first_index, bundle.end, dtype=np.int64),
            "kind": bundle.kinds,
            "customer": codes[bundle.codes],
            "seq": bundle.seqs.astype(np.int64),
            "recorded_at": np.full(bundle.count, bundle.recorded_at, dtype=np.int64),
            "payload": text,
            "exact": exact,
        }
    )


def _long_numbers(data: bytes | memoryview, offsets: list[int]) -> list[int]:
    """The positions of texts with a number of 17 or more digits, points and exponent marks.

    Ids made of many digits are text: only what stands where JSON has a number counts.
    """
    marked = bytes(data).translate(_DIGITS)
    found: list[int] = []
    place = marked.find(_MARK)
    while place >= 0:
        before = place - 2 if data[place - 1] == _MINUS else place - 1
        if data[before] not in _BEFORE_NUMBER:
            place = marked.find(_MARK, marked.find(b" ", place))
            continue
        position = bisect_right(offsets, place) - 1
        found.append(position)
        place = marked.find(_MARK, offsets[position + 1])
    return found


def _only_text(payload: Any) -> tuple[Any, Any]:
    texts: list[str | None] = []
    for item in payload.to_pylist():
        try:
            texts.append(str(item, "utf-8"))
        except UnicodeDecodeError:
            texts.append(None)
    readable = np.array([text is not None for text in texts], dtype=bool)
    return pa.array([text or "" for text in texts], type=pa.string()), readable
