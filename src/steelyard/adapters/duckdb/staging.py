"""Bundles as Arrow tables, without a step of Python per event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from steelyard.record import Bundle


def table_of(bundle: Bundle, codes_of: Callable[[list[str]], list[int]]) -> pa.Table:
    """The entries of a bundle: idx, kind, customer code, seq, recorded_at, payload (not copied)."""
    codes = np.asarray(codes_of(bundle.customers), dtype=np.int32)
    buffers = [None, pa.py_buffer(bundle.offsets), pa.py_buffer(bundle.payloads)]
    payload: Any = pa.Array.from_buffers(pa.binary(), bundle.count, buffers)
    return pa.table(
        {
            "idx": np.arange(bundle.first_index, bundle.end, dtype=np.int64),
            "kind": bundle.kinds,
            "customer": codes[bundle.codes],
            "seq": bundle.seqs.astype(np.int64),
            "recorded_at": np.full(bundle.count, bundle.recorded_at, dtype=np.int64),
            "payload": payload,
        }
    )
