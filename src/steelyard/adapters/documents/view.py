"""The figures and words of a document as they are printed: plain text by name; typst computes nothing."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from steelyard.billing import GROUP_TITLES, Document, DocumentKind, Line, LineGroup
from steelyard.kernel import Period, iso, minor_digits, plain
from steelyard.rating import Wording

MINUS = "\N{MINUS SIGN}"

_HYPHEN = re.compile(r"(?<!\S)-(?=\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Where the document stands in the signed record: its entry, and the tree that includes it."""

    index: int
    size: int
    root: str


def view(document: Document, *, seller: str = "", seal: Seal | None = None) -> dict[str, Any]:
    """Everything that the page shows.

    >>> from steelyard.adapters.documents.view import printed
    >>> printed(Decimal("-1234.5"), 2)
    '−1,234.50'
    """
    credit = document.kind is DocumentKind.CREDIT_NOTE
    charged = [line for line in document.lines if line.group is not LineGroup.TAX]
    return {
        "kind": "Credit note" if credit else "Invoice",
        "number": document.number,
        "seller": seller,
        "customer": document.customer_name,
        "customer_key": document.customer,
        "currency": document.currency,
        "period": period_in_words(document.period_name, document.period),
        "issued": f"{document.issued_at:%-d %B %Y}",
        "groups": [*_groups(document, charged), *_adjustments(document, charged)],
        "subtotal": _money(document, document.subtotal),
        "taxes": [
            {"title": _tax_title(line), "amount": _money(document, line.amount)}
            for line in document.lines
            if line.group is LineGroup.TAX
        ],
        "total_label": "Total credited" if credit else "Total due",
        "total": _money(document, document.total),
        "facts": _facts(document, seal),
    }


def comparison_view(document: Document, *, banner: str, due: bool, seller: str = "") -> dict[str, Any]:
    """What the page of a document shows that stands beside another one for comparison and is never issued."""
    shown = view(document, seller=seller)
    credit = document.kind is DocumentKind.CREDIT_NOTE
    kept = [fact for fact in shown["facts"] if fact[0] not in ("Document", "Issued")]
    return {
        **shown,
        "kind": "Preview" if due else "Comparison",
        "number": shown["period"],
        "issued": "not issued",
        "total_label": "Total credited" if credit else "Total",
        "facts": kept,
        "banner": banner,
        "due": due,
    }


def _groups(document: Document, lines: Iterable[Line]) -> list[dict[str, Any]]:
    """What is charged for the document's own period, group by group."""
    own = [line for line in lines if line.adjusts is None]
    return [
        _group(document, GROUP_TITLES[group], list(some))
        for group, some in groupby(own, key=lambda line: line.group)
    ]


def _adjustments(document: Document, lines: Iterable[Line]) -> list[dict[str, Any]]:
    """What changed in periods billed before, period by period, with the documents that billed them."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        if line.adjusts is not None:
            found.setdefault(line.adjusts.period_name, []).append(line)
    return [
        _group(document, f"Adjustment of {_month(name)}, billed on {_documents(some)}", some)
        for name, some in found.items()
    ]


def _documents(lines: Iterable[Line]) -> str:
    numbers = dict.fromkeys(number for line in lines if line.adjusts for number in line.adjusts.documents)
    return ", ".join(numbers)


def _month(name: str) -> str:
    """The month and year of a period's name; other names stay as they are."""
    year, _, month = name.partition("-")
    if len(year) == 4 and month.isdecimal() and len(month) == 2:
        return f"{calendar.month_name[int(month)]} {year}"
    return name


def _tax_title(line: Line) -> str:
    return line.title if line.adjusts is None else f"{line.title}, {_month(line.adjusts.period_name)}"


def _group(document: Document, title: str, lines: list[Line]) -> dict[str, Any]:
    subtotal = sum((line.amount for line in lines), Decimal(0))
    return {
        "title": title,
        "subtotal": _money(document, subtotal) if len(lines) > 1 else "",
        "lines": [_line(document, line) for line in lines],
    }


def _line(document: Document, line: Line) -> dict[str, Any]:
    credit = document.kind is DocumentKind.CREDIT_NOTE
    wording = Wording(unit=line.unit)
    quantity = -line.quantity if credit and line.quantity is not None else line.quantity
    is_own = line.period == document.period or line.adjusts is not None
    own_period = "" if is_own else days_in_words(line.period)
    dimension = [
        f"{name} {value}" for name, value in sorted(line.dimension.items()) if value not in line.title
    ]
    notes = [text for text in (own_period, *dimension, _became(document, line)) if text]
    return {
        "title": line.title,
        "notes": " · ".join(notes),
        "quantity": "" if quantity is None else wording.number(quantity).replace("-", MINUS),
        "unit": line.unit,
        "steps": [_HYPHEN.sub(MINUS, step.text) for step in line.steps],
        "amount": _money(document, line.amount),
    }


def _became(document: Document, line: Line) -> str:
    """What an adjustment line leads from and to."""
    said = line.adjusts
    if said is None:
        return ""
    wording = Wording(unit=line.unit)
    amounts = f"{_money(document, said.billed)} became {_money(document, said.amount)}"
    if said.quantity is None and said.billed_quantity is None:
        return amounts
    before, now = said.billed_quantity or Decimal(0), said.quantity or Decimal(0)
    return f"{wording.number(before)} became {wording.number(now)}, {amounts}".replace("-", MINUS)


def _facts(document: Document, seal: Seal | None) -> list[list[str]]:
    """What a reader needs to find and check everything that the document rests on."""
    versions = sorted({line.price_version for line in document.lines if line.price_version})
    facts = [["Document", document.id], ["Catalog", ", ".join(versions) or document.catalog_version]]
    chain = document.chain
    if chain.entries:
        section = f"{chain.first_seq:,} to {chain.last_seq:,}"
        known = f", as known at {iso(document.known_at)}" if document.known_at else ""
        facts.append(["Usage", f"entries {section} of the chain of {document.customer}{known}"])
    if seal is not None:
        facts.append(["Record", f"entry {seal.index:,} of {seal.size:,}, root {seal.root}"])
    off = printed(document.rounding_difference, minor_digits(document.currency))
    facts.append(["Rounding", f"each line once, {off} {document.currency} in all"])
    facts.append(["Issued", iso(document.issued_at)])
    return facts


def _money(document: Document, amount: Decimal) -> str:
    return printed(amount, minor_digits(document.currency))


def printed(amount: Decimal, decimals: int) -> str:
    """An amount with thousands marked, at least so many decimals, and a true minus sign.

    >>> printed(Decimal("0"), 2), printed(Decimal("1000000"), 0)
    ('0.00', '1,000,000')
    """
    return Wording(decimals=decimals).amount(Decimal(plain(amount))).replace("-", MINUS)


def period_in_words(name: str, period: Period) -> str:
    """The month's name and year, or both days where it is no calendar month.

    >>> period_in_words("2026-10", Period.month(2026, 10))
    'October 2026'
    """
    in_words = _month(name)
    return days_in_words(period) if in_words == name else in_words


def days_in_words(period: Period) -> str:
    """The first and the last day (UTC) of a period.

    >>> days_in_words(Period.month(2026, 10))
    '1 October 2026 to 31 October 2026'
    """
    last = period.end - timedelta(microseconds=1)
    return f"{period.start:%-d %B %Y} to {last:%-d %B %Y}"
