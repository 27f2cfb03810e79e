"""The answer to a question to a meter as a file of comma separated values, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import datetime

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.meter import QUERY, asked_question, find

_RISKY = ("=", "+", "-", "@", "\t", "\r")


def cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula.

    >>> cell("=HYPERLINK(1)"), cell("gpt-5")
    ("'=HYPERLINK(1)", 'gpt-5')
    """
    return f"'{text}" if text.startswith(_RISKY) else text


def rows_of(answer: Json, unit: str) -> str:
    """The rows of an answer as CSV (RFC 4180), with one column for each thing that they are grouped by."""
    rows = answer["data"]
    groups = list(dict.fromkeys(name for row in rows for name in row["groupBy"]))
    named = [name for name in ("customer", "subject") if any(row[name] is not None for row in rows)]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["window_start", "window_end", *named, *map(cell, groups), "quantity", "unit"])
    for row in rows:
        texts = [row[name] or "" for name in named] + [row["groupBy"].get(name, "") for name in groups]
        writer.writerow(
            [row["windowStart"], row["windowEnd"], *map(cell, texts), row["quantity"], cell(unit)]
        )
    return out.getvalue()


async def load(ask: Asker, slug: str, asked: Form, now: datetime) -> str:
    """The CSV of what the page's address asks."""
    meter = await find(ask, slug)
    question = await asked_question(ask, asked, now)
    answer = await ask.get(QUERY, {"slug": slug}, question.api_query(windowed=True))
    return rows_of(answer, meter["unit"])
