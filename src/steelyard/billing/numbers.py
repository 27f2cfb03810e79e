"""Document numbers: one gap-free series for each kind and year, such as `INV-2026-000001`.

A number is given in the same write that records the document, under the precondition that nobody gave it
meanwhile; a write that fails gives its numbers back by never having taken them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from steelyard.billing.model import DocumentKind, NumberSeries

PREFIXES: Final[Mapping[DocumentKind, str]] = {
    DocumentKind.INVOICE: "INV",
    DocumentKind.CREDIT_NOTE: "CN",
}


def series_key(kind: DocumentKind, at: datetime) -> str:
    """The series that a document issued at this time is numbered in.

    >>> from steelyard.kernel import instant
    >>> series_key(DocumentKind.CREDIT_NOTE, instant("2026-11-02T00:00:00Z"))
    'CN-2026'
    """
    return f"{PREFIXES[kind]}-{at.year:04}"


def next_number(series: NumberSeries) -> tuple[NumberSeries, str]:
    """The series after one more number, and that number.

    >>> next_number(NumberSeries(key="INV-2026", last=41))
    (NumberSeries(key='INV-2026', last=42), 'INV-2026-000042')
    """
    last = series.last + 1
    return NumberSeries(key=series.key, last=last), f"{series.key}-{last:06}"
