"""Bundles as Arrow tables, without a step of Python per event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from steelyard.record import Bundle

pc: Any = pyarrow.compute
"""Its functions are made when it is imported, which no type checker sees."""


def table_of(bundle: Bundle, codes_of: Callable[[list[str]], list[int]]) -> pa.Table:
    """The entries of a bundle: idx, kind, customer code, seq, recorded_at, payload.

    Payloads are not copied; those of erased entries are null.
    """
    codes = np.asarray(codes_of(bundle.customers), dtype=np.int32)
    buffers = [None, pa.py_buffer(bundle.offsets), pa.py_buffer(bundle.payloads)]
    payload: Any = pa.Array.from_buffers(pa.binary(), bundle.count, buffers)
    if len(bundle.erased):
        is_erased = np.zeros(bundle.count, dtype=bool)
        is_erased[bundle.erased] = True
        payload = pc.if_else(pa.array(is_erased), pa.scalar(None, pa.binary()), payload)
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
