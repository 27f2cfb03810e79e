"""A meter's quantities as CSV, with OpenMeter's columns."""

from __future__ import annotations

import csv
import io

from steelyard.entrypoints.api.endpoint import Blob
from steelyard.entrypoints.api.shapes import meters as shapes


def wants_csv(accept: str) -> bool:
    """Whether an Accept header asks for CSV before JSON.

    >>> wants_csv("text/csv"), wants_csv("application/json, text/csv"), wants_csv("*/*")
    (True, False, False)
    """
    first = next((one.partition(";")[0].strip().lower() for one in accept.split(",")), "")
    return first == "text/csv"


def as_csv(answer: shapes.MeterAnswer, asked: shapes.MeterQuery) -> Blob:
    """The rows under `window_start`, `window_end`, `subject`, what was grouped by, and `value`."""
    groups = [name for name in dict.fromkeys(asked.group_by) if name != "subject"]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["window_start", "window_end", "subject", *groups, "value"])
    for row in answer.data:
        found = {**row.group_by, "customer": row.customer or "", "customer_id": row.customer or ""}
        table.writerow(
            [
                row.window_start,
                row.window_end,
                row.subject or "",
                *(found.get(name, "") for name in groups),
                row.quantity,
            ]
        )
    return Blob(content=text.getvalue().encode(), media_type="text/csv; charset=utf-8")
